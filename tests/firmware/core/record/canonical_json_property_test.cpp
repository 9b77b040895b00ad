#include <algorithm>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "firmware/core/record/canonical_json.hpp"
#include "firmware/core/record/canonical_scan.hpp"

using namespace xueshi;

namespace {

rc::Gen<std::string> utf8_text() {
    const auto point = rc::gen::weightedOneOf<std::uint32_t>({
        {4, rc::gen::inRange<std::uint32_t>(0, 0x80)},
        {2, rc::gen::inRange<std::uint32_t>(0x80, 0xD800)},
        {1, rc::gen::inRange<std::uint32_t>(0xE000, 0x10000)},
        {1, rc::gen::inRange<std::uint32_t>(0x10000, 0x110000)},
    });
    return rc::gen::map(rc::gen::container<std::vector<std::uint32_t>>(point), [](const auto &points) {
        std::string text;
        for (const std::uint32_t p : points) {
            const auto tail = [&](unsigned shift) { return static_cast<char>(0x80U | ((p >> shift) & 0x3FU)); };
            if (p < 0x80) {
                text += static_cast<char>(p);
            } else if (p < 0x800) {
                text += {static_cast<char>(0xC0U | (p >> 6)), tail(0)};
            } else if (p < 0x10000) {
                text += {static_cast<char>(0xE0U | (p >> 12)), tail(6), tail(0)};
            } else {
                text += {static_cast<char>(0xF0U | (p >> 18)), tail(12), tail(6), tail(0)};
            }
        }
        return text;
    });
}

rc::Gen<std::string> ascii_key() {
    return rc::gen::container<std::string>(rc::gen::map(rc::gen::inRange(0, 0x80), [](int c) { return char(c); }));
}

json::Value any_value(int depth) {
    switch (*rc::gen::inRange(0, depth > 0 ? 5 : 3)) {
    case 0:
        return json::Value(*utf8_text());
    case 1:
        return json::Value(*rc::gen::inRange<std::int64_t>(-(std::int64_t{1} << 53) + 1, std::int64_t{1} << 53));
    case 2:
        return json::Value(*rc::gen::arbitrary<bool>());
    case 3: {
        json::Array array;
        for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
            array.push_back(any_value(depth - 1));
        }
        return array;
    }
    default: {
        json::Object object;
        for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
            object[*ascii_key()] = any_value(depth - 1);
        }
        return object;
    }
    }
}

} // namespace

TEST_CASE("canonical JSON: reading back gives the same value and the same text") {
    CHECK(rc::check("round trip", [] {
        const json::Value value = any_value(4);
        const auto text = record::canonical_json(value);
        RC_ASSERT(text.has_value());
        const auto again = json::parse(*text);
        RC_ASSERT(again.has_value());
        RC_ASSERT(*again == value);
        RC_ASSERT(record::canonical_json(*again).value() == *text);
        RC_ASSERT(record::is_canonical(*text));
    }));
}

TEST_CASE("canonical JSON: the order in which fields were set does not matter") {
    CHECK(rc::check("order", [] {
        auto keys = *rc::gen::unique<std::vector<std::string>>(ascii_key());
        json::Object forward;
        json::Object backward;
        for (const std::string &key : keys) {
            forward[key] = 1;
        }
        std::ranges::reverse(keys);
        for (const std::string &key : keys) {
            backward[key] = 1;
        }
        RC_ASSERT(record::canonical_json(forward).value() == record::canonical_json(backward).value());
    }));
}

TEST_CASE("canonical JSON: the scan takes nothing that is not canonical") {
    CHECK(rc::check("one byte changed, taken out or put in", [] {
        json::Value value = any_value(4);
        std::string text = record::canonical_json(value).value();
        RC_ASSERT(!record::is_surely_canonical(text) || record::is_canonical(text));
        const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
        const auto byte = static_cast<char>(*rc::gen::element(' ', '0', '"', ',', '\\', 'u', '\x01', '\xFF', '-', '9'));
        switch (*rc::gen::inRange(0, 3)) {
        case 0:
            text[at] = byte;
            break;
        case 1:
            text.erase(at, 1);
            break;
        default:
            text.insert(at, 1, byte);
        }
        RC_ASSERT(!record::is_surely_canonical(text) || record::is_canonical(text));
    }));
}

TEST_CASE("canonical JSON: the scan knows what a body looks like, and what it must not look like") {
    for (const char *text : {R"({"a":1,"b":[true,false,-5,"\u001f\n \"x\""],"c":{}})", "[]", "0",
                             R"({"a":9007199254740991})", "\"\xE5\xAD\xA6\xE6\x97\xB6\""}) {
        CHECK(record::is_surely_canonical(text));
        CHECK(record::is_canonical(text));
    }
    for (const char *text :
         {R"({"b":1,"a":2})", R"({"a":1,"a":2})", R"({"a": 1})", "01", "-0", "1.0", "1e3", "null", R"("\u000a")",
          R"("\u001F")", R"("\/")", R"({"a":9007199254740992})", "{:1}", "[1,]", "\"\xC0\xAF\"", "", "\"x", "{}x"}) {
        CAPTURE(text);
        CHECK_FALSE(record::is_surely_canonical(text));
    }
}
