#include <doctest/doctest.h>

#include "daemon/registryd/options.hpp"

using namespace xueshi;

namespace {

Expected<Config::Outcome> read(std::vector<const char *> arguments, registryd::Options &options) {
    arguments.insert(arguments.begin(), "xueshi-registryd");
    return registryd::read_options(static_cast<int>(arguments.size()), arguments.data(), options);
}

} // namespace

TEST_CASE("registryd: the defaults are a real registry's") {
    registryd::Options options;
    REQUIRE(read({"--state.directory", "/srv/r"}, options));
    CHECK(options.database_url == "sqlite3:///srv/r/registry.db");
    CHECK(options.device.address == "127.0.0.1");
    CHECK(options.policy == rules::CountingPolicy{});
    CHECK(options.policy.minimum_hour_ms == 2'400'000);
    CHECK(!options.policy.allow_replay);
}

TEST_CASE("registryd: what a demonstration needs can be said, and nothing out of range") {
    registryd::Options options;
    REQUIRE(read({"--policy.allow_replay", "true", "--policy.minimum_hour_ms", "1000", "--device.port", "0"}, options));
    CHECK(options.policy.allow_replay);
    CHECK(options.policy.minimum_hour_ms == 1'000);
    CHECK(!read({"--device.port", "65536"}, options));
    CHECK(!read({"--log.level", "loud"}, options));
    CHECK(!read({"--no.such.key", "1"}, options));
}
