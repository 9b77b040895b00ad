#include "firmware/checkin/active_check.hpp"

#include <doctest/doctest.h>

using namespace xueshi;
using namespace xueshi::checkin;

TEST_CASE("active check: the head is turned as asked, twice, forward in between") {
    ActiveCheck check;
    check.begin(0b01); // left, then right
    CHECK(check.guidance() == Guidance::face_the_camera);
    CHECK_FALSE(check.look({20, 0, 0})); // a head that comes in turned counts for nothing
    CHECK_FALSE(check.look({0, 0, 0}));
    CHECK(check.guidance() == Guidance::look_left);
    CHECK_FALSE(check.look({-20, 0, 0}));
    CHECK_FALSE(check.look({20, 0, 0}));
    CHECK_FALSE(check.look({-20, 0, 0})); // not forward yet
    CHECK_FALSE(check.look({2, 0, 0}));
    CHECK(check.guidance() == Guidance::look_right);
    CHECK(check.look({-20, 0, 0}));
}

TEST_CASE("active check: a picture that never turns never passes") {
    for (std::uint8_t chance = 0; chance < 4; ++chance) {
        ActiveCheck check;
        check.begin(chance);
        for (int i = 0; i < 100; ++i) {
            CHECK_FALSE(check.look({1, 0, 0}));
        }
    }
}
