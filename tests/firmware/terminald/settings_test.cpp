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
    CHECK_FALSE(read({"--camera.kind", "replay"})); // of what?
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
