#include "firmware/core/record/canonical_json.hpp"

#include <doctest/doctest.h>

using namespace xueshi;

namespace {

std::string canonical(std::string_view text) {
    const auto value = json::parse(text);
    REQUIRE(value.has_value());
    const auto written = record::canonical_json(*value);
    return written ? *written : "error: " + written.error().message;
}

} // namespace

TEST_CASE("canonical JSON: RFC 8785 vectors for strings, literals, order and white space") {
    // Section 3.2.2's string, section 3.2.3's ASCII keys.
    CHECK(canonical(R"({"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"})") ==
          "{\"string\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    CHECK(canonical("{ \"literals\" : [ true , false ] }") == R"({"literals":[true,false]})");
    CHECK(canonical(R"({"\r":"Carriage Return","1":"One","\u0080":1})").starts_with("error: $"));
    CHECK(canonical(R"({"b":1,"a":2,"":3,"B":4,"\r":5,"1":6,"a\u0000":7})") ==
          R"({"":3,"\r":5,"1":6,"B":4,"a":2,"a\u0000":7,"b":1})");
    CHECK(canonical(R"({"a":{},"c":[],"b":[[{"z":1,"y":2}]]})") == R"({"a":{},"b":[[{"y":2,"z":1}]],"c":[]})");
}

TEST_CASE("canonical JSON: every control has RFC 8785's escape") {
    CHECK(canonical(R"("\u0000\u0001\u0008\u0009\u000a\u000b\u000c\u000d\u001f\u007f")") ==
          "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\x7f\"");
}

TEST_CASE("canonical JSON: rare characters of names stay as they are") {
    CHECK(canonical("\"\u5f20\u4e09\u00b7\U00020BB7\"") == "\"\u5f20\u4e09\u00b7\U00020BB7\"");
    CHECK(canonical(R"("\ud842\udfb7")") == "\"\U00020BB7\"");
}

TEST_CASE("canonical JSON: integers below 2^53 only") {
    CHECK(canonical("9007199254740991") == "9007199254740991");
    CHECK(canonical("-9007199254740991") == "-9007199254740991");
    CHECK(canonical("-0").starts_with("0"));
    for (const std::string_view text :
         {"9007199254740992", "-9007199254740992", "18446744073709551615", "1.5", "1e3", "1.0", "null"}) {
        CAPTURE(text);
        CHECK(canonical(text).starts_with("error: $: "));
    }
    CHECK(record::canonical_json(json::Value(std::uint64_t{7})).value() == "7");
}

TEST_CASE("canonical JSON: an error names the path") {
    CHECK(canonical(R"({"data":{"list":[1,{"score":0.5}]}})") ==
          "error: $.data.list[1].score: a number that is no integer");
}

TEST_CASE("canonical JSON: text that is not UTF-8 is refused") {
    for (const std::string_view text : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                                        "\xF4\x90\x80\x80", "\xFF", "\xE4\xBD", "a\xE4\xBDz"}) {
        CHECK_FALSE(record::canonical_json(json::Value(text)).has_value());
    }
    for (const std::string_view text :
         {"\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        CHECK(record::canonical_json(json::Value(text)).has_value());
    }
}

TEST_CASE("canonical JSON: what is written at the greatest depth can be parsed, deeper is refused") {
    json::Value value(1);
    for (std::size_t i = 0; i < json::Limits{}.depth; ++i) {
        value = json::Value(json::Array{value});
    }
    const auto deepest = record::canonical_json(value);
    REQUIRE(deepest.has_value());
    CHECK(json::parse(*deepest).has_value());
    CHECK_FALSE(record::canonical_json(json::Array{value}).has_value());
}

TEST_CASE("canonical JSON: is_canonical tells another spelling") {
    CHECK(record::is_canonical(R"({"a":1,"b":"x"})"));
    for (const std::string_view text :
         {R"({"b":1,"a":1})", R"({"a": 1})", R"({"a":"\u0041"})", R"({"a":"\/"})", R"({"a":"\u000F"})", R"({"a":1.0})",
          R"({"a":-0})", R"({"a":1,"a":1})", R"({"a":1} )", R"({"a":)", ""}) {
        CAPTURE(text);
        CHECK_FALSE(record::is_canonical(text));
    }
}
