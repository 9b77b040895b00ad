#include "firmware/terminald/settings.hpp"

#include <algorithm>

#include <boost/asio/ip/address.hpp>

#include "firmware/checkin/document_portrait.hpp"
#include "firmware/core/base/bytes.hpp"

namespace xueshi::terminald {

namespace {

void declare_places(Config &config, SettingsInput &input) {
    auto &s = input.settings;
    config.path("state.directory", s.state_directory,
                "journal, media, templates and keys; written by this program only");
    config.path("sync.directory", s.sync_directory,
                "where xueshi-syncd puts roster.json, acked.json and registry_key.pem");
    config.path("control.socket", s.control_socket, "UNIX socket for xueshictl and xueshi-syncd");
    config.list("control.operators", s.operators, "users or @groups that may enrol and erase (root always may)");
    config.list("control.sync_users", s.sync_users, "users or @groups xueshi-syncd runs as");
    config.choice("identity.suite", input.suite, {"p256-sha256", "sm2-sm3"},
                  "how records are signed; chosen before the first start, since it is the key's kind");
    config.choice("identity.key", s.identity_key, {"file", "tpm"},
                  "where the signing key is: a file (0600), or in a TPM 2.0, which signs with p256-sha256 only");
    config.text("identity.tpm", s.identity_tpm, "how to reach the TPM, such as device:/dev/tpmrm0; empty: the first");
    config.choice("clock.source", s.clock_source, {"automatic", "host"},
                  "who disciplines the clock: an NTP service here, or the host of this container or guest");
    config.integer("clock.max_step_s", s.clock_max_step_s, 1, 3'600,
                   "a longer jump of the clock is followed only when the registry's signed time agrees");
    config.choice("log.level", s.log_level, {"debug", "info", "warning", "error"}, "least severity that is logged");
    config.integer("heartbeat.seconds", s.heartbeat_s, 0, 86'400, "a heartbeat event so often; 0: never");
}

void declare_devices(Config &config, SettingsInput &input) {
    auto &s = input.settings;
    config.choice("camera.kind", s.camera_kind, {"v4l2", "rtsp", "replay", "test", "none"},
                  "what the kiosk camera is; none: fingers only");
    config.text("camera.device", s.camera.device, "v4l2: the node; rtsp: the URL");
    config.path("camera.playlist", s.camera.playlist, "replay: playlist.json");
    config.integer("camera.width", input.width, 320, 3840, "pixels");
    config.integer("camera.height", input.height, 180, 2160, "pixels");
    config.integer("camera.frames_per_second", input.frames_per_second, 1, 60, "pictures a second");
    config.integer("camera.analysis_width", input.analysis_width, 320, 1920,
                   "at most, of the pictures recognition works on: larger sees faces farther away");
    config.integer("camera.analysis_height", input.analysis_height, 180, 1080,
                   "at most; the camera's proportions are kept, and an upright camera's pictures stand");
    config.path("models.manifest", s.models_manifest, "which networks, with their sums and thresholds");
    config.path("models.files", s.models_files, "folder of the network files");
    config.integer("models.threads", input.models_threads, 1, 16, "threads that the networks may use");
    config.text(
        "fingerprint.driver", s.fingerprint.driver,
        "libfprint driver of the reader, \"any\" for the first that gives minutiae or else identifies by itself, "
        "\"uart\" for a serial module, empty for no reader");
    config.text("fingerprint.device", s.fingerprint.module.device,
                "uart: the serial line, such as /dev/ttyS1 (ZFM, AS608, R30x, R503)");
    config.integer("fingerprint.baud", input.module_baud, 9'600, 115'200, "uart: the module's speed");
    config.text("fingerprint.password", input.module_password, "uart: the module's password, eight hex digits");
    config.choice(
        "fingerprint.matcher", input.finger_matcher, {"mcc", "bozorth3"},
        "of readers that give pictures: mcc has a score and a margin; bozorth3 is libfprint's own, which says "
        "only yes or no");
    config.integer("clip.before_ms", s.clip.before_ms, 0, 30'000, "video before a punch");
    config.integer("clip.after_ms", s.clip.after_ms, 0, 30'000, "video after a punch");
}

void declare_decisions(Config &config, SettingsInput &input) {
    auto &s = input.settings;
    config.integer("face.agreeing_frames", input.agreeing_frames, 2, 30, "frames in a row that name the same person");
    config.integer("face.liveness_frames", input.liveness_frames, 5, 30, "least frames liveness is decided over");
    config.integer("face.unknown_frames", input.unknown_frames, 3, 60, "good frames after which a face is unknown");
    config.number("face.second_face_ratio", s.second_face_ratio, 0.1, 1.0,
                  "a second face of this share of the first one's area makes it several people");
    config.integer("checkin.other_factor_ms", s.checkin.other_factor_ms, 1'000, 120'000,
                   "how long the face waits for the finger, or the finger for the face");
    config.integer("checkin.repeat_pause_ms", s.checkin.repeat_pause_ms, 0, 600'000,
                   "a person's mere presence is not journaled again within it");
    config.integer("checkin.refusal_pause_ms", s.checkin.refusal_pause_ms, 0, 600'000,
                   "refusals for one reason are journaled at most so often");
    config.integer("checkin.poor_quality_ms", s.checkin.poor_quality_ms, 1'000, 120'000,
                   "a face that was never seen well enough for so long is "
                   "journaled as a refused attempt");
    config.boolean("checkin.active_check", s.checkin.active_check, "a recognised face must turn the head as asked");
    config.integer("checkin.active_check_ms", s.checkin.active_check_ms, 3'000, 60'000, "time for turning the head");
    config.integer("checkin.message_ms", s.checkin.message_ms, 0, 60'000, "how long a result stays on the screen");
}

void declare_kiosk(Config &config, SettingsInput &input) {
    auto &screen = input.settings.screen;
    config.boolean("kiosk.enabled", screen.enabled, "serve the screen's page, to this machine alone");
    config.integer("kiosk.port", input.kiosk_port, 1, 65'535, "TCP port on 127.0.0.1");
    config.text("kiosk.lan_address", screen.kiosk.lan_address,
                "IP address of this machine on which the admin's views are served over TLS too; empty: nowhere");
    config.integer("kiosk.lan_port", input.kiosk_lan_port, 1, 65'535, "TCP port of kiosk.lan_address");
    config.path("kiosk.web_directory", screen.kiosk.web_directory, "the built page");
    config.choice("kiosk.names", input.kiosk_names, {"masked", "full", "number"},
                  "names that anybody before the screen sees; number: none");
    config.text(
        "kiosk.speaker", screen.speaker,
        "loudspeaker on which the terminal speaks the page's prompts, as aplay names it; empty: the browser does");
    config.list("kiosk.languages", screen.kiosk.languages, "that the page offers: zh-CN, ko, en; the first one first");
    config.integer("kiosk.session_idle_s", screen.kiosk.session_idle_s, 10, 3'600,
                   "a login that nobody uses for so long ends");
}

void declare_enrolment(Config &config, SettingsInput &input) {
    config.boolean(
        "enrolment.document", input.settings.enrolment.document,
        "the portrait of the identity document is compared, on this device; without it the bureau sees a flag");
    config.integer("enrolment.witnesses", input.witnesses, 0, 4,
                   "people who see that person and document belong together; under two the bureau sees a flag");
    config.integer("enrolment.least_photographs", input.least_photographs, 1, 10,
                   "usable photographs that an enrolment without camera needs: two agree with each other");
    config.integer("retention.template_days", input.settings.template_days, 1, 3'650,
                   "templates of face and finger are kept so long after the last lesson of their person's classes");
    config.integer("claim.same_person_ms", input.settings.claims.same_person_ms, 0, 3'600'000,
                   "a person's claim within it is the earlier one again");
    config.integer("claim.most_an_hour", input.claims_an_hour, 1, 10'000, "claims this terminal takes within an hour");
}

} // namespace

void declare_settings(Config &config, SettingsInput &input) {
    declare_places(config, input);
    declare_devices(config, input);
    declare_video(config, input.video);
    declare_decisions(config, input);
    declare_enrolment(config, input);
    declare_kiosk(config, input);
}

namespace {

Expected<void> finish_reader(ReaderOptions &reader, const SettingsInput &input) {
    constexpr std::size_t kPasswordBytes = 4;
    const auto password = parse_hex(input.module_password);
    if (!password || password->size() != kPasswordBytes) {
        return fail(ErrorCode::invalid_argument, "fingerprint.password: eight hex digits, such as 00000000");
    }
    for (const std::uint8_t byte : *password) {
        reader.module.password = reader.module.password << 8U | byte;
    }
    reader.module.baud = static_cast<unsigned>(input.module_baud);
    reader.bozorth3 = input.finger_matcher == "bozorth3";
    if (reader.driver == "uart" && reader.module.device.empty()) {
        return fail(ErrorCode::invalid_argument,
                    "fingerprint.driver = uart needs fingerprint.device, such as /dev/ttyS1");
    }
    if (reader.driver == "uart" && reader.bozorth3) {
        return fail(
            ErrorCode::invalid_argument,
            "fingerprint.matcher = bozorth3 needs a reader that gives pictures: a serial module matches by itself");
    }
    return {};
}

Expected<void> finish_lan(ScreenOptions &screen, const SettingsInput &input) {
    screen.kiosk.lan_port = static_cast<std::uint16_t>(input.kiosk_lan_port);
    const auto &address = screen.kiosk.lan_address;
    if (address.empty()) {
        return {};
    }
    boost::system::error_code error;
    const auto parsed = boost::asio::ip::make_address(address, error);
    if (error || parsed.is_unspecified() || parsed.to_string() != address) {
        return fail(ErrorCode::invalid_argument, "kiosk.lan_address: \"" + address +
                                                     "\" is not the IP address of one interface, such as 192.168.1.20");
    }
    if (!screen.enabled) {
        return fail(ErrorCode::invalid_argument, "kiosk.lan_address needs kiosk.enabled = true");
    }
    return {};
}

/// The preview has the camera's proportions.
Expected<void> finish_kiosk(Settings &settings, const SettingsInput &input) {
    constexpr int kPreviewWidth = 480, kPreviewFrames = 15;
    auto &screen = settings.screen;
    screen.kiosk.port = static_cast<std::uint16_t>(input.kiosk_port);
    screen.names = input.kiosk_names == "full"     ? kiosk::NameMode::full
                   : input.kiosk_names == "number" ? kiosk::NameMode::number
                                                   : kiosk::NameMode::masked;
    if (auto lan = finish_lan(screen, input); !lan) {
        return lan;
    }
    for (const auto &language : screen.kiosk.languages) {
        if (language != "zh-CN" && language != "ko" && language != "en") {
            return fail(ErrorCode::invalid_argument, "kiosk.languages: " + language + " is none of zh-CN, ko, en");
        }
    }
    if (screen.kiosk.languages.empty()) {
        return fail(ErrorCode::invalid_argument, "kiosk.languages: at least one of zh-CN, ko, en");
    }
    if (screen.enabled && settings.camera_kind != "none") {
        auto &camera = settings.camera;
        camera.preview_width = std::min(kPreviewWidth, camera.width) / 2 * 2;
        camera.preview_height = camera.preview_width * camera.height / camera.width / 2 * 2;
        camera.preview_frames_per_second = std::min(kPreviewFrames, camera.frames_per_second);
        // A document is held up where somebody sees what the camera sees.
        camera.close_ups = camera.width >= checkin::kLeastDocumentCamera;
        screen.kiosk.preview_width = camera.preview_width;
        screen.kiosk.preview_height = camera.preview_height;
        screen.kiosk.preview_frames_per_second = camera.preview_frames_per_second;
    }
    return {};
}

} // namespace

Expected<Settings> finish_settings(SettingsInput input) {
    auto settings = std::move(input.settings);
    if (auto reader = finish_reader(settings.fingerprint, input); !reader) {
        return tl::unexpected(reader.error());
    }
    const auto suite = identity::parse_suite(input.suite);
    if (!suite) {
        return fail(suite, "identity.suite");
    }
    settings.suite = *suite;
    if (settings.identity_key == "tpm" && *suite != identity::Suite::p256_sha256) {
        return fail(ErrorCode::invalid_argument,
                    "identity.key = tpm needs identity.suite = p256-sha256: no TPM driver here signs with SM2");
    }
    settings.camera.width = static_cast<int>(input.width);
    settings.camera.height = static_cast<int>(input.height);
    settings.camera.frames_per_second = static_cast<int>(input.frames_per_second);
    fit_analysis(settings.camera, input.analysis_width, input.analysis_height);
    settings.models_threads = static_cast<int>(input.models_threads);
    settings.checkin.face.agreeing_frames = static_cast<int>(input.agreeing_frames);
    settings.checkin.face.liveness_frames = static_cast<int>(input.liveness_frames);
    settings.checkin.face.unknown_frames = static_cast<int>(input.unknown_frames);
    settings.enrolment.witnesses = static_cast<std::size_t>(input.witnesses);
    settings.enrolment.least_photographs = static_cast<std::size_t>(input.least_photographs);
    settings.claims.most_an_hour = static_cast<std::size_t>(input.claims_an_hour);
    if (settings.camera_kind != "none") {
        const auto kind = camera::parse_kind(settings.camera_kind);
        if (!kind) {
            return fail(kind, "camera.kind");
        }
        settings.camera.kind = *kind;
    }
    if (settings.camera_kind == "replay" && settings.camera.playlist.empty()) {
        return fail(ErrorCode::invalid_argument, "camera.kind = replay needs camera.playlist");
    }
    settings.clip.media_directory = settings.state_directory / "media";
    if (auto kiosk = finish_kiosk(settings, input); !kiosk) {
        return tl::unexpected(kiosk.error());
    }
    auto video = finish_video(std::move(input.video));
    if (!video) {
        return tl::unexpected(video.error());
    }
    settings.video = std::move(*video);
    if (settings.video.classroom_kind == "kiosk" && settings.camera_kind == "none") {
        return fail(ErrorCode::invalid_argument, "classroom.kind = kiosk needs a kiosk camera: camera.kind is none");
    }
    return settings;
}

} // namespace xueshi::terminald
