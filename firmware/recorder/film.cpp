#include "firmware/recorder/film.hpp"

#include <algorithm>

#include "firmware/core/base/file.hpp"

namespace xueshi::recorder {
namespace {

constexpr std::int64_t kMs = 1'000'000;

} // namespace

Film::Film(OpenFilm about, bool with_sound, PartFile file)
    : about_(std::move(about)), with_sound_(with_sound), file_(std::move(file)), pictures_(about_.first.boot_ms),
      sounds_(about_.first.boot_ms), last_(about_.first) {}

Expected<std::unique_ptr<Film>> Film::begin(const std::filesystem::path &media, OpenFilm about, bool with_sound) {
    // The note first: a file without one would lie there for ever.
    if (auto noted = write_file_durably(about.note(media), write_open_film(about)); !noted) {
        return tl::unexpected<Error>(noted.error());
    }
    auto file = PartFile::create(about.film(media));
    if (!file) {
        return tl::unexpected<Error>(file.error());
    }
    if (auto named = fsync_directory(media); !named) {
        return tl::unexpected<Error>(named.error());
    }
    std::unique_ptr<Film> film(new Film(std::move(about), with_sound, std::move(*file)));
    auto muxer = FragmentMuxer::create(with_sound, [made = film.get()](ByteView bytes) {
        made->digest_.update(bytes);
        made->bytes_ += static_cast<std::int64_t>(bytes.size());
        return made->file_.append(bytes);
    });
    if (!muxer) {
        return tl::unexpected<Error>(muxer.error());
    }
    film->muxer_.emplace(std::move(*muxer));
    return film;
}

Expected<void> Film::add(const camera::Unit &unit) {
    const auto place_ns = std::max<std::int64_t>(pictures_.place(unit.pts_ns, unit.captured.boot_ms), 0);
    note_pause(unit, place_ns);
    ++frames_;
    pictures_ns_ = place_ns;
    duration_ns_ = place_ns + unit.duration_ns;
    last_ = unit.captured;
    return muxer_->picture(unit.data, place_ns, unit.duration_ns);
}

/// Longer than three pictures: the queue before the encoder or the camera itself lost some.
void Film::note_pause(const camera::Unit &unit, std::int64_t place_ns) {
    const auto missing_ns = place_ns - duration_ns_;
    if (frames_ > 0 && missing_ns > 2 * unit.duration_ns && gaps_.size() < record::kMaxVideoGaps) {
        gaps_.emplace_back(about_.first.boot_ms + duration_ns_ / kMs, unit.captured.boot_ms);
    }
}

Expected<void> Film::add(const camera::SoundUnit &unit) {
    const auto place_ns = with_sound_ ? sounds_.place(unit.pts_ns, unit.captured.boot_ms) : -1;
    if (place_ns < 0) {
        return {};
    }
    sound_ns_ = place_ns + unit.duration_ns;
    return muxer_->sound(unit.data, place_ns, unit.duration_ns);
}

Expected<record::LessonVideoSaved> Film::finish() {
    if (auto written = muxer_->finish(); !written) {
        return tl::unexpected<Error>(written.error());
    }
    if (auto closed = file_.finish(); !closed) {
        return tl::unexpected<Error>(closed.error());
    }
    record::LessonVideoSaved saved;
    saved.video = about_.id;
    saved.file = about_.id.str() + ".mp4";
    saved.sha256 = hex(digest_.finish());
    saved.bytes = bytes_;
    saved.duration_ms = duration_ns_ / kMs;
    saved.frames = frames_;
    saved.sound_ms = sound_ns_ / kMs;
    saved.camera = about_.camera;
    saved.room = about_.room;
    saved.lessons = about_.lessons;
    saved.first = record::moment_of(about_.first);
    saved.last = record::moment_of(last_);
    saved.boot_id = about_.first.boot_id;
    saved.gaps = gaps_;
    return saved;
}

} // namespace xueshi::recorder
