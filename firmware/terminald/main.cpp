#include <malloc.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>

#include <boost/asio/signal_set.hpp>

#include <fmt/format.h>

#include "firmware/camera/gst/pipeline.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/base/service.hpp"
#include "firmware/terminald/terminal.hpp"

namespace {

using namespace xueshi;
using namespace xueshi::terminald;

constexpr const char *kDescription =
    "Attendance terminal: recognises faces and fingers on the device, keeps a clip and a signed record of each punch.";
constexpr const char *kExamples =
    R"(Examples:
  xueshi-terminald --config /etc/xueshi/terminald.toml
  xueshi-terminald --config terminald.toml --camera.kind replay --camera.playlist demo/playlist.json
  xueshi-terminald --config terminald.toml --camera.kind none --fingerprint.driver any   (fingers only)

In the file the key camera.kind is written
  [camera]
  kind = "v4l2"
)";

/// A board has little memory, and frames, photographs and networks come and go in large pieces on many threads: one
/// arena for all and large pieces given back at once keep 65 MiB less (smaps_rollup in the demo, 217 to 282 MiB). x264
/// asks for huge pages (madvise), which are resident whole however little of them is used: without them 7 MiB less
/// (README, "RAM").
void keep_memory_small() {
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 512 << 10);
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
    ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); // an error leaves it as it was: more memory, nothing else
}

int complain(const Error &error) {
    fmt::print(stderr, "xueshi-terminald: {}\n", error.message);
    return 1;
}

int run(const Settings &settings) {
    boost::asio::io_context context(1);
    auto terminal = Terminal::create(context, settings);
    if (!terminal) {
        log::error("terminal_cannot_start", {log::Field(terminal.error())});
        return complain(terminal.error());
    }
    if (auto started = (*terminal)->start(); !started) {
        log::error("terminal_cannot_start", {log::Field(started.error())});
        return complain(started.error());
    }
    boost::asio::signal_set signals(context, SIGTERM, SIGINT);
    signals.async_wait([&](const boost::system::error_code &error, int) {
        if (!error) {
            service::stopping();
            (*terminal)->stop();
        }
    });
    service::ready("running");
    // Returns when `stop` has ended all work and what was under way is done.
    context.run();
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    keep_memory_small();
    ::umask(0027);
    Config config("xueshi-terminald", kDescription, kExamples);
    SettingsInput input;
    declare_settings(config, input);
    const auto outcome = config.parse(argc, argv);
    if (!outcome) {
        return complain(outcome.error());
    }
    if (*outcome == Config::Outcome::exit) {
        return 0;
    }
    const auto settings = finish_settings(std::move(input));
    if (!settings) {
        return complain(settings.error());
    }
    log::start("xueshi-terminald", settings->log_level);
    camera::gst::initialise();
    return run(*settings);
}
