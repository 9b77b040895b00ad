// Draining a backlog and a clip through the real programs, beside what any program would do at least.

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "firmware/core/base/json.hpp"
#include "firmware/core/base/log.hpp"
#include "tests/bench/sync/bare.hpp"
#include "tests/bench/sync/delivery.hpp"
#include "tests/flow/sync_faults/programs.hpp"
#include "tests/support/counting_proxy.hpp"

using namespace xueshi;

namespace {

constexpr std::int64_t kCounted = 10'000; ///< events whose bytes are counted
constexpr std::int64_t kKills = 10;
constexpr std::int64_t kKilledClipBytes = 64'000'000;
constexpr double kMegabyte = 1e6;

struct Figures {
    double events_per_s = 0, bare_per_s = 0, bytes_per_event = 0;
    double sync_cpu_us_per_event = 0, registry_cpu_us_per_event = 0;
    double media_mb_per_s = 0, put_mb_per_s = 0;
    std::int64_t sync_peak_rss_kib = 0;
    double resent_mb_per_kill = 0;
};

void drain(const test::sync_faults::Programs &programs, std::int64_t count, Figures &figures) {
    bench::Delivery delivery(programs);
    std::cerr << "writing " << count << " events\n";
    delivery.append_punches(count);
    const auto events = delivery.events();
    std::cerr << "bare\n";
    figures.bare_per_s = static_cast<double>(count) /
                         bench::check_and_insert(events, delivery.device_key(), delivery.directory() / "bare.db");
    std::cerr << "draining\n";
    const auto before = delivery.use_of_registry();
    const double seconds = delivery.sync_until([&] { return delivery.all_acknowledged(); });
    figures.events_per_s = static_cast<double>(count) / seconds;
    const double each = 1e6 / static_cast<double>(count);
    figures.sync_cpu_us_per_event = delivery.use_of_sync().cpu_s * each;
    figures.registry_cpu_us_per_event = (delivery.use_of_registry().cpu_s - before.cpu_s) * each;
    figures.sync_peak_rss_kib = std::max(figures.sync_peak_rss_kib, delivery.use_of_sync().peak_rss_kib);
    delivery.stop_sync();
    std::cerr << "counting bytes\n";
    delivery.append_punches(kCounted);
    const test::CountingProxy proxy(delivery.registry_port());
    delivery.sync_until([&] { return delivery.all_acknowledged(); }, proxy.port());
    figures.bytes_per_event = static_cast<double>(proxy.bytes_up()) / kCounted;
}

void send_clip(const test::sync_faults::Programs &programs, std::int64_t bytes, Figures &figures) {
    bench::Delivery delivery(programs);
    std::cerr << "plain PUT\n";
    const double put = bench::plain_put(bytes, delivery.directory());
    figures.put_mb_per_s = static_cast<double>(bytes) / kMegabyte / put;
    delivery.save_clip(bytes);
    std::cerr << "clip\n";
    double begun = 0; // until then the programs start and the clip's event goes
    const auto start = std::chrono::steady_clock::now();
    const double ended = delivery.sync_until([&] {
        if (begun == 0 && delivery.clip_begun()) {
            begun = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        }
        return delivery.clip_confirmed();
    });
    const double seconds = ended - begun;
    figures.media_mb_per_s = static_cast<double>(bytes) / kMegabyte / seconds;
    figures.sync_peak_rss_kib = std::max(figures.sync_peak_rss_kib, delivery.use_of_sync().peak_rss_kib);
}

/// What a clip costs on the wire when the sync daemon is killed `kills` times on the way, evenly spread.
std::int64_t bytes_of_clip(const test::sync_faults::Programs &programs, std::int64_t kills) {
    bench::Delivery delivery(programs);
    delivery.save_clip(kKilledClipBytes);
    const test::CountingProxy proxy(delivery.registry_port());
    for (std::int64_t kill = 1; kill <= kills; ++kill) {
        const std::int64_t enough = kill * kKilledClipBytes / (kills + 1);
        delivery.sync_until([&] { return proxy.bytes_up() >= enough; }, proxy.port());
        delivery.stop_sync(); // SIGKILL
    }
    delivery.sync_until([&] { return delivery.clip_confirmed(); }, proxy.port());
    return proxy.bytes_up();
}

void count_resent(const test::sync_faults::Programs &programs, Figures &figures) {
    std::cerr << "killing\n";
    const std::int64_t without = bytes_of_clip(programs, 0), with = bytes_of_clip(programs, kKills);
    figures.resent_mb_per_kill = static_cast<double>(with - without) / kMegabyte / kKills;
}

json::Object to_json(const Figures &figures) {
    json::Object out;
    out["events_per_s"] = figures.events_per_s;
    out["bare_events_per_s"] = figures.bare_per_s;
    out["events_ratio"] = figures.events_per_s / figures.bare_per_s;
    out["bytes_per_event"] = figures.bytes_per_event;
    out["syncd_cpu_us_per_event"] = figures.sync_cpu_us_per_event;
    out["registryd_cpu_us_per_event"] = figures.registry_cpu_us_per_event;
    out["media_mb_per_s"] = figures.media_mb_per_s;
    out["put_mb_per_s"] = figures.put_mb_per_s;
    out["media_ratio"] = figures.media_mb_per_s / figures.put_mb_per_s;
    out["media_resent_mb_per_kill"] = figures.resent_mb_per_kill;
    out["syncd_peak_rss_mib"] = static_cast<double>(figures.sync_peak_rss_kib) / 1024;
    return out;
}

} // namespace

int main(int argc, char **argv) {
    CLI::App app("Drains a backlog of events and a clip through xueshi-syncd into a durable xueshi-registryd over "
                 "loopback TLS, beside bare signature checks with batched inserts and a plain PUT in the same run.");
    std::int64_t events = 100'000, megabytes = 200;
    std::string file;
    auto programs = test::sync_faults::built_programs();
    app.add_option("--events", events, "of the backlog")->check(CLI::Range(1'000, 1'000'000))->capture_default_str();
    app.add_option("--clip-mb", megabytes, "size of the clip")->check(CLI::Range(1, 256))->capture_default_str();
    app.add_option("--programs", programs.directory, "where xueshi-syncd, -registryd and -registryctl lie");
    app.add_option("--json", file, "write the result here");
    CLI11_PARSE(app, argc, argv);
    log::start("bench_sync", "error");
    Figures figures;
    drain(programs, events, figures);
    send_clip(programs, megabytes * 1'000'000, figures);
    count_resent(programs, figures);
    const auto result = to_json(figures);
    if (!file.empty()) {
        std::ofstream(file) << json::serialize(result) << '\n';
    }
    std::cout << fmt::format(
        "bench_sync: {:.0f} events/s ({:.2f} of bare {:.0f}/s), {:.0f} bytes/event, syncd {:.0f} us, registryd {:.0f} "
        "us of processor an event; clip {:.0f} MB/s ({:.2f} of plain PUT {:.0f}), {:.2f} MB sent again a kill; syncd "
        "peak {:.1f} MiB\n",
        figures.events_per_s, figures.events_per_s / figures.bare_per_s, figures.bare_per_s, figures.bytes_per_event,
        figures.sync_cpu_us_per_event, figures.registry_cpu_us_per_event, figures.media_mb_per_s,
        figures.media_mb_per_s / figures.put_mb_per_s, figures.put_mb_per_s, figures.resent_mb_per_kill,
        static_cast<double>(figures.sync_peak_rss_kib) / 1024);
    return 0;
}
