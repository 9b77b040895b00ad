#include "firmware/terminald/video_settings.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace xueshi::terminald {

void fit_analysis(camera::Options &camera, std::int64_t box_width, std::int64_t box_height) {
    if (camera.height > camera.width) {
        std::swap(box_width, box_height);
    }
    const double scale = std::min({1.0, double(box_width) / camera.width, double(box_height) / camera.height});
    camera.analysis_width = static_cast<int>(std::lround(scale * camera.width / 2)) * 2;
    camera.analysis_height = static_cast<int>(std::lround(scale * camera.height / 2)) * 2;
}

void declare_video(Config &config, VideoInput &input) {
    auto &s = input.settings;
    config.choice("classroom.kind", s.classroom_kind, {"v4l2", "rtsp", "replay", "test", "kiosk", "none"},
                  "what films the lesson and sees how many are there; kiosk: the kiosk camera does both, and the "
                  "evidence says so; none: no lesson video");
    config.text("classroom.device", s.classroom.device, "v4l2: the node; rtsp: the URL");
    config.path("classroom.playlist", s.classroom.playlist, "replay: playlist.json");
    config.integer("classroom.width", input.width, 320, 3'840, "pixels");
    config.integer("classroom.height", input.height, 180, 2'160, "pixels");
    config.integer("classroom.frames_per_second", input.frames_per_second, 1, 60, "pictures a second");
    config.integer("classroom.bitrate_kbit", input.bitrate_kbit, 200, 20'000, "of the lesson video");
    config.choice("microphone.kind", s.microphone_kind, {"alsa", "rtsp", "file", "test", "none"},
                  "the lesson's sound; none: lesson video is filmed without, which does not count as usable");
    config.text("microphone.device", s.microphone.device,
                "alsa: the device, as arecord names it; rtsp: the URL, by default the classroom camera's own");
    config.path("microphone.file", s.microphone.file, "file: what is heard; its end is a microphone that is unplugged");
    config.integer("microphone.bitrate_kbit", input.sound_kbit, 16, 320, "of the sound");
    config.choice(
        "lesson_video.film", input.film, {"whole", "windows"},
        "the whole lesson (the institution archives the whole course: art. 14), or windows of each class hour");
    config.integer("lesson_video.window_minutes", input.window_minutes, 10, 60,
                   "windows: so many minutes of each class hour, a third each at its start, middle and end");
    config.integer("lesson_video.keep_free_mib", input.keep_free_mib, 64, 1 << 20,
                   "video leaves so much of the disk free: filming stops with an alarm, punches go on");
    config.integer("retention.clip_days", s.retention.clip_days, 1, 3'650,
                   "clips that the registry confirmed, or that may not leave the device, are kept so long");
    config.integer("retention.lesson_days", s.retention.lesson_days, 1, 3'650,
                   "lesson videos that registry or archive confirmed are kept so long");
    config.integer("retention.unknown_days", s.retention.unknown_days, 1, 365,
                   "clips of people who were not recognised: they never leave the device");
    config.integer(
        "retention.lesson_gib", input.lesson_gib, 1, 16'384,
        "lesson video takes so much; beyond it the oldest confirmed goes, and never one that is not confirmed");
    config.integer("lesson_video.headcount_s", s.headcount_s, 0, 3'600,
                   "faces are counted so often in a lesson; 0: never");
}

Expected<VideoSettings> finish_video(VideoInput input) {
    auto s = std::move(input.settings);
    s.classroom.width = static_cast<int>(input.width);
    s.classroom.height = static_cast<int>(input.height);
    s.classroom.frames_per_second = static_cast<int>(input.frames_per_second);
    s.classroom.bitrate_kbit = static_cast<int>(input.bitrate_kbit);
    // Faces of a whole room are small: counted in the full picture, which is needed rarely.
    fit_analysis(s.classroom, 1'280, 720);
    s.classroom.analysis_frames_per_second = 5;
    s.microphone.bitrate_kbit = static_cast<int>(input.sound_kbit);
    s.policy.windows = input.film == "windows";
    s.policy.window_ms = input.window_minutes * 60'000;
    s.retention.lesson_bytes = input.lesson_gib << 30;
    s.lesson.keep_free = input.keep_free_mib << 20;
    s.lesson.wants_sound = true; // art. 14: the sound is clear
    s.lesson.camera = s.classroom_kind == "kiosk" ? "kiosk" : "classroom";
    if (s.classroom_kind != "none" && s.classroom_kind != "kiosk") {
        const auto kind = camera::parse_kind(s.classroom_kind);
        if (!kind) {
            return fail(kind, "classroom.kind");
        }
        s.classroom.kind = *kind;
        if (s.classroom.kind == camera::Kind::replay && s.classroom.playlist.empty()) {
            return fail(ErrorCode::invalid_argument, "classroom.kind = replay needs classroom.playlist");
        }
    }
    if (s.microphone_kind != "none") {
        const auto kind = camera::parse_sound_kind(s.microphone_kind);
        if (!kind) {
            return fail(kind, "microphone.kind");
        }
        s.microphone.kind = *kind;
        if (s.microphone.kind == camera::SoundKind::file && s.microphone.file.empty()) {
            return fail(ErrorCode::invalid_argument, "microphone.kind = file needs microphone.file");
        }
        const bool named = s.microphone.device != camera::SoundOptions{}.device;
        if (s.microphone.kind == camera::SoundKind::rtsp && !named) {
            if (s.classroom_kind != "rtsp") {
                return fail(
                    ErrorCode::invalid_argument,
                    "microphone.kind = rtsp needs microphone.device, the URL, unless classroom.kind is rtsp too");
            }
            s.microphone.device = s.classroom.device;
        }
        if (s.classroom_kind == "none") {
            return fail(ErrorCode::invalid_argument, "microphone.kind needs classroom.kind: sound goes with a picture");
        }
    }
    return s;
}

} // namespace xueshi::terminald
