#include <doctest/doctest.h>

#include "firmware/core/http/target.hpp"

using namespace xueshi;

TEST_CASE("http target: path and query are decoded") {
    const auto target = http::parse_target("/v1/classes/%E7%84%8A%E5%B7%A5/attendance?format=csv&name=a+b%2B&flag");
    REQUIRE(target);
    CHECK(target->path == "/v1/classes/焊工/attendance");
    CHECK(target->query.at("format") == "csv");
    CHECK(target->query.at("name") == "a b+");
    CHECK(target->query.at("flag").empty());
}

TEST_CASE("F31: a path that climbs out of its place is refused, encoded or not") {
    for (const char *bad : {"/v1/../etc/passwd", "/..", "/v1/%2e%2e/x", "/v1/.%2E/x", "/a/./b", "/a%2fb", "/a%5c..%5cb",
                            "/a\\b", "/a%00b", "/a%0d%0aX: y", "/a%7f"}) {
        CAPTURE(bad);
        const auto target = http::parse_target(bad);
        REQUIRE(!target);
        CHECK(target.error().code == ErrorCode::invalid_argument);
    }
}

TEST_CASE("http target: other forms, broken escapes and repeated keys are refused") {
    for (const char *bad : {"", "*", "http://host/path", "v1", "/%", "/%4", "/%zz", "/a?x=%", "/a?x=1&x=2", "/a?=1"}) {
        CAPTURE(bad);
        CHECK(!http::parse_target(bad));
    }
    std::string many = "/a?";
    for (std::size_t i = 0; i <= http::kMaxQueryKeys; ++i) {
        many += "k" + std::to_string(i) + "=1&";
    }
    CHECK(!http::parse_target(many));
}

TEST_CASE("http target: the last escape of a path is decoded") {
    const auto target = http::parse_target("/a%41");
    REQUIRE(target);
    CHECK(target->path == "/aA");
}
