#include "daemon/sync/change_gate.hpp"

#include <doctest/doctest.h>

#include "tests/support/fake_time.hpp"

using namespace xueshi;
using namespace std::chrono_literals;

TEST_CASE("network: what changes within ten seconds of a change is told too, once, when they are over") {
    boost::asio::io_context io;
    test::FakeClock clock;
    test::FakeTime time(io, clock);
    int told = 0;
    sync::ChangeGate gate(io, time.pauses()(), [&] { ++told; });
    gate.change(); // the carrier
    CHECK(told == 1);
    time.pass(2s);
    gate.change(); // the address
    gate.change(); // the route
    CHECK(told == 1);
    time.pass(7s);
    CHECK(told == 1);
    time.pass(1s);
    CHECK(told == 2);
    time.pass(1h);
    CHECK(told == 2);
    gate.change();
    CHECK(told == 3);
}

TEST_CASE("network: a link that flaps for a minute is told every ten seconds, not at each change") {
    boost::asio::io_context io;
    test::FakeClock clock;
    test::FakeTime time(io, clock);
    int told = 0;
    sync::ChangeGate gate(io, time.pauses()(), [&] { ++told; });
    for (int i = 0; i < 600; ++i) {
        gate.change();
        time.pass(100ms);
    }
    CHECK(told >= 6);
    CHECK(told <= 7);
}
