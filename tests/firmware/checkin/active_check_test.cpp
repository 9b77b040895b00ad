#include "firmware/checkin/active_check.hpp"

#include <doctest/doctest.h>

using namespace xueshi;
using namespace xueshi::checkin;
using Outcome = ActiveCheck::Outcome;

TEST_CASE("active check: the head is turned as asked, twice, forward in between") {
    ActiveCheck check;
    check.begin(0b01); // left, then right
    CHECK(check.guidance() == Guidance::face_the_camera);
    CHECK(check.look({20, 0, 0}) == Outcome::open); // a head that comes in turned counts for nothing
    CHECK(check.look({0, 0, 0}) == Outcome::open);
    CHECK(check.guidance() == Guidance::look_left);
    CHECK(check.look({-12, 0, 0}) == Outcome::open); // a glance aside
    CHECK(check.look({20, 0, 0}) == Outcome::open);
    CHECK(check.look({-20, 0, 0}) == Outcome::open); // not forward yet
    CHECK(check.look({2, 0, 0}) == Outcome::open);
    CHECK(check.guidance() == Guidance::look_right);
    CHECK(check.look({-20, 0, 0}) == Outcome::passed);
}

TEST_CASE("active check: a turn recorded before it was asked passes one time in four") {
    int passed = 0;
    for (std::uint8_t chance = 0; chance < 4; ++chance) {
        ActiveCheck check;
        check.begin(chance);
        auto outcome = Outcome::open;
        for (const float yaw : {0.0F, 20.0F, 0.0F, -20.0F}) {
            outcome = outcome == Outcome::open ? check.look({yaw, 0, 0}) : outcome;
        }
        CHECK(outcome != Outcome::open);
        passed += outcome == Outcome::passed ? 1 : 0;
    }
    CHECK(passed == 1);
}

TEST_CASE("active check: a picture that never turns never passes") {
    for (std::uint8_t chance = 0; chance < 4; ++chance) {
        ActiveCheck check;
        check.begin(chance);
        for (int i = 0; i < 100; ++i) {
            CHECK(check.look({1, 0, 0}) == Outcome::open);
        }
    }
}
