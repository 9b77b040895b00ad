#include <doctest/doctest.h>

#include "firmware/core/base/json.hpp"

using namespace xueshi;

TEST_CASE("json: malformed text is refused and says where") {
    for (const char *bad : {"", "{", "{\"a\":1,}", "{'a':1}", "[1] x", "{\"a\":\"\xff\"}", "nul", "01", "\"\t\""}) {
        CAPTURE(bad);
        const auto value = json::parse(bad);
        REQUIRE_FALSE(value.has_value());
        CHECK(value.error().message.find("byte") != std::string::npos);
    }
}

TEST_CASE("json: duplicate keys are refused at any depth, however the key is written") {
    CHECK_FALSE(json::parse(R"({"a":1,"a":2})").has_value());
    CHECK_FALSE(json::parse(R"([{"b":{"a":1,"\u0061":2}}])").has_value());
    CHECK(json::parse(R"([{"a":1},{"a":{"a":1}}])").has_value());
}

TEST_CASE("F34: text that is too long or nested 100,000 deep is refused") {
    CHECK(json::parse(std::string(100'000, '[')).error().code == ErrorCode::invalid_argument);
    CHECK(json::parse("[1,2,3]", {.bytes = 4, .depth = 4}).error().code == ErrorCode::too_large);
}

TEST_CASE("json: a reader names the first wrong field with its path") {
    const auto value = json::parse(R"({"seq":"1","name":"x","extra":true})").value();
    {
        json::ObjectReader reader(value, "events[3]");
        reader.integer("seq", 1, 10);
        CHECK(reader.finish().error().message == "events[3].seq: must be an integer from 1 to 10");
    }
    {
        json::ObjectReader reader(value, "");
        reader.ignore("seq");
        CHECK(reader.string("name") == "x");
        CHECK(reader.finish().error().message == "extra: is not known here");
    }
    {
        json::ObjectReader reader(value, "");
        reader.string("missing");
        CHECK(reader.finish().error().message == "missing: is missing");
    }
    {
        json::ObjectReader reader(value, "");
        reader.string("name", 0);
        CHECK(reader.finish().error().message.find("longer than 0 bytes") != std::string::npos);
    }
}

TEST_CASE("json: a reader that was given everything it asked for is content") {
    const auto value = json::parse(R"({"a":1,"b":true,"c":[1],"d":{"e":"f"}})").value();
    json::ObjectReader reader(value, "");
    CHECK(reader.integer("a", 0, 1) == 1);
    CHECK(reader.boolean("b"));
    CHECK(reader.array("c", 1).size() == 1);
    CHECK(reader.object("d").size() == 1);
    CHECK_FALSE(reader.optional_string("z").has_value());
    CHECK(reader.finish().has_value());
}
