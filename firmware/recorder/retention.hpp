#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "firmware/core/clips/clip_chooser.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/core/record/video_bodies.hpp"

namespace xueshi::recorder {

/// One video of the journal whose file should be there.
struct KeptVideo {
    std::string file, sha256; ///< hex
    std::int64_t bytes = 0;
    /// When it was saved; while the clock was unset, the first time that an event after it has.
    std::int64_t wall_ms = 0;
    record::Sequence seq = 0; ///< of the event that says it is saved
    std::size_t chain = 0;    ///< of that event: how many chains came before its own
    bool lesson = false;      ///< else a clip
};

/// What the journal says of clips and lesson videos: fed with its events, in order.
class MediaIndex {
public:
    /// `chain`: how many chains came before the event's own.
    void note(const record::EventBody &body, std::size_t chain = 0);

    const std::map<MediaId, KeptVideo> &videos() const { return videos_; }
    /// A clip of somebody who was not recognised: it never leaves the device.
    bool is_of_unknown(const MediaId &clip) const { return unknown_.contains(clip); }
    /// By the newest word of everybody in it.
    bool may_leave(const clips::ClipPolicy &policy, const MediaId &clip) const {
        return chooser_.may_leave(policy, clip);
    }
    /// Files that the journal says are deleted; a power cut may have left them.
    const std::set<std::string> &deleted_files() const { return deleted_files_; }
    void forget_deleted_files() { deleted_files_.clear(); }

private:
    void keep(const record::EventBody &body, bool lesson, std::size_t chain);

    std::map<MediaId, KeptVideo> videos_;
    std::set<MediaId> undated_; ///< no event with a time came since
    std::set<MediaId> unknown_;
    clips::ClipChooser chooser_;
    std::set<std::string> deleted_files_;
};

struct RetentionPolicy {
    std::int64_t clip_days = 90, lesson_days = 30;
    std::int64_t unknown_days = 7; ///< the shortest that serves a complaint (人脸识别技术应用安全管理办法)
    std::int64_t lesson_bytes = 64ll << 30;
};

/// What the registry or the archive holds for good.
struct Confirmed {
    std::size_t chain = 0;    ///< as in KeptVideo: the present one's
    record::Sequence seq = 0; ///< every event of it up to here
    std::set<std::string> sha256;
    /// The event with the video's digest; those of former chains went before the present one's.
    bool knows(const KeptVideo &video) const { return video.chain < chain ? seq > 0 : video.seq <= seq; }
    bool holds(const KeptVideo &video) const { return knows(video) && sha256.contains(video.sha256); }
};

struct Now {
    std::int64_t wall_ms = 0;
    bool clock_is_set = true;       ///< else nothing is too old
    std::int64_t lacking_bytes = 0; ///< that filming needs more than is free
    /// Which clips may leave the device; none: nobody knows, and any may.
    std::optional<clips::ClipPolicy> clips = {};
};

/// What goes, in this order: clips of unknown people after their days, confirmed or not; confirmed videos after their
/// days, and after the same days clips that may not leave the device, when their event is confirmed: nobody will ever
/// hold them, and faces are kept for the shortest time that serves (人脸识别技术应用安全管理办法). So long consent may
/// still come. Then, while lesson video takes more than it may or the disk is short, the oldest confirmed lesson video;
/// where that does not do, the oldest confirmed clip: it would take the room of those that nobody else holds yet. Never
/// anything else: not an unconfirmed video, whatever the disk says, and no lesson video that the archive lacks (art.
/// 14), also not one of a confidential class.
std::vector<record::MediaDeleted> choose_to_delete(const MediaIndex &index, const RetentionPolicy &policy,
                                                   const Confirmed &confirmed, const Now &now);

/// Journals each deletion, then removes the file: cut between, `remove_leftovers` does the rest. Returns the bytes
/// freed.
Expected<std::int64_t> delete_videos(const std::vector<record::MediaDeleted> &chosen,
                                     const std::filesystem::path &media, record::EventSink &sink, const Clock &clock);
Expected<void> remove_leftovers(MediaIndex &index, const std::filesystem::path &media);

} // namespace xueshi::recorder
