#include "daemon/wire/messages.hpp"

#include <doctest/doctest.h>

#include "daemon/wire/commands.hpp"
#include "firmware/core/base/json.hpp"

using namespace xueshi;

namespace {

const std::string kUuid = "0193a5b0-0000-7000-8000-000000000001";

wire::ClaimRequest claim_request() {
    wire::ClaimRequest request;
    request.certificate_request_pem = "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n";
    request.signing_key_pem = "-----BEGIN PUBLIC KEY-----\nAA==\n";
    request.suite = 1;
    request.key_level = "file";
    request.chain = ChainId(kUuid);
    request.proof = Bytes{1, 2, 3};
    request.token = "token";
    return request;
}

record::StoredEvent event(record::Sequence seq, std::string body = R"({"name":"学时\n"})") {
    record::StoredEvent out;
    out.seq = seq;
    out.id = Uuid::v7(1'700'000'000'000 + seq);
    out.kind = "punch";
    out.body = std::move(body);
    out.prev.fill(static_cast<std::uint8_t>(seq));
    out.hash.fill(static_cast<std::uint8_t>(seq + 1));
    out.signature = Bytes(70, static_cast<std::uint8_t>(seq));
    return out;
}

/// `text` read as JSON, one member replaced (or added), written again.
std::string with(const std::string &text, std::string_view key, json::Value value) {
    auto parsed = json::parse(text).value();
    parsed.as_object()[key] = std::move(value);
    return json::serialize(parsed);
}
std::string without(const std::string &text, std::string_view key) {
    auto parsed = json::parse(text).value();
    parsed.as_object().erase(key);
    return json::serialize(parsed);
}
std::string with_event(const std::string &text, std::string_view key, json::Value value) {
    auto parsed = json::parse(text).value();
    parsed.as_object()["events"].as_array()[0].as_object()[key] = std::move(value);
    return json::serialize(parsed);
}

} // namespace

TEST_CASE("wire: a claim comes back as it was written, with and without a token") {
    auto request = claim_request();
    for (const std::string token : {"token", ""}) {
        request.token = token;
        const auto read = wire::read_claim_request(wire::write(request));
        REQUIRE(read);
        CHECK(read->certificate_request_pem == request.certificate_request_pem);
        CHECK(read->signing_key_pem == request.signing_key_pem);
        CHECK(read->key_level == "file");
        CHECK(read->chain == request.chain);
        CHECK(read->proof == request.proof);
        CHECK(read->token == token);
    }
}

