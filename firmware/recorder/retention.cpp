#include "firmware/recorder/retention.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::recorder {
namespace {

constexpr std::int64_t kDayMs = 24 * 3'600'000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max() / 2; ///< no clock gets there: not too old

std::string text(const json::Object &data, std::string_view key) {
    const auto *value = data.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t integer(const json::Object &data, std::string_view key) {
    const auto *value = data.if_contains(key);
    const auto *number = value != nullptr ? value->if_int64() : nullptr;
    return number != nullptr ? *number : 0;
}

/// The file name goes into a path: never more than a name.
bool is_plain_name(const std::string &file) {
    return !file.empty() && file.front() != '.' && file.find('/') == std::string::npos;
}

record::MediaDeleted deletion(const MediaId &id, const KeptVideo &video, std::string reason) {
    return {id, video.file, std::move(reason), video.bytes};
}

} // namespace

void MediaIndex::keep(const record::EventBody &body, bool lesson, std::size_t chain) {
    const bool dated = body.at.quality != ClockQuality::unset;
    KeptVideo video;
    video.file = text(body.data, "file");
    video.sha256 = text(body.data, "sha256");
    video.bytes = integer(body.data, "bytes");
    video.wall_ms = dated ? body.at.wall_ms : kNever;
    video.seq = body.seq;
    video.chain = chain;
    video.lesson = lesson;
    if (!is_plain_name(video.file)) {
        return;
    }
    const MediaId id(text(body.data, lesson ? "video" : "clip"));
    videos_[id] = std::move(video);
    if (!dated) {
        undated_.insert(id);
    }
}

void MediaIndex::note(const record::EventBody &body, std::size_t chain) {
    chooser_.read(body);
    if (body.at.quality != ClockQuality::unset) {
        for (const auto &id : std::exchange(undated_, {})) {
            if (const auto video = videos_.find(id); video != videos_.end()) {
                video->second.wall_ms = body.at.wall_ms;
            }
        }
    }
    const bool clip = body.kind == record::to_string(record::EventKind::clip_saved);
    const bool lesson = body.kind == record::to_string(record::EventKind::lesson_video_saved);
    if (clip || lesson) {
        keep(body, lesson, chain);
    } else if (body.kind == record::to_string(record::EventKind::refused_attempt)) {
        if (auto id = text(body.data, "clip"); !id.empty()) {
            unknown_.insert(MediaId(std::move(id)));
        }
    } else if (body.kind == record::to_string(record::EventKind::media_deleted)) {
        const MediaId id(text(body.data, "media"));
        videos_.erase(id);
        unknown_.erase(id);
        if (auto file = text(body.data, "file"); is_plain_name(file)) {
            deleted_files_.insert(std::move(file));
        }
    }
}

std::vector<record::MediaDeleted> choose_to_delete(const MediaIndex &index, const RetentionPolicy &policy,
                                                   const Confirmed &confirmed, const Now &now) {
    std::vector<record::MediaDeleted> chosen;
    std::vector<std::pair<MediaId, KeptVideo>> lessons, clips; // confirmed, and not too old
    std::int64_t lesson_bytes = 0, freed = 0;
    const auto is_withheld = [&](const MediaId &id, const KeptVideo &video) {
        return !video.lesson && now.clips && confirmed.knows(video) && !index.may_leave(*now.clips, id);
    };
    for (const auto &[id, video] : index.videos()) {
        const auto older_than = [&, age_ms = now.wall_ms - video.wall_ms](std::int64_t days) {
            return now.clock_is_set && age_ms > days * kDayMs;
        };
        const bool unknown = !video.lesson && index.is_of_unknown(id);
        if (unknown && older_than(policy.unknown_days)) {
            chosen.push_back(deletion(id, video, "unknown_person"));
            freed += video.bytes;
        } else if (confirmed.holds(video) && older_than(video.lesson ? policy.lesson_days : policy.clip_days)) {
            chosen.push_back(deletion(id, video, "confirmed_days"));
            freed += video.bytes;
        } else if (is_withheld(id, video) && older_than(policy.clip_days)) {
            chosen.push_back(deletion(id, video, "withheld_days"));
            freed += video.bytes;
        } else if (video.lesson) {
            lesson_bytes += video.bytes;
            if (confirmed.holds(video)) {
                lessons.emplace_back(id, video);
            }
        } else if (confirmed.holds(video)) {
            clips.emplace_back(id, video);
        }
    }
    for (auto *videos : {&lessons, &clips}) {
        std::ranges::sort(*videos, {}, [](const auto &entry) { // the wall clock may have run back
            return std::pair(entry.second.chain, entry.second.seq);
        });
    }
    for (const auto &[id, video] : lessons) {
        if (lesson_bytes <= policy.lesson_bytes && freed >= now.lacking_bytes) {
            break;
        }
        chosen.push_back(deletion(id, video, "confirmed_bytes"));
        lesson_bytes -= video.bytes;
        freed += video.bytes;
    }
    for (const auto &[id, video] : clips) { // or a new one would find no room
        if (freed >= now.lacking_bytes) {
            break;
        }
        chosen.push_back(deletion(id, video, "confirmed_bytes"));
        freed += video.bytes;
    }
    return chosen;
}

Expected<std::int64_t> delete_videos(const std::vector<record::MediaDeleted> &chosen,
                                     const std::filesystem::path &media, record::EventSink &sink, const Clock &clock) {
    std::int64_t freed = 0;
    for (const auto &video : chosen) {
        const auto now = clock.now();
        record::EventDraft draft{Uuid::v7(now.wall_ms), record::EventKind::media_deleted, {}, now, to_json(video)};
        if (const auto told = sink.append(draft); !told) {
            return fail(told, "journal a deletion");
        }
        if (auto removed = remove_durably(media / video.file); !removed) {
            return tl::unexpected<Error>(removed.error());
        }
        log::info("video_deleted", {{"video", video.media}, {"reason", video.reason}, {"bytes", video.bytes}});
        freed += video.bytes;
    }
    return freed;
}

Expected<void> remove_leftovers(MediaIndex &index, const std::filesystem::path &media) {
    for (const auto &file : index.deleted_files()) {
        std::error_code error;
        if (std::filesystem::exists(media / file, error)) {
            if (auto removed = remove_durably(media / file); !removed) {
                return removed;
            }
        }
    }
    index.forget_deleted_files();
    return {};
}

} // namespace xueshi::recorder
