#include <doctest/doctest.h>

#include "firmware/core/record/canonical_json.hpp"
#include "firmware/core/record/event.hpp"

using namespace xueshi;
using namespace xueshi::record;

namespace {

EventBody a_body() {
    EventBody body;
    body.seq = 7;
    body.id = Uuid::parse("01a05b3c-2a00-7b6e-8f00-000102030405").value();
    body.kind = "punch";
    body.device = DeviceId("d-00112233445566778899");
    body.chain = ChainId("6f1c2d3e-0000-4000-8000-000000000001");
    body.source = {SourceKind::replay, "playlist"};
    body.key_level = "file";
    body.at = {1'788'200'000'123, "11111111-2222-4333-8444-555555555555", 60'000, ClockQuality::holdover};
    body.data["person"] = "p-1";
    body.data["frames"] = 5;
    return body;
}

constexpr std::string_view kText =
    R"({"boot_id":"11111111-2222-4333-8444-555555555555","boot_ms":60000,)"
    R"("chain":"6f1c2d3e-0000-4000-8000-000000000001","clock":"holdover","data":{"frames":5,"person":"p-1"},)"
    R"("device":"d-00112233445566778899","id":"01a05b3c-2a00-7b6e-8f00-000102030405","key_level":"file",)"
    R"("kind":"punch","seq":7,"source":{"driver":"playlist","kind":"replay"},"suite":1,"wall_ms":1788200000123})";

std::string with(std::string_view key, const json::Value &value) {
    json::Value parsed = json::parse(kText).value();
    parsed.as_object()[key] = value;
    return canonical_json(parsed).value();
}

void check_refused(const std::string &text, std::string_view word) {
    const auto body = read_body(text);
    REQUIRE_FALSE(body.has_value());
    CHECK(body.error().code == ErrorCode::invalid_argument);
    CHECK_MESSAGE(body.error().message.find(word) != std::string::npos, body.error().message);
}

} // namespace

TEST_CASE("body: it has one text, and that text reads back") {
    CHECK(write_body(a_body()).value() == kText);
    const auto body = read_body(kText);
    REQUIRE(body.has_value());
    CHECK(write_body(*body).value() == kText);
    CHECK(body->source == Source{SourceKind::replay, "playlist"});
    CHECK(body->at.quality == ClockQuality::holdover);
    CHECK(body->data.at("frames").as_int64() == 5);
}

TEST_CASE("body: another spelling, an unknown or a missing field is refused") {
    check_refused(std::string(kText).append(" "), "canonical");
    check_refused(std::string(kText).append("{}"), "body");
    check_refused(std::string(kText.substr(0, kText.size() - 1)).append(R"(,"seq":7})"), "");
    check_refused(with("name", "x"), "name");
    json::Value parsed = json::parse(kText).value();
    parsed.as_object().erase("wall_ms");
    check_refused(canonical_json(parsed).value(), "wall_ms");
    check_refused("[]", "body");
    check_refused("", "body");
}

TEST_CASE("body: wrong types and values outside their range are refused with the field") {
    check_refused(with("seq", 0), "seq");
    check_refused(with("seq", "7"), "seq");
    check_refused(with("id", "01A05B3C-2A00-7B6E-8F00-000102030405"), "id");
    check_refused(with("id", "01a05b3c-2a00-4b6e-8f00-000102030405"), "version 7");
    check_refused(with("chain", "chain-1"), "chain");
    check_refused(with("suite", 0), "suite");
    check_refused(with("clock", "perfect"), "clock");
    check_refused(with("key_level", "paper"), "key_level");
    check_refused(with("source", json::Object{{"kind", "magic"}, {"driver", ""}}), "source.kind");
    check_refused(with("source", json::Object{{"kind", "replay"}}), "source.driver");
    check_refused(with("boot_ms", -1), "boot_ms");
    check_refused(with("data", json::Array{}), "data");
    check_refused(with("kind", json::Value(std::string_view(std::string(65, 'k')))), "kind");
    std::string text(kText);
    text.replace(text.find("1788200000123"), 13, "9007199254740992");
    check_refused(text, "2^53");
}

TEST_CASE("body: a kind nobody knows yet is read all the same") {
    CHECK(read_body(with("kind", "weather"))->kind == "weather");
}

TEST_CASE("body: nothing is written that could not be read") {
    EventBody body = a_body();
    body.chain = ChainId("chain-1");
    CHECK_FALSE(write_body(body).has_value());
    body = a_body();
    body.id = Uuid();
    CHECK_FALSE(write_body(body).has_value());
    body = a_body();
    body.data["score"] = 0.5;
    const auto text = write_body(body);
    REQUIRE_FALSE(text.has_value());
    CHECK(text.error().message.find("$.data.score") != std::string::npos);
    body = a_body();
    body.data["text"] = std::string(kMaxBodyBytes, 'x');
    CHECK(write_body(body).error().code == ErrorCode::too_large);
    CHECK(read_body(std::string(kMaxBodyBytes + 1, ' ')).error().code == ErrorCode::too_large);
}

TEST_CASE("body: columns that differ from their body are corrupt") {
    StoredEvent event;
    event.seq = 7;
    event.id = a_body().id;
    event.kind = "punch";
    event.body = kText;
    REQUIRE(read_body(event).has_value());
    StoredEvent other = event;
    other.seq = 8;
    CHECK(read_body(other).error().code == ErrorCode::corrupt);
    other = event;
    other.kind = "boot";
    CHECK(read_body(other).error().code == ErrorCode::corrupt);
    other = event;
    other.id = Uuid::v7(1);
    CHECK(read_body(other).error().code == ErrorCode::corrupt);
    CHECK(read_body(other).error().message.find("event 7: id") != std::string::npos);
}
