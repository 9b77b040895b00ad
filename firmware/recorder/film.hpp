#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "firmware/camera/camera.hpp"
#include "firmware/camera/microphone.hpp"
#include "firmware/recorder/fragment_muxer.hpp"
#include "firmware/recorder/open_film.hpp"
#include "firmware/recorder/part_file.hpp"
#include "firmware/recorder/timeline.hpp"

namespace xueshi::recorder {

/// One lesson video while it grows on the disk. An error of any call leaves what is on disk to `mend`. Thread-bound.
class Film {
public:
    /// Makes file and note; `about.first` is the moment of the first picture, which `add` brings.
    static Expected<std::unique_ptr<Film>> begin(const std::filesystem::path &media, OpenFilm about, bool with_sound);

    Expected<void> add(const camera::Unit &unit);
    /// Sound from before the first picture is left out; without sound all of it is.
    Expected<void> add(const camera::SoundUnit &unit);
    /// Brings to the file what is ready.
    Expected<void> flush() { return muxer_->pass_on(); }
    /// What came until now survives a power cut, but for the fragment that is being made.
    Expected<void> sync() { return file_.sync(); }
    /// Closed, fsynced, renamed, directory fsynced: what its event says.
    Expected<record::LessonVideoSaved> finish();

    const OpenFilm &about() const { return about_; }
    bool with_sound() const { return with_sound_; }
    const Instant &newest() const { return last_; } ///< the moment of the newest picture
    /// Times without picture, of the boot clock, as LessonVideoSaved has them.
    const std::vector<std::pair<std::int64_t, std::int64_t>> &gaps() const { return gaps_; }
    /// How far the sound is behind the picture.
    std::int64_t sound_behind_ms() const { return (pictures_ns_ - sound_ns_) / 1'000'000; }

private:
    Film(OpenFilm about, bool with_sound, PartFile file);
    void note_pause(const camera::Unit &unit, std::int64_t place_ns);

    OpenFilm about_;
    const bool with_sound_;
    PartFile file_;
    Sha256Stream digest_;
    std::int64_t bytes_ = 0;
    std::optional<FragmentMuxer> muxer_; ///< writes into the members above
    Timeline pictures_, sounds_;
    std::int64_t frames_ = 0, pictures_ns_ = 0, duration_ns_ = 0, sound_ns_ = 0;
    Instant last_;
    std::vector<std::pair<std::int64_t, std::int64_t>> gaps_;
};

} // namespace xueshi::recorder
