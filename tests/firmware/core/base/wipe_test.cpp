#include "firmware/core/base/wipe.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "firmware/core/base/bytes.hpp"

using namespace xueshi;

TEST_CASE("wipe: what is wiped is zero in memory, not only out of reach") {
    Bytes secret{1, 2, 3};
    const auto *kept = secret.data();
    wipe(secret);
    CHECK(secret.empty());
    REQUIRE(secret.capacity() >= 3); // so the memory is still the vector's
    CHECK(std::all_of(kept, kept + 3, [](auto byte) { return byte == 0; }));
}

TEST_CASE("wipe: what is moved has one owner, and the one it is assigned over is wiped by the other") {
    Wiped<float> first(std::vector<float>{1, 2});
    Wiped<float> second = std::move(first);
    CHECK(first.items().empty());
    CHECK(second.items() == std::vector<float>{1, 2});
    second = Wiped<float>();
    CHECK(second.items().empty());
}
