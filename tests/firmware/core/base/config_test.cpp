#include <doctest/doctest.h>

#include <array>

#include "firmware/core/base/config.hpp"
#include "firmware/core/base/file.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

namespace {

struct Settings {
    std::string kind = "v4l2";
    std::int64_t width = 1280;
    double ratio = 0.5;
    bool enabled = false;
    std::vector<std::string> names;
};

Expected<Config::Outcome> parse(Settings &settings, std::vector<const char *> arguments) {
    Config config("program", "Does a thing.", "  program --config x.toml\n");
    config.choice("camera.kind", settings.kind, {"v4l2", "replay"}, "where pictures come from");
    config.integer("camera.width", settings.width, 16, 8'192, "pixels");
    config.number("face.ratio", settings.ratio, 0, 1, "a share");
    config.boolean("face.enabled", settings.enabled, "recognise faces");
    config.list("names", settings.names, "names");
    arguments.insert(arguments.begin(), "program");
    return config.parse(static_cast<int>(arguments.size()), arguments.data());
}

std::string file_with(const test::TemporaryDirectory &directory, const std::string &content) {
    const auto path = directory / "c.toml";
    REQUIRE(write_file_durably(path, content).has_value());
    return path.string();
}

} // namespace

TEST_CASE("config: the file sets values and flags win over it") {
    const test::TemporaryDirectory directory;
    const std::string file = file_with(directory, "names = [\"a\", \"b\"]\n[camera]\nkind = \"replay\"\nwidth = 640\n"
                                                  "[face]\nratio = 1\nenabled = true\n");
    Settings settings;
    CHECK(parse(settings, {"--config", file.c_str(), "--camera.width", "320"}).value() == Config::Outcome::run);
    CHECK(settings.kind == "replay");
    CHECK(settings.width == 320);
    CHECK(settings.ratio == 1);
    CHECK(settings.enabled);
    CHECK(settings.names == std::vector<std::string>{"a", "b"});
}

TEST_CASE("config: a wrong file is refused with file, line, key and what is allowed") {
    const test::TemporaryDirectory directory;
    struct Case {
        const char *content;
        const char *line;
        const char *says;
    };
    for (const Case &wrong :
         {Case{"[camera]\nkind = \"film\"\n", ":2: camera.kind", "allowed: v4l2, replay"},
          Case{"\n[camera]\nwidth = 5\n", ":3: camera.width", "16 to 8192"},
          Case{"[camera]\nwidth = \"wide\"\n", ":2: camera.width", "wrong type"},
          Case{"[camera]\ncolour = 1\n", ":2: camera.colour", "unknown key"},
          Case{"[face]\nenabled = \"yes\"\n", ":2: face.enabled", "true or false"}, Case{"[camera\n", ":1", ""}}) {
        CAPTURE(wrong.content);
        const std::string file = file_with(directory, wrong.content);
        Settings settings;
        const auto outcome = parse(settings, {"--config", file.c_str()});
        REQUIRE_FALSE(outcome.has_value());
        CHECK(outcome.error().message.find(file + wrong.line) != std::string::npos);
        CHECK(outcome.error().message.find(wrong.says) != std::string::npos);
    }
}

TEST_CASE("config: a wrong flag and a missing file say so") {
    Settings settings;
    CHECK(parse(settings, {"--camera.width", "many"}).error().message.find("16 to 8192") != std::string::npos);
    CHECK(parse(settings, {"--colour", "1"}).error().message.find("--colour") != std::string::npos);
    CHECK(parse(settings, {"--config", "/nowhere/c.toml"}).error().code == ErrorCode::not_found);
}
