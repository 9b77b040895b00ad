#pragma once

#include <cstdint>
#include <filesystem>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::recorder {

/// A film's file while it grows, as `<name>.part`. Unlike a DurableFile it is kept when nobody finishes it: a power cut
/// leaves what was synced. Thread-bound.
class PartFile {
public:
    /// A new file; `conflict` when it is there already.
    static Expected<PartFile> create(const std::filesystem::path &final_path);
    /// The one that a cut left behind.
    static Expected<PartFile> reopen(const std::filesystem::path &final_path);
    static std::filesystem::path part_name(const std::filesystem::path &final_path);

    Expected<void> append(ByteView bytes);
    Expected<void> truncate(std::int64_t bytes);
    /// What was appended survives a power cut.
    Expected<void> sync();
    /// fsync, rename to the final name, fsync of the directory. Nothing may be appended any more; may be tried again.
    Expected<void> finish();

private:
    std::filesystem::path final_path_;
    UniqueFd fd_;
};

} // namespace xueshi::recorder
