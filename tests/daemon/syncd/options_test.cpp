#include "daemon/syncd/options.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

namespace {

const std::filesystem::path kShipped = "daemon/syncd/syncd.toml";

Expected<syncd::Options> read(std::vector<const char *> flags) {
    flags.insert(flags.begin(), "xueshi-syncd");
    syncd::Options options;
    const auto outcome = syncd::read_options(static_cast<int>(flags.size()), flags.data(), options);
    return outcome ? Expected<syncd::Options>(options) : tl::unexpected<Error>(outcome.error());
}

} // namespace

TEST_CASE("syncd: the configuration that ships is read, and flags win over it") {
    const auto options = read({"--config", kShipped.c_str(), "--sync.poll_ms", "250"});
    REQUIRE(options);
    CHECK(options->registry_url == "https://registry.example:8443");
    CHECK(options->sync.poll == std::chrono::milliseconds(250));
    CHECK(options->sync.roster_every == std::chrono::seconds(60));
    CHECK(options->sync.journal == "/var/lib/xueshi/terminal/journal.db");
    CHECK(options->time_source == TimeSource::automatic);
}

TEST_CASE("syncd: a wrong value is refused with its key and what is allowed") {
    const auto message = [](std::vector<const char *> flags) {
        flags.insert(flags.end(), {"--config", kShipped.c_str()});
        const auto options = read(flags);
        return options ? std::string() : options.error().message;
    };
    CHECK(message({"--registry.url", "http://registry.example"}).find("registry.url") != std::string::npos);
    CHECK(message({"--sync.poll_ms", "0"}).find("50 to 60000") != std::string::npos);
    CHECK(message({"--clips.hours", "22-6"}).find("22:00-06:00") != std::string::npos);
    CHECK(message({"--clock.source", "sundial"}).find("automatic") != std::string::npos);
    CHECK(message({"--registry.ca_file", ""}).find("registry.ca_file") != std::string::npos);

    const test::TemporaryDirectory directory;
    const auto file = directory / "syncd.toml";
    std::ofstream(file) << "[registry]\nurl = \"https://registry.example\"\ntoken = 7\n";
    const auto options = read({"--config", file.c_str()});
    REQUIRE_FALSE(options);
    CHECK(options.error().message.find("registry.token") != std::string::npos);
    CHECK(options.error().message.find("3") != std::string::npos);
}
