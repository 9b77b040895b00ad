#include "firmware/camera/replay/playlist_file.hpp"

#include <sys/stat.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::camera::replay {

std::optional<PlaylistFile::Version> PlaylistFile::version_on_disk() const {
    struct stat status{};
    if (::stat(path_.c_str(), &status) != 0) {
        return std::nullopt;
    }
    return Version{status.st_ino, status.st_size,
                   std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

const Playlist &PlaylistFile::current() {
    // Taken before reading: a file that is written meanwhile differs at the next look.
    const auto version = version_on_disk();
    if (!looked_ || version != version_) {
        looked_ = true;
        version_ = version;
        load();
    }
    return playlist_;
}

void PlaylistFile::load() {
    playlist_ = {};
    const auto text = read_file(path_, kMaxPlaylistBytes);
    auto playlist = text ? parse_playlist(*text, std::filesystem::absolute(path_).parent_path())
                         : Expected<Playlist>(tl::unexpected<Error>(text.error()));
    if (!playlist) {
        log::warning("playlist_not_usable", {{"error", playlist.error().message}});
        return;
    }
    playlist_ = std::move(*playlist);
    log::info("playlist_loaded", {{"items", playlist_.items.size()}});
}

} // namespace xueshi::camera::replay
