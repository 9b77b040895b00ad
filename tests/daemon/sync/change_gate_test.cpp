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

TEST_CASE("network: a link that flaps is told less and less often, and at once again after it was quiet") {
    boost::asio::io_context io;
    test::FakeClock clock;
    test::FakeTime time(io, clock);
    int told = 0;
    sync::ChangeGate gate(io, time.pauses()(), [&] { ++told; });
    const auto flap = [&](std::chrono::seconds how_long) {
        const int before = told;
        for (std::chrono::seconds passed{0}; passed < how_long; passed += 1s) {
            gate.change();
            time.pass(1s);
        }
        return told - before;
    };
    CHECK(flap(60s) == 3); // at 0, 10 and 30 s
    CHECK(flap(1h) <= 12);
    CHECK(flap(1h) <= 6);
    time.pass(1h);
    const int before = told;
    gate.change();
    CHECK(told == before + 1);
}
