#include <doctest/doctest.h>

#include "firmware/core/base/ids.hpp"

using namespace xueshi;

TEST_CASE("ids: a version 7 UUID carries its milliseconds, its version and variant, and reads back") {
    const Uuid id = Uuid::v7(1'790'000'000'123);
    CHECK(id.unix_ms() == 1'790'000'000'123);
    const std::string text = id.str();
    CHECK(text.size() == 36);
    CHECK(text[14] == '7');
    CHECK(std::string("89ab").find(text[19]) != std::string::npos);
    CHECK(Uuid::parse(text).value() == id);
    CHECK(Uuid::v7(1) < Uuid::v7(2));
    CHECK(Uuid::v4() != Uuid::v4());
}

TEST_CASE("ids: text that is no UUID is refused") {
    for (const char *bad : {"", "x", "0192f0c1-0000-7000-8000-00000000000", "0192f0c1-0000-7000-8000-0000000000000",
                            "0192f0c10000-7000-8000-0000000000000", "0192f0c1-0000-7000-8000-00000000000g"}) {
        CHECK_FALSE(Uuid::parse(bad).has_value());
    }
}
