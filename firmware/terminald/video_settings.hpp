#pragma once

#include <cstdint>
#include <string>

#include "firmware/camera/camera.hpp"
#include "firmware/camera/microphone.hpp"
#include "firmware/core/base/config.hpp"
#include "firmware/recorder/lesson_recorder.hpp"
#include "firmware/recorder/retention.hpp"
#include "firmware/terminald/lesson_plan.hpp"

namespace xueshi::terminald {

/// Has pictures for analysis of the camera's own proportions, even sides, in a box that is turned for an upright
/// camera: in a squeezed picture faces are not found.
void fit_analysis(camera::Options &camera, std::int64_t box_width, std::int64_t box_height);

/// The classroom's camera and microphone, and what is filmed.
struct VideoSettings {
    std::string classroom_kind = "none"; ///< as of the kiosk camera; "kiosk": that one films the lesson too
    camera::Options classroom;
    std::string microphone_kind = "none";
    camera::SoundOptions microphone;
    FilmPolicy policy;
    recorder::LessonOptions lesson;
    recorder::RetentionPolicy retention;
    std::int64_t headcount_s = 30; ///< 0: faces are not counted
};

struct VideoInput {
    VideoSettings settings;
    std::int64_t width = 1280, height = 720, frames_per_second = 15, bitrate_kbit = 1'500;
    std::int64_t lesson_gib = 64;
    std::int64_t keep_free_mib = 1'024, window_minutes = 12, sound_kbit = 64;
    std::string film = "whole";
};
void declare_video(Config &config, VideoInput &input);
Expected<VideoSettings> finish_video(VideoInput input);

} // namespace xueshi::terminald