TEST_CASE("wire: a claim with a missing, unknown or wrong field is refused by name") {
    const std::string good = wire::write(claim_request());
    for (const auto &[text, word] : std::vector<std::pair<std::string, std::string>>{
             {without(good, "proof"), "proof"},
             {with(good, "extra", 1), "extra"},
             {with(good, "suite", 3), "suite"},
             {with(good, "suite", "1"), "suite"},
             {with(good, "key_level", "cloud"), "key_level"},
             {with(good, "chain", "../etc"), "chain"},
             {with(good, "chain", "0193A5B0-0000-7000-8000-000000000001"), "chain"},
             {with(good, "proof", "!!"), "proof"},
             {with(good, "proof", ""), "proof"},
             {with(good, "token", json::Value(std::string(300, 'a'))), "token"},
             {"[]", "claim"},
             {"{", "claim"},
             {"", "claim"},
         }) {
        const auto read = wire::read_claim_request(text);
        REQUIRE_FALSE(read);
        CHECK(read.error().message.find(word) != std::string::npos);
    }
    CHECK(wire::read_claim_request(std::string(100'000, ' ')).error().code == ErrorCode::too_large);
}

TEST_CASE("wire: a claim is answered by a certificate or by a code, never by a mixture") {
    wire::ClaimAnswer answer;
    answer.code = "K7Q2-M9";
    const auto waiting = wire::read_claim_answer(wire::write(answer));
    REQUIRE(waiting);
    CHECK(waiting->code == "K7Q2-M9");
    CHECK(waiting->certificate_pem.empty());

    answer = {DeviceId("d-01"), "cert", "ca", "key", "sealing", ""};
    const auto approved = wire::read_claim_answer(wire::write(answer));
    REQUIRE(approved);
    CHECK(approved->device == answer.device);
    CHECK(approved->registry_key_pem == "key");
    CHECK(approved->sealing_key_pem == "sealing");
    CHECK(approved->code.empty());
    CHECK_FALSE(wire::read_claim_answer(with(wire::write(answer), "code", "K7Q2-M9")));
    CHECK_FALSE(wire::read_claim_answer("{}"));
}

TEST_CASE("wire: a stored body crosses the wire byte for byte") {
    wire::EventBatch batch;
    batch.chain = ChainId(kUuid);
    batch.events = {event(7), event(8, "{\"a\":\"\\u0001 \xF0\xA0\x80\x80 \\\" \\\\\"}")};
    const auto read = wire::read_event_batch(wire::write(batch));
    REQUIRE(read);
    CHECK(read->chain == batch.chain);
    REQUIRE(read->events.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(read->events[i].seq == batch.events[i].seq);
        CHECK(read->events[i].id == batch.events[i].id);
        CHECK(read->events[i].kind == batch.events[i].kind);
        CHECK(read->events[i].body == batch.events[i].body);
        CHECK(read->events[i].prev == batch.events[i].prev);
        CHECK(read->events[i].hash == batch.events[i].hash);
        CHECK(read->events[i].signature == batch.events[i].signature);
    }
}

TEST_CASE("wire: a batch out of order, empty, too long or with a broken event is refused by position") {
    wire::EventBatch batch;
    batch.chain = ChainId(kUuid);
    batch.events = {event(7), event(7)};
    CHECK(wire::read_event_batch(wire::write(batch)).error().message.find("events[1].seq") != std::string::npos);
    batch.events.clear();
    CHECK_FALSE(wire::read_event_batch(wire::write(batch)));
    for (record::Sequence seq = 1; seq <= 1'001; ++seq) {
        batch.events.push_back(event(seq, "{}"));
    }
    CHECK_FALSE(wire::read_event_batch(wire::write(batch)));
    batch.events = {event(1)};
    const std::string good = wire::write(batch);
    CHECK(wire::read_event_batch(good));
    CHECK_FALSE(wire::read_event_batch(with_event(good, "hash", "00")));
    CHECK_FALSE(wire::read_event_batch(with_event(good, "prev", json::Value(std::string(64, 'g')))));
    CHECK_FALSE(wire::read_event_batch(with_event(good, "seq", 0)));
    CHECK_FALSE(wire::read_event_batch(with_event(good, "seq", std::int64_t{1} << 53)));
    CHECK_FALSE(wire::read_event_batch(with_event(good, "id", "1")));
    CHECK_FALSE(wire::read_event_batch(with_event(good, "kind", json::Value(std::string(65, 'k')))));
    CHECK_FALSE(wire::read_event_batch(with_event(good, "signature", "AA=")));
    CHECK_FALSE(wire::read_event_batch(with_event(good, "more", true)));
}

TEST_CASE("wire: an event over the body limit is readable, so that it alone is found invalid") {
    wire::EventBatch batch;
    batch.chain = ChainId(kUuid);
    batch.events = {event(1, std::string(record::kMaxBodyBytes + 1, 'x'))};
    CHECK(wire::read_event_batch(wire::write(batch)));
    batch.events = {event(1, std::string(wire::kMaxBatchBytes, 'x'))};
    CHECK(wire::read_event_batch(wire::write(batch)).error().code == ErrorCode::too_large);
}

TEST_CASE("wire: a batch's answer comes back with outcomes, reasons and receipt") {
    wire::BatchAnswer answer;
    answer.results = {{1, wire::EventOutcome::stored, ""},
                      {2, wire::EventOutcome::duplicate, ""},
                      {3, wire::EventOutcome::conflict, "another body"},
                      {4, wire::EventOutcome::invalid, "正文不合规"},
                      {6, wire::EventOutcome::not_tried, "5 is missing"}};
    answer.accepted_through = 4;
    answer.receipt = identity::SignedDocument{R"({"a":1})", Bytes{9, 8}};
    const auto read = wire::read_batch_answer(wire::write(answer));
    REQUIRE(read);
    CHECK(read->results == answer.results);
    CHECK(read->accepted_through == 4);
    REQUIRE(read->receipt);
    CHECK(read->receipt->payload == R"({"a":1})");
    CHECK(read->receipt->signature == Bytes{9, 8});

    answer.receipt.reset();
    const auto bare = wire::read_batch_answer(wire::write(answer));
    REQUIRE(bare);
    CHECK_FALSE(bare->receipt);
}

TEST_CASE("wire: a long reason is cut between characters") {
    std::string reason;
    while (reason.size() < 600) {
        reason += "错";
    }
    wire::BatchAnswer answer;
    answer.results = {{1, wire::EventOutcome::invalid, reason}};
    const auto read = wire::read_batch_answer(wire::write(answer));
    REQUIRE(read);
    CHECK(read->results[0].reason == reason.substr(0, 510));
}

TEST_CASE("wire: an answer with an unknown outcome or a broken receipt is refused") {
    wire::BatchAnswer answer;
    answer.receipt = identity::SignedDocument{"{}", Bytes{1}};
    const std::string good = wire::write(answer);
    CHECK(wire::read_batch_answer(good));
    CHECK_FALSE(wire::read_batch_answer(with(good, "receipt", json::Object{{"payload", "{}"}})));
    CHECK_FALSE(wire::read_batch_answer(with(good, "receipt", 3)));
    CHECK_FALSE(wire::read_batch_answer(with(good, "accepted_through", -1)));
    const json::Object odd{{"seq", 1}, {"outcome", "lost"}};
    CHECK_FALSE(wire::read_batch_answer(with(good, "results", json::Array{odd})));
}

TEST_CASE("wire: an answer of a newer registry is read for what is known of it") {
    const wire::ClaimAnswer granted{DeviceId("d-01"), "cert", "ca", "key", "sealing", ""};
    const auto claim = wire::read_claim_answer(with(wire::write(granted), "language", "ko"));
    REQUIRE(claim);
    CHECK(claim->device == granted.device);
    wire::BatchAnswer taken;
    taken.accepted_through = 4;
    taken.receipt = identity::SignedDocument{"{}", Bytes{1}};
    const auto batch = wire::read_batch_answer(with(wire::write(taken), "load", 3));
    REQUIRE(batch);
    CHECK(batch->accepted_through == 4);
    const auto commands = wire::read_commands(R"({"commands":[],"more":true})");
    REQUIRE(commands);
    CHECK(commands->empty());
}
