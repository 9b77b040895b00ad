#include "firmware/core/record/bodies.hpp"

#include <doctest/doctest.h>

#include "firmware/core/record/canonical_json.hpp"

using namespace xueshi;
using namespace xueshi::record;

namespace {

Punch a_punch() {
    Punch punch;
    punch.person = PersonId("p-1");
    punch.room = RoomId("room-1");
    punch.training_class = ClassId("class-1");
    punch.lesson = LessonId("lesson-1");
    punch.direction = Direction::check_in;
    punch.evidence = Evidence::both;
    punch.score_millionths = 812'345;
    punch.margin_millionths = 301'000;
    punch.liveness_millionths = 987'654;
    punch.frames = 6;
    punch.clip = MediaId("clip-1");
    punch.model = "dlib-resnet-v1";
    return punch;
}

} // namespace

TEST_CASE("bodies: a punch reads back") {
    const Punch punch = a_punch();
    const auto again = punch_from_json(to_json(punch));
    REQUIRE(again.has_value());
    CHECK(to_json(*again) == to_json(punch));
    CHECK(again->evidence == Evidence::both);
    CHECK(again->direction == Direction::check_in);
    CHECK(again->margin_millionths == 301'000);
}

TEST_CASE("bodies: what a punch does not have is left out and reads back as absent") {
    Punch punch;
    punch.person = PersonId("p-1");
    const json::Object data = to_json(punch);
    for (const char *key : {"class", "lesson", "margin_millionths", "liveness_millionths", "clip"}) {
        CHECK_FALSE(data.contains(key));
    }
    const auto again = punch_from_json(data);
    REQUIRE(again.has_value());
    CHECK(again->training_class.empty());
    CHECK(again->margin_millionths == -1);
    CHECK(again->liveness_millionths == -1);
    CHECK(again->direction == Direction::unscheduled);
}

TEST_CASE("bodies: a finger that the reader matched by itself has no score and no margin, and says so") {
    Punch punch = a_punch();
    punch.evidence = Evidence::finger;
    punch.by_reader = true;
    punch.score_millionths = punch.margin_millionths = -1;
    json::Object data = to_json(punch);
    CHECK(data.at("matched_by").as_string() == "reader");
    CHECK_FALSE(data.contains("score_millionths"));
    CHECK_FALSE(data.contains("margin_millionths"));
    const auto again = punch_from_json(data);
    REQUIRE(again.has_value());
    CHECK(again->by_reader);
    CHECK(again->score_millionths == -1);
    data.erase("matched_by"); // a score is left out only where the reader gives none
    CHECK_FALSE(punch_from_json(data).has_value());
    data["matched_by"] = "a friend";
    CHECK_FALSE(punch_from_json(data).has_value());
}

TEST_CASE("bodies: a bad punch is refused with its field") {
    const auto error_after = [](std::string_view key, const json::Value &value) {
        json::Object data = to_json(a_punch());
        data[key] = value;
        const auto punch = punch_from_json(data);
        REQUIRE_FALSE(punch.has_value());
        CHECK(punch.error().code == ErrorCode::invalid_argument);
        return punch.error().message;
    };
    CHECK(error_after("person", "").starts_with("data.person"));
    CHECK(error_after("direction", "sideways").starts_with("data.direction"));
    CHECK(error_after("evidence", 1).starts_with("data.evidence"));
    CHECK(error_after("clip", "").starts_with("data.clip"));
    CHECK(error_after("liveness_millionths", 1'000'001).starts_with("data.liveness_millionths"));
    CHECK(error_after("model", json::Value(std::string_view(std::string(300, 'x')))).starts_with("data.model"));
    CHECK(error_after("name", "somebody").starts_with("data.name"));
    json::Object data = to_json(a_punch());
    data.erase("person");
    CHECK_FALSE(punch_from_json(data).has_value());
}

TEST_CASE("bodies: a closed lesson reads back") {
    const LessonClosed closed{ClassId("c"), LessonId("l"), RoomId("r"), 1'788'200'000'000};
    const auto again = lesson_closed_from_json(to_json(closed));
    REQUIRE(again.has_value());
    CHECK(to_json(*again) == to_json(closed));
    json::Object data = to_json(closed);
    data["lesson"] = "";
    CHECK_FALSE(lesson_closed_from_json(data).has_value());
}

TEST_CASE("bodies: every body is canonical JSON") {
    RefusedAttempt refused{RoomId("r"), Refusal::ambiguous, "face", -1, {}};
    Consent consent{PersonId("p"), "face", std::string(64, 'a'), "zh-CN", true};
    Enrolment enrolment{PersonId("p"), "finger", "reader", 5, "right_index", "mcc", "operator-1"};
    Erasure erasure{PersonId("p"), "all", "consent withdrawn", 0, {}};
    ClipSaved clip{MediaId("m"), "m.mp4", std::string(64, 'b'), 1, 2, 3, 4, 5};
    Boot boot{"0.1.0", "start", ""};
    CHECK(canonical_json(to_json(refused)).value() == R"({"factor":"face","reason":"ambiguous","room":"r"})");
    CHECK(canonical_json(to_json(consent)).value().find(R"("given":true)") != std::string::npos);
    CHECK(canonical_json(to_json(enrolment)).value().find(R"("operator":"operator-1")") != std::string::npos);
    CHECK(canonical_json(to_json(erasure)).value() == R"({"factor":"all","person":"p","reason":"consent withdrawn"})");
    erasure.left_in_reader = 2;
    CHECK(canonical_json(to_json(erasure)).value().find(R"("left_in_reader":2)") != std::string::npos);
    CHECK(canonical_json(to_json(clip)).value().find(R"("last_wall_ms":5)") != std::string::npos);
    CHECK(canonical_json(to_json(boot)).value() == R"({"program":"0.1.0","reason":"start"})");
}

TEST_CASE("bodies: directions and refusals have texts") {
    for (const auto direction :
         {Direction::check_in, Direction::check_out, Direction::moment, Direction::both, Direction::unscheduled}) {
        CHECK(parse_direction(to_string(direction)).value() == direction);
    }
    CHECK_FALSE(parse_direction("in").has_value());
    CHECK(to_string(Refusal::no_match_finger) == "no_match_finger");
    CHECK(to_string(Evidence::paper) == "paper");
}

TEST_CASE("bodies: a manual punch says who vouches and why, and an accommodation is no suspicion") {
    Punch punch = a_punch();
    punch.evidence = Evidence::manual;
    punch.operator_name = "teacher";
    punch.reason = "hand in plaster";
    punch.accommodation = "third_factor";
    const auto again = punch_from_json(to_json(punch));
    REQUIRE(again.has_value());
    CHECK(again->operator_name == "teacher");
    CHECK(again->reason == "hand in plaster");
    CHECK(again->accommodation == "third_factor");
}

TEST_CASE("bodies: a pending claim and an accommodation read back, and a bad one is refused with its field") {
    const PendingClaim claim{PersonId("p-1"),  RoomId("r-1"), ClassId("c-1"), LessonId("l-1"), ClaimReason::injury, "",
                             MediaId("clip-1")};
    const auto claimed = pending_claim_from_json(to_json(claim));
    REQUIRE(claimed.has_value());
    CHECK(to_json(*claimed) == to_json(claim));
    auto bad = to_json(claim);
    bad["reason"] = "because";
    CHECK(pending_claim_from_json(bad).error().message.find("data.reason") != std::string::npos);

    const Accommodation accommodation{PersonId("p-1"), "finger", true, "worn skin", "teacher"};
    const auto again = accommodation_from_json(to_json(accommodation));
    REQUIRE(again.has_value());
    CHECK(to_json(*again) == to_json(accommodation));
}

TEST_CASE("bodies: a request for a lesson's change reads back, and a bad one is refused with its field") {
    ChangeRequest asked;
    asked.training_class = ClassId("c-1");
    asked.lesson = LessonId("l-2");
    asked.begin_ms = 1'800'000'000'000;
    asked.operator_name = "kiosk:teacher";
    auto data = to_json(asked);
    CHECK(is_change_request(data));
    const auto read = change_request_from_json(data);
    REQUIRE(read);
    CHECK(read->lesson == asked.lesson);
    CHECK(read->change == LessonChange::time);
    CHECK(read->begin_ms == asked.begin_ms);
    CHECK(read->operator_name == asked.operator_name);
    data["change"] = "not_held"; // which has no new beginning
    REQUIRE_FALSE(change_request_from_json(data));
    CHECK(change_request_from_json(data).error().message.find("begin_ms") != std::string::npos);
    data.erase("begin_ms");
    CHECK(change_request_from_json(data));
    data["change"] = "room";
    CHECK(change_request_from_json(data).error().message.find("change") != std::string::npos);
    data["what"] = "kiosk_login";
    CHECK_FALSE(is_change_request(data));
    CHECK_FALSE(change_request_from_json(data));
}

TEST_CASE("bodies: an enrolment names document, score, poses and witnesses when it has them") {
    Enrolment enrolment{.person = PersonId("p-1"), .factor = "face", .from = "camera", .samples = 5};
    for (const char *key : {"poses", "document", "document_score_millionths", "witnesses"}) {
        CHECK_FALSE(to_json(enrolment).contains(key));
    }
    enrolment.poses = {"front", "left"};
    enrolment.document = "file";
    enrolment.document_score_millionths = 612'000;
    enrolment.witnesses = {PersonId("p-2"), PersonId("p-3")};
    const auto data = to_json(enrolment);
    CHECK(data.at("poses").as_array().size() == 2);
    CHECK(data.at("witnesses").as_array().at(1).as_string() == "p-3");
    CHECK(data.at("document_score_millionths").as_int64() == 612'000);
}

TEST_CASE("bodies: the beginning of a chain names the one before it and what is lost; wrong ranges are refused") {
    Boot boot{"0.1.0", "adopted_salvage", std::string(64, 'a')};
    boot.previous_chain = ChainId("030fd7aa-b6b7-4e69-842b-478146be4b12");
    boot.previous_seq = 9;
    boot.lost = {{boot.previous_chain, {{3, 4}, {7, 7}}}};
    const auto read = boot_from_json(to_json(boot)).value();
    CHECK(read.previous_chain == boot.previous_chain);
    CHECK(read.previous_seq == 9);
    CHECK(read.lost == boot.lost);
    for (const auto &ranges : std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>>{
             {{4, 3}},
             {{0, 1}},
             {{5, 6}, {6, 7}},
             std::vector(kMaxLostRanges + 1, std::pair<std::int64_t, std::int64_t>{1, 1})}) {
        boot.lost = {{boot.previous_chain, ranges}};
        CHECK_FALSE(boot_from_json(to_json(boot)).has_value());
    }
    CHECK_FALSE(lost_from_json({{"lost", "x"}}).has_value());
}
