#include <sys/stat.h>

#include <cstdlib>
#include <iostream>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/registryd/registry.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/base/service.hpp"

namespace {

namespace asio = boost::asio;
using namespace xueshi;

void feed_watchdog(asio::steady_timer &timer, std::chrono::milliseconds every) {
    service::watchdog_alive();
    timer.expires_after(every);
    timer.async_wait([&timer, every](const boost::system::error_code &error) {
        if (!error) {
            feed_watchdog(timer, every);
        }
    });
}

int run(const registryd::Options &options) {
    const auto clock = make_system_clock(options.time_source);
    asio::io_context io;
    auto registry = registryd::Registry::start(io, options, *clock);
    if (!registry) {
        log::error("cannot_start", {log::Field(registry.error())});
        return EXIT_FAILURE;
    }
    asio::steady_timer watchdog(io);
    if (const long interval_ms = service::watchdog_interval_ms(); interval_ms > 0) {
        feed_watchdog(watchdog, std::chrono::milliseconds(interval_ms / 3));
    }
    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&](const boost::system::error_code &, int signal) {
        log::info("stopping", {{"signal", signal}});
        service::stopping();
        watchdog.cancel();
        (*registry)->stop(); // requests that run are answered, then the loop has nothing left
    });
    service::ready("taking attendance in");
    log::info("started", {{"device_port", (*registry)->device_port()}, {"bureau_port", (*registry)->bureau_port()}});
    io.run();
    log::info("stopped");
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char **argv) {
    ::umask(0077); // names, ID numbers and keys: nobody else's
    registryd::Options options;
    const auto outcome = registryd::read_options(argc, argv, options);
    if (!outcome) {
        std::cerr << "xueshi-registryd: " << outcome.error().message << '\n';
        return 2;
    }
    if (*outcome == Config::Outcome::exit) {
        return EXIT_SUCCESS;
    }
    log::start("xueshi-registryd", options.log_level);
    return run(options);
}
