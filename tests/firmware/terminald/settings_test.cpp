#include <array>
#include <fstream>

#include <doctest/doctest.h>

#include "firmware/terminald/settings.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::terminald;

namespace {

Expected<Settings> read(std::vector<const char *> arguments) {
    Config config("xueshi-terminald", "test", "");
    SettingsInput input;
    declare_settings(config, input);
    arguments.insert(arguments.begin(), "xueshi-terminald");
    const auto outcome = config.parse(static_cast<int>(arguments.size()), arguments.data());
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    return finish_settings(std::move(input));
}

} // namespace

TEST_CASE("terminald: the configuration file that ships is valid") {
    const auto settings = read({"--config", "firmware/terminald/terminald.toml"});
    REQUIRE_MESSAGE(settings, (settings ? "" : settings.error().message));
    CHECK(settings->camera.kind == camera::Kind::v4l2);
    CHECK(settings->fingerprint.driver == "any");
    CHECK(settings->sync_users == std::vector<std::string>{"xueshi-syncd"});
    CHECK(settings->clip.media_directory == "/var/lib/xueshi/terminal/media");
}

TEST_CASE("terminald: a wrong key and a wrong value name file, line and what is allowed") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "bad.toml";
    std::ofstream(path) << "[camera]\nkind = \"webcam\"\n";
    const auto kind = read({"--config", path.c_str()});
    REQUIRE_FALSE(kind);
    CHECK(kind.error().message.find("v4l2") != std::string::npos);
    std::ofstream(path) << "[camera]\nkindd = \"v4l2\"\n";
    const auto key = read({"--config", path.c_str()});
    REQUIRE_FALSE(key);
    CHECK(key.error().message.find("kindd") != std::string::npos);
    CHECK_FALSE(read({"--face.agreeing_frames", "1"}));
    CHECK_FALSE(read({"--face.liveness_frames", "4"}));
    CHECK(read({"--face.liveness_frames", "5"}));
    CHECK_FALSE(read({"--camera.kind", "replay"})); // of what?
}

TEST_CASE("terminald: the days that templates are kept after a class are chosen, sixty unless somebody says so") {
    const auto shipped = read({"--config", "firmware/terminald/terminald.toml"});
    REQUIRE(shipped);
    CHECK(shipped->template_days == 60);
    CHECK(read({})->template_days == 60);
    CHECK(read({"--retention.template_days", "365"})->template_days == 365);
    for (const char *wrong : {"0", "-1", "3651", "soon"}) {
        const auto refused = read({"--retention.template_days", wrong});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.find("retention.template_days") != std::string::npos);
    }
}

TEST_CASE("terminald: recognition's pictures are never larger than the camera's") {
    const auto settings = read({"--camera.width", "640", "--camera.height", "360"});
    REQUIRE(settings);
    CHECK(settings->camera.analysis_width == 640);
    CHECK(settings->camera.analysis_height == 360);
}

