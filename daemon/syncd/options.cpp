#include "daemon/syncd/options.hpp"

#include <tuple>

namespace xueshi::syncd {
namespace {

constexpr auto kExamples = "  xueshi-syncd --config /etc/xueshi/syncd.toml\n"
                           "  xueshi-syncd --config syncd.toml --log.level debug\n";

Expected<void> check(const Options &options) {
    if (!options.registry_url.starts_with("https://")) {
        return fail(ErrorCode::invalid_argument,
                    "registry.url: must be the registry's device listener, such as https://registry.example:8443");
    }
    if (options.sync.claim.ca_file.empty()) {
        return fail(ErrorCode::invalid_argument,
                    "registry.ca_file: must name the PEM file of the registry's CA (trusted at the first contact)");
    }
    return {};
}

} // namespace

Expected<Config::Outcome> read_options(int argc, const char *const *argv, Options &options) {
    std::filesystem::path terminal = "/var/lib/xueshi/terminal";
    options.sync.directory = "/var/lib/xueshi/sync";
    std::int64_t poll_ms = 1'000;
    std::int64_t roster_every_s = 60;
    std::int64_t backoff_max_s = 300;
    std::int64_t timeout_s = 30;
    std::int64_t metrics_port = 0;
    std::int64_t max_kbytes_per_s = 0;
    std::vector<std::string> clip_hours, film_hours, metered;
    std::string clock_source = "automatic";
    std::string clips = "consented";
    std::vector<std::string> confidential;

    Config config("xueshi-syncd", "Delivers a terminal's journal to the registry and fetches its roster.", kExamples);
    config.path("sync.directory", options.sync.directory, "own state: roster.json, acked.json, status.json, keys");
    config.path("terminal.directory", terminal, "terminald's directory, read only: journal.db");
    config.path("control.socket", options.control_socket, "terminald's control socket");
    config.text("registry.url", options.registry_url, "device listener, such as https://registry.example:8443");
    config.path("registry.ca_file", options.sync.claim.ca_file,
                "PEM of the CA trusted at the first contact; afterwards the claim's own");
    config.text("registry.token", options.sync.claim.token,
                "one-time token for the claim; empty: an operator approves");
    config.path("registry.token_file", options.sync.claim.token_file, "file with the one-time token");
    config.integer("registry.timeout_s", timeout_s, 1, 600,
                   "an answer that takes longer is given up; a clip's piece "
                   "may take four times as long");
    config.choice("log.level", options.log_level, {"debug", "info", "warning", "error"}, "what is logged");
    config.integer("sync.poll_ms", poll_ms, 50, 60'000, "look at the journal at least this often");
    config.integer("sync.roster_every_s", roster_every_s, 1, 86'400, "ask for a new roster this often");
    config.integer("sync.backoff_max_s", backoff_max_s, 1, 3'600, "longest pause while the registry cannot be reached");
    config.choice("clips.upload", clips, {"never", "consented", "all"},
                  "whose clips leave the device: nobody's, of people who agreed to it, everybody's");
    config.list("clips.confidential_classes", confidential,
                "classes of whom no clip leaves the device, ever, besides those that were filed as confidential");
    config.integer("metrics.port", metrics_port, 0, 65'535, "port on 127.0.0.1 where Prometheus reads; 0: none");
    config.list("clips.hours", clip_hours, "hours in Shanghai when clips are sent, such as 22:00-06:00; none: always");
    config.text("archive.url", options.archive.url,
                "the institution's archive of lesson videos: file:///mnt/archive, or a bucket as "
                "https://host/bucket[/prefix]; empty: none");
    config.text("archive.access_key", options.archive.access_key, "S3: the access key");
    config.path("archive.secret_file", options.archive.secret_file, "S3: file with the secret key, its user's only");
    config.text("archive.region", options.archive.region, "S3: the region that requests are signed for");
    config.path("archive.ca_file", options.archive.ca_file, "S3: PEM of the CAs that its certificate may come from");
    config.list("archive.hours", film_hours,
                "hours in Shanghai when lesson videos are archived, such as 22:00-06:00; none: always");
    config.list("network.metered_interfaces", metered, "over these (the default route's) only events and rosters go");
    config.integer("network.max_kbytes_per_s", max_kbytes_per_s, 0, 1'000'000, "no upload is faster; 0: no limit");
    config.choice("clock.source", clock_source, {"automatic", "host"},
                  "who sets the clock: systemd-timesyncd or chronyd, or the host of this container or guest");
    const auto outcome = config.parse(argc, argv);
    if (!outcome || *outcome == Config::Outcome::exit) {
        return outcome;
    }
    if (const auto good = check(options); !good) {
        return tl::unexpected<Error>(good.error());
    }
    options.sync.journal = terminal / "journal.db";
    options.sync.media = terminal / "media";
    options.sync.clips.upload = clips::parse_clip_upload(clips).value_or(clips::ClipUpload::consented);
    for (std::string &id : confidential) {
        options.sync.clips.confidential.insert(ClassId(std::move(id)));
    }
    options.sync.poll = std::chrono::milliseconds(poll_ms);
    options.sync.roster_every = std::chrono::seconds(roster_every_s);
    for (const auto &[texts, spans, key] : {std::tuple(&clip_hours, &options.sync.link.clip_hours, "clips.hours"),
                                            std::tuple(&film_hours, &options.sync.link.film_hours, "archive.hours")}) {
        for (const std::string &text : *texts) {
            const auto span = sync::parse_daily_span(text);
            if (!span) {
                return fail(span, key);
            }
            spans->push_back(*span);
        }
    }
    options.sync.link.metered_interfaces = {metered.begin(), metered.end()};
    options.limits.max_send_bytes_per_s = 1'000 * max_kbytes_per_s;
    options.sync.max_send_bytes_per_s = options.limits.max_send_bytes_per_s;
    options.sync.metrics_port = static_cast<std::uint16_t>(metrics_port);
    options.limits.exchange = std::chrono::seconds(timeout_s);
    options.limits.chunk = 4 * options.limits.exchange;
    options.sync.exchange = options.limits.exchange;
    options.sync.longest_backoff = std::chrono::seconds(backoff_max_s);
    options.time_source = clock_source == "host" ? TimeSource::host : TimeSource::automatic;
    return outcome;
}

} // namespace xueshi::syncd
