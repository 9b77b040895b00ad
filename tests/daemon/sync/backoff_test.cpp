#include "daemon/sync/backoff.hpp"

#include <doctest/doctest.h>

using namespace xueshi::sync;
using namespace std::chrono_literals;

TEST_CASE("F15: pauses double up to the longest, each a random half to whole of its step") {
    double luck = 0;
    Backoff backoff(1s, 60s, [&] { return luck; });
    CHECK(backoff.next() == 500ms);
    CHECK(backoff.next() == 1s);
    CHECK(backoff.next() == 2s);
    luck = 0.5;
    CHECK(backoff.next() == 6s);
    for (int i = 0; i < 100; ++i) {
        backoff.next();
    }
    CHECK(backoff.next() == 45s);
    luck = 0.999;
    CHECK(backoff.next() <= 60s);
    backoff.reset();
    luck = 0;
    CHECK(backoff.next() == 500ms);
}

TEST_CASE("F15: Retry-After is never undercut and spread a little") {
    double luck = 0;
    Backoff backoff(1s, 60s, [&] { return luck; });
    CHECK(backoff.next(120) == 120s);
    luck = 0.5;
    CHECK(backoff.next(120) == 122'500ms);
    CHECK(backoff.next(0) >= 1s);
    for (int i = 0; i < 10; ++i) {
        backoff.next(2);
    }
    CHECK(backoff.next(2) >= 30s);
}

TEST_CASE("backoff: the system's randomness spreads and stays in its bounds") {
    Backoff one(1s, 60s, system_random());
    Backoff other(1s, 60s, system_random());
    bool differ = false;
    for (int i = 0; i < 8; ++i) {
        const auto a = one.next();
        const auto b = other.next();
        CHECK(a >= 500ms);
        CHECK(a <= 60s);
        differ = differ || a != b;
    }
    CHECK(differ);
}
