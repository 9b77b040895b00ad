#include "firmware/core/identity/chain.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/core/record/canonical_json.hpp"
#include "firmware/core/record/event.hpp"
#include "tests/bench/insns/works.hpp"

namespace xueshi::bench {

namespace {

record::EventBody punch_body() {
    record::Punch punch;
    punch.person = PersonId("5e2c1b1e-7a54-4c1e-9f7e-0f4bb3f3a1d0");
    punch.room = RoomId("r-101");
    punch.training_class = ClassId("c-2026-0001");
    punch.lesson = LessonId("l-0042");
    punch.direction = record::Direction::check_in;
    punch.score_millionths = 712'345;
    punch.liveness_millionths = 950'000;
    punch.frames = 5;
    punch.clip = MediaId("0198f3d2-3b1c-7c44-8f0a-6c1de1f2a3b4");
    punch.model = "centerface+dlib+fr_feature";
    record::EventBody body;
    body.seq = 123'456;
    body.id = *Uuid::parse("0198f3d2-3b1c-7c44-8f0a-6c1de1f2a3b5");
    body.kind = "punch";
    body.device = DeviceId("d-0123456789abcdef");
    body.chain = ChainId("0198f3d2-3b1c-7c44-8f0a-6c1de1f2a3b6");
    body.source = {record::SourceKind::physical, "v4l2"};
    body.key_level = "file";
    body.at = {1'790'000'000'123, "7f1e4c52-0b55-4f64-9d0e-4b3ad7b2c001", 86'400'123, ClockQuality::synchronised};
    body.data = record::to_json(punch);
    return body;
}

} // namespace

std::vector<Work> chain_works() {
    const auto body = punch_body();
    const auto text = *record::write_body(body);
    const json::Value value = body.data;
    Sha256 prev{};
    prev.fill(0xa5);
    const record::StoredEvent event{body.seq, body.id, body.kind, text, prev, identity::link_hash(prev, text), {}};
    return {
        {"canonical_json", "the fields of a punch", [=] { must(record::canonical_json(value).has_value(), "JSON"); }},
        {"write_body", "the whole body of a punch", [=] { must(record::write_body(body).has_value(), "write_body"); }},
        {"read_body", "the same", [=] { must(record::read_body(text).has_value(), "read_body"); }},
        {"chain_link", "hash of a punch and its predecessor",
         [=] { must(identity::link_hash(event.prev, event.body) == event.hash, "link_hash"); }},
        {"check_link", "a punch against the head before it",
         [=] { must(identity::check_link(event, event.seq - 1, prev).has_value(), "check_link"); }},
    };
}

} // namespace xueshi::bench
