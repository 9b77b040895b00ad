#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "daemon/registry/media/media.hpp"
#include "daemon/rules/counting.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/config.hpp"

namespace xueshi::registryd {

struct Listener {
    std::string address = "127.0.0.1";
    std::int64_t port = 0;
};

/// What the configuration says (registryd.toml documents each).
struct Options {
    std::filesystem::path directory = "/var/lib/xueshi/registry";
    std::string database_url; ///< never empty after read_options
    Listener device{"127.0.0.1", 8443}, bureau{"127.0.0.1", 8444};
    std::vector<std::string> tls_names{"127.0.0.1", "localhost"};
    rules::CountingPolicy policy;
    registry::media::Options media; ///< its directory is never empty after read_options
    std::string log_level = "info";
    TimeSource time_source = TimeSource::automatic;
};

Expected<Config::Outcome> read_options(int argc, const char *const *argv, Options &options);

} // namespace xueshi::registryd
