#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "firmware/camera/camera.hpp"
#include "firmware/checkin/checkin.hpp"
#include "firmware/checkin/claims.hpp"
#include "firmware/checkin/enrolment.hpp"
#include "firmware/core/base/config.hpp"
#include "firmware/core/identity/keys.hpp"
#include "firmware/recorder/recorder.hpp"
#include "firmware/terminald/reader_port.hpp"
#include "firmware/terminald/screen.hpp"
#include "firmware/terminald/video_settings.hpp"

namespace xueshi::terminald {

/// The configuration with its defaults; `declare_settings` says what each is.
struct Settings {
    std::filesystem::path state_directory = "/var/lib/xueshi/terminal";
    std::filesystem::path sync_directory = "/var/lib/xueshi/sync";
    std::filesystem::path control_socket = "/run/xueshi/control.sock";
    std::vector<std::string> operators, sync_users;
    identity::Suite suite = identity::Suite::p256_sha256;
    std::string identity_key = "file", identity_tpm;
    std::string clock_source = "automatic";
    std::int64_t clock_max_step_s = 60;
    std::string log_level = "info";
    std::string camera_kind = "v4l2";
    camera::Options camera;
    std::filesystem::path models_manifest = "/usr/share/xueshi/models/manifest.json";
    std::filesystem::path models_files = "/usr/share/xueshi/models/files";
    int models_threads = 2;
    ReaderOptions fingerprint; ///< driver empty: no reader
    recorder::Options clip;
    VideoSettings video;
    double second_face_ratio = 0.6;
    checkin::Settings checkin;
    checkin::EnrolmentPolicy enrolment;
    checkin::ClaimPolicy claims;
    std::int64_t template_days = 60;
    ScreenOptions screen;
    std::int64_t heartbeat_s = 600;
};

/// The numbers that Config takes as 64-bit integers, until `finish_settings` brings them to their places.
struct SettingsInput {
    Settings settings;
    VideoInput video;
    std::int64_t kiosk_port = 8470, kiosk_lan_port = 8471;
    std::string kiosk_names = "masked";
    std::string suite = "p256-sha256", finger_matcher = "mcc", module_password = "00000000";
    std::int64_t module_baud = 57'600;
    std::int64_t width = 1280, height = 720, frames_per_second = 15;
    std::int64_t analysis_width = 960, analysis_height = 540;
    std::int64_t models_threads = 2; ///< half of a four-core board: video and clips keep the rest
    std::int64_t agreeing_frames = 3, liveness_frames = 5, unknown_frames = 8;
    std::int64_t witnesses = 2, least_photographs = 2, claims_an_hour = 120;
};
void declare_settings(Config &config, SettingsInput &input);
Expected<Settings> finish_settings(SettingsInput input);

} // namespace xueshi::terminald
