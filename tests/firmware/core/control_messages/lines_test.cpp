#include <doctest/doctest.h>

#include "firmware/core/control_messages/control_messages.hpp"

using namespace xueshi;
using namespace xueshi::control_messages;

TEST_CASE("control_messages: a request is read back as it was written") {
    const Request request{7, "enrol_face", json::Object{{"number", "12"}}};
    const auto read = read_request(write_request(request));
    REQUIRE(read);
    CHECK(read->id == 7);
    CHECK(read->verb == "enrol_face");
    CHECK(read->arguments == request.arguments);
}

TEST_CASE("control_messages: a request without arguments has none") {
    const auto read = read_request(R"({"id":1,"verb":"status"})");
    REQUIRE(read);
    CHECK(read->arguments.empty());
}

TEST_CASE("control_messages: malformed lines are refused with a reason") {
    for (const auto *line :
         {"", "{", "[]", "null", R"({"id":1})", R"({"verb":"status"})", R"({"id":-1,"verb":"status"})",
          R"({"id":1,"verb":"status","arguments":[]})", R"({"id":1,"verb":"status","more":1})",
          R"({"id":1,"verb":"status"} x)", R"({"id":1,"id":2,"verb":"status"})"}) {
        CAPTURE(line);
        const auto read = read_request(line);
        REQUIRE_FALSE(read);
        CHECK_FALSE(read.error().message.empty());
    }
}

TEST_CASE("F34: deeply nested arguments are refused") {
    std::string line = R"({"id":1,"verb":"status","arguments":{"a":)";
    line += std::string(100'000, '[') + std::string(100'000, ']') + "}}";
    CHECK_FALSE(read_request(line));
}

TEST_CASE("control_messages: no message contains a line break of its own") {
    const auto error = write_error(3, Error{ErrorCode::not_found, "first\nsecond"});
    CHECK(error.find('\n') == std::string::npos);
}
