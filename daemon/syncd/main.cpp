#include <malloc.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/syncd/options.hpp"
#include "daemon/upstream/xueshi/xueshi.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/base/service.hpp"

namespace {

namespace asio = boost::asio;
using namespace xueshi;

sync::Connect connector(asio::io_context &io, const syncd::Options &options) {
    return [&io, url = options.registry_url,
            limits = options.limits](const sync::Trust &trust) -> Expected<std::unique_ptr<upstream::Upstream>> {
        transport::TlsOptions tls;
        tls.ca_pem = trust.ca_pem;
        tls.client_certificate = trust.client_certificate;
        tls.client_key = trust.client_key;
        auto client = transport::make_curl_client(io, std::move(tls));
        if (!client) {
            return tl::unexpected<Error>(client.error());
        }
        return upstream::make_xueshi_upstream(std::move(*client), url, limits);
    };
}

asio::awaitable<void> feed_watchdog(long interval_ms) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;) {
        service::watchdog_alive();
        timer.expires_after(std::chrono::milliseconds(interval_ms / 3));
        co_await timer.async_wait(asio::use_awaitable);
    }
}

int run(syncd::Options options) {
    asio::io_context io;
    if (!options.archive.url.empty()) {
        options.sync.archive = [&io, place = options.archive] { return upstream::make_archive(io, place); };
    }
    int result = EXIT_SUCCESS;
    const auto clock = make_system_clock(options.time_source);
    const auto terminal = sync::make_control_terminal(options.control_socket);
    auto sync = sync::Sync::open(io, *clock, *terminal, connector(io, options), options.sync);
    if (!sync) {
        log::error("cannot_start", {log::Field(sync.error())});
        return EXIT_FAILURE;
    }
    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&](boost::system::error_code, int signal) {
        log::info("stopping", {{"signal", signal}});
        service::stopping();
        io.stop(); // every step is durable when it is done: nothing to wind up
    });
    (*sync)->start([&](const Error &error) {
        log::error("failed", {log::Field(error)});
        result = EXIT_FAILURE;
        io.stop();
    });
    if (const long interval_ms = service::watchdog_interval_ms(); interval_ms > 0) {
        asio::co_spawn(io, feed_watchdog(interval_ms), asio::detached);
    }
    service::ready("delivering to the registry");
    log::info("started", {{"registry", options.registry_url}});
    io.run();
    return result;
}

} // namespace

int main(int argc, char **argv) {
    ::mallopt(M_ARENA_MAX, 1); // batches come and go: their memory goes back at once
    ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    ::umask(0027); // the group reads roster and status; keys are 0600 by themselves
    syncd::Options options;
    const auto outcome = syncd::read_options(argc, argv, options);
    if (!outcome) {
        std::cerr << "xueshi-syncd: " << outcome.error().message << '\n';
        return 2;
    }
    if (*outcome == Config::Outcome::exit) {
        return EXIT_SUCCESS;
    }
    log::start("xueshi-syncd", options.log_level);
    return run(std::move(options));
}
