#include "firmware/recorder/stray_clips.hpp"

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json_members.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/recorder/boxes.hpp"
#include "firmware/recorder/clip_label.hpp"

namespace xueshi::recorder {
namespace {

constexpr std::string_view kEnding = ".mp4";
constexpr std::int64_t kBytesAtOnce = 4 << 20; // 0.2 s of a slow card, on the terminal's own thread

/// `<uuid>.mp4`, as the recorder names clips; anything else in the directory is not its own.
bool is_video_name(const std::string &name) {
    return name.ends_with(kEnding) && Uuid::parse(name.substr(0, name.size() - kEnding.size()));
}

} // namespace

StrayClips::StrayClips(std::filesystem::path media) : media_(std::move(media)) {
    std::error_code error;
    std::set<std::string> unfinished;
    for (const auto &entry : std::filesystem::directory_iterator(media_, error)) {
        const auto name = entry.path().filename().string();
        if (name.front() == '.' && name.ends_with(".tmp")) {
            unfinished.insert(name);
        } else if (is_video_name(name)) {
            files_[name];
        }
    }
    // Asked after the list was made: a film whose note is gone by now is in the journal.
    std::erase_if(files_, [&](const auto &file) {
        const auto id = file.first.substr(0, file.first.size() - kEnding.size());
        return std::filesystem::exists(media_ / (id + ".open.json"), error);
    });
    for (const auto &name : unfinished) {
        const auto removed = remove_durably(media_ / name);
        log::warning("unfinished_file", {{"file", name}, {"removed", removed.has_value()}});
    }
}

void StrayClips::note(const record::EventBody &body) {
    if (!files_.empty()) {
        files_.erase(std::string(json::text_of(body.data, "file")));
    }
}

Expected<bool> StrayClips::read_on(const std::string &file, std::int64_t most) {
    if (!reading_) {
        auto opened = FileDigest::open(media_ / file);
        if (!opened) {
            return tl::unexpected<Error>(opened.error());
        }
        reading_.emplace(std::move(*opened));
    }
    return reading_->read_on(most);
}

/// Of the file that was read.
Expected<record::EventDraft> StrayClips::draft_of(const std::string &file, const Clock &clock) const {
    auto label = read_label(media_ / file);
    if (!label && label.error().code != ErrorCode::corrupt) {
        return tl::unexpected<Error>(label.error());
    }
    auto saved = label ? std::move(label->saved) : record::ClipSaved();
    saved.recovered = true;
    saved.clip = MediaId(file.substr(0, file.size() - kEnding.size()));
    saved.file = file;
    saved.sha256 = reading_->sha256();
    saved.bytes = reading_->bytes();
    const auto now = clock.now();
    return record::EventDraft{Uuid::v7(now.wall_ms), record::EventKind::clip_saved,
                              label ? std::move(label->source) : record::Source(), now, record::to_json(saved)};
}

Expected<bool> StrayClips::recover(record::EventSink &sink, const Clock &clock) {
    for (std::int64_t left = kBytesAtOnce; !files_.empty();) {
        auto &[file, draft] = *files_.begin();
        if (!draft) {
            const auto before = reading_ ? reading_->bytes() : 0;
            const auto read = read_on(file, left);
            if (read && !*read) {
                return false;
            }
            auto made = read ? draft_of(file, clock) : tl::unexpected<Error>(read.error());
            left -= reading_ ? reading_->bytes() - before : 0;
            reading_.reset();
            if (!made) { // gone, or not to be read: the next start looks again, the others need not wait
                log::error("clip_not_recovered", {{"file", file}, log::Field(made.error())});
                files_.erase(files_.begin());
                continue;
            }
            draft = std::move(*made);
        }
        if (const auto told = sink.append(*draft); !told) {
            return fail(told, "journal a recovered clip");
        }
        log::warning("clip_recovered", {{"file", file}});
        files_.erase(files_.begin());
        if (left <= 0) {
            return files_.empty();
        }
    }
    return true;
}

} // namespace xueshi::recorder
