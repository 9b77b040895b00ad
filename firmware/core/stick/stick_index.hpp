#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/ids.hpp"

namespace xueshi::stick {

/// A sealed file of a stick's folder.
struct SealedFile {
    std::string file; ///< a plain name inside the folder
    std::int64_t bytes = 0;
    Sha256 sha256{}; ///< of the sealed bytes: a file that the stick damaged is told from a forged one
    bool operator==(const SealedFile &) const = default;
};
struct SealedClip : SealedFile {
    Uuid event; ///< the clip's `clip_saved` event
    bool operator==(const SealedClip &) const = default;
};

/// index.json of a folder that a terminal wrote onto a stick (stick_format.md). Written last: without it the folder is
/// unfinished. Not signed: it only says what to look at.
struct StickIndex {
    DeviceId device;
    std::int64_t made_ms = 0;
    std::vector<SealedFile> events; ///< in the order in which they are to be taken in
    std::vector<SealedClip> clips;
    bool operator==(const StickIndex &) const = default;
};
inline constexpr std::string_view kIndexFile = "index.json";
inline constexpr std::size_t kMaxEventsInFile = 1'000;
inline constexpr std::int64_t kMaxSealedBytes = 32LL << 20; ///< of one file
inline constexpr std::size_t kMaxFiles = 200'000;           ///< of each kind

Expected<void> write_index(const std::filesystem::path &folder, const StickIndex &index);
/// Error: not_found while the folder is unfinished; unsupported for another format; corrupt for what does not read.
Expected<StickIndex> read_index(const std::filesystem::path &folder);
/// The file's sealed bytes. Error: corrupt, with its name, when they are not what the index says.
Expected<std::string> read_sealed(const std::filesystem::path &folder, const SealedFile &file);

/// Where answers for a device lie on the stick, beside its folders.
std::string answer_folder(const DeviceId &device);
/// Whether a name is one of an answer's files, and so of the sync inbox's: receipt-<chain>.json, clips-<n>.json,
/// roster.sealed.
enum class AnswerKind { none, receipt, clip_receipt, roster };
AnswerKind answer_kind(std::string_view file_name);
/// The answers in a folder, in the order in which they must be put into an inbox and taken from it: receipts first,
/// since a clip can be confirmed only once its event is acknowledged. Error: io when the folder cannot be read.
Expected<std::vector<std::filesystem::path>> answers_in(const std::filesystem::path &folder);
inline constexpr std::string_view kRosterAnswer = "roster.sealed";
std::string receipt_answer(const ChainId &chain);
/// Named after the export it answers and its first clip's number, so that several lie side by side.
std::string clip_receipt_answer(std::int64_t made_ms, std::size_t first);

} // namespace xueshi::stick
