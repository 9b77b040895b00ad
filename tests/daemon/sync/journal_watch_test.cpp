#include "daemon/sync/journal_watch.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>

#include "tests/daemon/sync/journal_bench.hpp"

using namespace xueshi;
using namespace std::chrono_literals;

namespace {

/// Waits with a day's patience while `act` is done from the loop; true: woken by it.
template <typename Act>
bool woken_by(boost::asio::io_context &io, sync::JournalWatch &watch, Act act) {
    bool woken = false;
    boost::asio::co_spawn(io, watch.wait(24h), [&](std::exception_ptr) {
        woken = true;
        io.stop();
    });
    boost::asio::post(io, act);
    io.restart();
    io.run_for(10s);
    return woken;
}

} // namespace

TEST_CASE("watch: an append wakes the waiter at once") {
    test::JournalBench bench;
    bench.open();
    boost::asio::io_context io;
    sync::JournalWatch watch(io, bench.path);
    CHECK(woken_by(io, watch, [&] { bench.append(1); }));
    CHECK(woken_by(io, watch, [&] { bench.append(1); }));
}

TEST_CASE("watch: what was appended between two waits ends the next wait") {
    test::JournalBench bench;
    bench.open();
    boost::asio::io_context io;
    sync::JournalWatch watch(io, bench.path);
    REQUIRE(woken_by(io, watch, [&] { bench.append(1); }));
    bench.append(1);
    CHECK(woken_by(io, watch, [] {}));
}

TEST_CASE("watch: without a folder the wait still ends") {
    boost::asio::io_context io;
    sync::JournalWatch watch(io, "/nonexistent/terminal/journal.db");
    bool ended = false;
    boost::asio::co_spawn(io, watch.wait(10ms), [&](std::exception_ptr) {
        ended = true;
        io.stop();
    });
    io.run_for(10s);
    CHECK(ended);
}
