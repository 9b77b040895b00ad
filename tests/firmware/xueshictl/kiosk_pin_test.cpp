#include "firmware/xueshictl/kiosk_pin.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace xueshi;

TEST_CASE("xueshictl: a PIN is taken when it was given twice alike") {
    const auto read = [](const char *text) {
        std::istringstream input(text);
        return xueshictl::read_pin_twice(input);
    };
    CHECK(read("280174\n280174\n") == "280174");
    CHECK(read("280174\n280174") == "280174");
    for (const char *bad : {"", "\n\n", "280174\n", "280174\n280175\n", "280174\n280174 \n"}) {
        CAPTURE(bad);
        REQUIRE_FALSE(read(bad));
        CHECK(read(bad).error().code == ErrorCode::invalid_argument);
    }
}