TEST_CASE("terminald: a serial fingerprint module is chosen with its line, speed and password") {
    const auto settings = read({"--fingerprint.driver", "uart", "--fingerprint.device", "/dev/ttyS1",
                                "--fingerprint.baud", "115200", "--fingerprint.password", "00C0ffee"});
    REQUIRE_MESSAGE(settings, (settings ? "" : settings.error().message));
    CHECK(settings->fingerprint.module.device == "/dev/ttyS1");
    CHECK(settings->fingerprint.module.baud == 115'200);
    CHECK(settings->fingerprint.module.password == 0x00c0ffee);
    CHECK_FALSE(settings->fingerprint.bozorth3);
    const auto without = read({"--fingerprint.driver", "uart"});
    REQUIRE_FALSE(without);
    CHECK(without.error().message.find("fingerprint.device") != std::string::npos);
    const auto password = read({"--fingerprint.password", "secret"});
    REQUIRE_FALSE(password);
    CHECK(password.error().message.find("eight hex digits") != std::string::npos);
}

TEST_CASE("terminald: bozorth3 is chosen for a reader that gives pictures, and refused for one that matches itself") {
    const auto settings = read({"--fingerprint.driver", "any", "--fingerprint.matcher", "bozorth3"});
    REQUIRE(settings);
    CHECK(settings->fingerprint.bozorth3);
    CHECK_FALSE(read(
        {"--fingerprint.driver", "uart", "--fingerprint.device", "/dev/ttyS1", "--fingerprint.matcher", "bozorth3"}));
    CHECK_FALSE(read({"--fingerprint.matcher", "guess"}));
}

TEST_CASE("terminald: classroom camera, microphone and what is filmed are chosen, and what cannot be is refused") {
    const auto settings =
        read({"--classroom.kind", "rtsp", "--classroom.device", "rtsp://camera.local/1", "--microphone.kind", "alsa",
              "--microphone.device", "hw:1,0", "--lesson_video.film", "windows", "--lesson_video.window_minutes", "15",
              "--lesson_video.keep_free_mib", "2048"});
    REQUIRE_MESSAGE(settings, (settings ? "" : settings.error().message));
    CHECK(settings->video.classroom.kind == camera::Kind::rtsp);
    CHECK(settings->video.lesson.camera == "classroom");
    CHECK(settings->video.microphone.device == "hw:1,0");
    CHECK(settings->video.policy.windows);
    CHECK(settings->video.policy.window_ms == 15 * 60'000);
    CHECK(settings->video.lesson.keep_free == 2'048ll << 20);
    CHECK(settings->video.lesson.wants_sound);
    CHECK(read({})->video.classroom_kind == "none");
    CHECK_FALSE(read({"--lesson_video.window_minutes", "9"})); // art. 14: ten at least
    CHECK_FALSE(read({"--microphone.kind", "alsa"}));          // sound without a picture
    CHECK_FALSE(read({"--classroom.kind", "replay"}));
    const auto network =
        read({"--classroom.kind", "rtsp", "--classroom.device", "rtsp://camera.local/1", "--microphone.kind", "rtsp"});
    REQUIRE(network);
    CHECK(network->video.microphone.device == "rtsp://camera.local/1"); // one device hears and sees
    CHECK_FALSE(read({"--classroom.kind", "v4l2", "--microphone.kind", "rtsp"}));
    CHECK_FALSE(read({"--classroom.kind", "kiosk", "--camera.kind", "none"}));
    const auto both = read({"--classroom.kind", "kiosk"});
    REQUIRE(both);
    CHECK(both->video.lesson.camera == "kiosk");
}

TEST_CASE("terminald: the shipped screen is on, in three languages; a preview has the camera's proportions") {
    const auto shipped = read({"--config", "firmware/terminald/terminald.toml"});
    REQUIRE(shipped);
    CHECK(shipped->screen.enabled);
    CHECK(shipped->screen.kiosk.port == 8470);
    CHECK(shipped->screen.names == kiosk::NameMode::masked);
    CHECK(shipped->screen.kiosk.languages == std::vector<std::string>{"zh-CN", "ko", "en"});
    CHECK(shipped->screen.speaker == "default"); // the board's browser may not
    CHECK(shipped->camera.preview_width == 480);
    CHECK(shipped->camera.preview_height == 270);
    CHECK(shipped->screen.kiosk.preview_frames_per_second == 15);
    CHECK(shipped->camera.close_ups);

    const auto square = read({"--kiosk.enabled", "true", "--camera.width", "640", "--camera.height", "480",
                              "--camera.frames_per_second", "10"});
    REQUIRE(square);
    CHECK(square->camera.preview_height == 360);
    CHECK(square->camera.preview_frames_per_second == 10);
    CHECK(square->camera.close_ups);
    const auto small = read({"--kiosk.enabled", "true", "--camera.width", "320", "--camera.height", "192"});
    REQUIRE(small);
    CHECK_FALSE(small->camera.close_ups); // shows no document's portrait large enough
    const auto off = read({});
    REQUIRE(off);
    CHECK_FALSE(off->screen.enabled);
    CHECK(off->screen.speaker.empty());
    CHECK(off->camera.preview_frames_per_second == 0); // nobody looks: none is made
    CHECK_FALSE(off->camera.close_ups);
    const auto language = read({"--kiosk.languages", "fr"});
    REQUIRE_FALSE(language);
    CHECK(language.error().message.find("kiosk.languages") != std::string::npos);
}

TEST_CASE("terminald: the local network's admin page is off; it wants the address of one interface, and a screen") {
    const auto shipped = read({"--config", "firmware/terminald/terminald.toml"});
    REQUIRE(shipped);
    CHECK(shipped->screen.kiosk.lan_address.empty());
    const auto lan =
        read({"--kiosk.enabled", "true", "--kiosk.lan_address", "192.168.1.20", "--kiosk.lan_port", "9000"});
    REQUIRE(lan);
    CHECK(lan->screen.kiosk.lan_address == "192.168.1.20");
    CHECK(lan->screen.kiosk.lan_port == 9000);
    for (const char *wrong :
         {"terminal.local", "0.0.0.0", "::", "192.168.1", "192.168.1.20:8471", "https://192.168.1.20"}) {
        const auto refused = read({"--kiosk.enabled", "true", "--kiosk.lan_address", wrong});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.find("kiosk.lan_address") != std::string::npos);
        CHECK(refused.error().message.find("192.168.1.20") != std::string::npos); // what it should look like
    }
    CHECK_FALSE(read({"--kiosk.lan_address", "192.168.1.20"})); // no screen: nobody could see the fingerprint
    CHECK_FALSE(read({"--kiosk.enabled", "true", "--kiosk.lan_port", "0"}));
}

TEST_CASE("terminald: faces are looked for in pictures of the camera's own proportions, upright ones too") {
    const auto size = [](const camera::Options &camera) {
        return std::pair(camera.analysis_width, camera.analysis_height);
    };
    const auto shipped = read({});
    REQUIRE(shipped);
    CHECK(size(shipped->camera) == std::pair(960, 540));
    const auto upright = read({"--camera.width", "720", "--camera.height", "1280", "--classroom.kind", "rtsp",
                               "--classroom.width", "1440", "--classroom.height", "1080"});
    REQUIRE_MESSAGE(upright, (upright ? "" : upright.error().message));
    CHECK(size(upright->camera) == std::pair(540, 960));
    CHECK(size(upright->video.classroom) == std::pair(960, 720));
    const auto small = read({"--camera.width", "640", "--camera.height", "480"});
    REQUIRE(small);
    CHECK(size(small->camera) == std::pair(640, 480));
}
