#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "firmware/camera/replay/playlist.hpp"

namespace xueshi::camera::replay {

/// A playlist that may be written, replaced or broken while it plays. Thread-bound.
class PlaylistFile {
public:
    explicit PlaylistFile(std::filesystem::path path) : path_(std::move(path)) {}

    /// The playlist as it is on disk now; empty while the file is missing or broken (one log line a change). Looks at
    /// the file's identity, size and time only, and reads it when one of them changed.
    const Playlist &current();

private:
    struct Version {
        std::uint64_t inode = 0;
        std::int64_t size = 0, modified_ns = 0;
        bool operator==(const Version &) const = default;
    };
    std::optional<Version> version_on_disk() const;
    void load();

    std::filesystem::path path_;
    bool looked_ = false;
    std::optional<Version> version_; ///< none: missing
    Playlist playlist_;
};

} // namespace xueshi::camera::replay
