#pragma once

#include <string>

#include "daemon/sync/sync.hpp"
#include "daemon/upstream/xueshi/xueshi.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/config.hpp"

namespace xueshi::syncd {

/// What the configuration says (syncd.toml documents each).
struct Options {
    sync::Sync::Options sync;
    std::filesystem::path control_socket = "/run/xueshi/control.sock";
    std::string registry_url;
    upstream::Limits limits;
    upstream::ArchivePlace archive{.url = {},
                                   .region = "us-east-1",
                                   .access_key = {},
                                   .secret_file = "/etc/xueshi/archive-secret",
                                   .ca_file = "/etc/ssl/certs/ca-certificates.crt"};
    std::string log_level = "info";
    TimeSource time_source = TimeSource::automatic;
};

/// `outcome` is exit after --help or --version.
Expected<Config::Outcome> read_options(int argc, const char *const *argv, Options &options);

} // namespace xueshi::syncd
