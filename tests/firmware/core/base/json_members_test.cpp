#include "firmware/core/base/json_members.hpp"

#include <doctest/doctest.h>

using namespace xueshi;

TEST_CASE("json members: what is there is handed out, what is missing or of another type is empty") {
    const json::Object object{{"text", "x"},
                              {"number", -7},
                              {"flag", true},
                              {"object", json::Object{{"a", 1}}},
                              {"array", json::Array{1, 2}},
                              {"real", 1.5},
                              {"nothing", nullptr}};
    CHECK(json::text_of(object, "text") == "x");
    CHECK(json::number_of(object, "number") == -7);
    CHECK(json::flag_of(object, "flag"));
    CHECK(json::object_of(object, "object").at("a") == 1);
    CHECK(json::array_of(object, "array").size() == 2);
    for (const char *key : {"nothing", "real", "missing"}) {
        CAPTURE(key);
        CHECK(json::text_of(object, key).empty());
        CHECK(json::number_of(object, key) == 0);
        CHECK_FALSE(json::flag_of(object, key));
        CHECK(json::object_of(object, key).empty());
        CHECK(json::array_of(object, key).empty());
    }
}
