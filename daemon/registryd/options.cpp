#include "daemon/registryd/options.hpp"

namespace xueshi::registryd {

namespace {

constexpr auto kExamples = "  xueshi-registryd --config /etc/xueshi/registryd.toml\n"
                           "  xueshi-registryd --state.directory /tmp/registry --device.port 0 --bureau.port 0\n";
constexpr std::int64_t kDayMs = 86'400'000, kHourMs = 3'600'000;

} // namespace

Expected<Config::Outcome> read_options(int argc, const char *const *argv, Options &options) {
    std::string clock_source = "automatic";
    std::int64_t max_media_mib = options.media.max_bytes >> 20;
    std::int64_t unfinished_h = options.media.unfinished_ms / kHourMs;
    Config config("xueshi-registryd", "The reference registry: takes attendance in, answers bureaus.", kExamples);
    config.path("state.directory", options.directory, "own state: CA, keys, admin.token, endpoints.json");
    config.text("database.url", options.database_url, "sqlite3://FILE; default: registry.db in state.directory");
    config.text("device.address", options.device.address, "IP address of the device listener (mutual TLS)");
    config.integer("device.port", options.device.port, 0, 65'535, "0: chosen by the system, see endpoints.json");
    config.text("bureau.address", options.bureau.address, "IP address of the bureau listener (bearer tokens)");
    config.integer("bureau.port", options.bureau.port, 0, 65'535, "0: chosen by the system, see endpoints.json");
    config.list("tls.names", options.tls_names, "host names and IP addresses in the server's certificate");
    config.path("media.directory", options.media.directory, "clips; default: media in state.directory");
    config.integer("media.max_mib", max_media_mib, 1, 4'096, "largest clip");
    config.integer("media.uploads_per_device", options.media.uploads_per_device, 1, 100, "unfinished ones at a time");
    config.integer("media.unfinished_hours", unfinished_h, 1, 24 * 30, "without progress an upload expires after this");
    config.integer("policy.minimum_hour_ms", options.policy.minimum_hour_ms, 0, kDayMs,
                   "a shorter class hour is filed, flagged and not counted");
    config.boolean("policy.allow_replay", options.policy.allow_replay, "demonstrations only: count replayed cameras");
    config.boolean("policy.allow_virtual", options.policy.allow_virtual, "demonstrations only: count virtual readers");
    config.boolean("policy.allow_photograph_enrolment", options.policy.allow_photograph_enrolment,
                   "count faces that were enrolled from photographs");
    config.choice("clock.source", clock_source, {"automatic", "host"},
                  "who sets the clock: systemd-timesyncd, or the host of this container or guest");
    config.choice("log.level", options.log_level, {"debug", "info", "warning", "error"}, "what is logged");
    auto outcome = config.parse(argc, argv);
    if (!outcome || *outcome == Config::Outcome::exit) {
        return outcome;
    }
    if (options.tls_names.empty()) {
        return fail(ErrorCode::invalid_argument, "tls.names: at least one host name or IP address");
    }
    if (options.database_url.empty()) {
        options.database_url = "sqlite3://" + (options.directory / "registry.db").string();
    }
    if (options.media.directory.empty()) {
        options.media.directory = options.directory / "media";
    }
    options.media.max_bytes = max_media_mib << 20;
    options.media.unfinished_ms = unfinished_h * kHourMs;
    options.time_source = clock_source == "host" ? TimeSource::host : TimeSource::automatic;
    return outcome;
}

} // namespace xueshi::registryd
