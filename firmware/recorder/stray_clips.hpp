#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "firmware/core/record/event.hpp"
#include "firmware/recorder/boxes.hpp"

namespace xueshi::recorder {

/// Clips that a power cut left without their event: the file was closed and renamed, the journal does not know it. They
/// are journaled as recovered, like films that were cut off, and not removed: a punch may name them, and for a clip
/// that nobody's does retention has its days. Thread-bound.
class StrayClips {
public:
    /// To be made before anything is recorded: what lies in the directory then, and no event names, is left over. Files
    /// of which only a part had been written are removed; films that were not finished are their recorder's.
    explicit StrayClips(std::filesystem::path media);

    /// Of each event there is: the files that it names are not stray.
    void note(const record::EventBody &body);
    /// When all events are known: journals what is left. A call reads at most a few MiB of the files, since a lost
    /// journal leaves whole lessons; true: nothing is left. An error is tried again by the next call, under the same
    /// ids.
    Expected<bool> recover(record::EventSink &sink, const Clock &clock);

private:
    Expected<bool> read_on(const std::string &file, std::int64_t most);
    Expected<record::EventDraft> draft_of(const std::string &file, const Clock &clock) const;

    const std::filesystem::path media_;
    std::map<std::string, std::optional<record::EventDraft>> files_; ///< names, and their events once one was tried
    std::optional<FileDigest> reading_;                              ///< of the first file
};

} // namespace xueshi::recorder
