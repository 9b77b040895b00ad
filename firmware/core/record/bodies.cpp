#include "firmware/core/record/bodies.hpp"

#include <array>
#include <utility>

namespace xueshi::record {
namespace {

constexpr std::array<std::pair<Evidence, std::string_view>, 5> kEvidence{{
    {Evidence::face, "face"},
    {Evidence::finger, "finger"},
    {Evidence::both, "both"},
    {Evidence::manual, "manual"},
    {Evidence::paper, "paper"},
}};
constexpr std::array<std::pair<Direction, std::string_view>, 5> kDirections{{
    {Direction::check_in, "check_in"},
    {Direction::check_out, "check_out"},
    {Direction::moment, "moment"},
    {Direction::both, "both"},
    {Direction::unscheduled, "unscheduled"},
}};
constexpr std::array<std::pair<Refusal, std::string_view>, 6> kRefusals{{
    {Refusal::unknown_person, "unknown_person"},
    {Refusal::ambiguous, "ambiguous"},
    {Refusal::several_people, "several_people"},
    {Refusal::not_live, "not_live"},
    {Refusal::poor_quality, "poor_quality"},
    {Refusal::no_match_finger, "no_match_finger"},
}};

constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;
constexpr std::int64_t kMillion = 1'000'000;
constexpr std::size_t kMaxId = 64;
constexpr std::size_t kMaxModel = 256;

template <typename Table, typename Value>
std::string_view name_of(const Table &table, Value wanted) {
    for (const auto &[value, text] : table) {
        if (value == wanted) {
            return text;
        }
    }
    return "unknown";
}

template <typename Value, std::size_t N>
Expected<Value> value_of(const std::array<std::pair<Value, std::string_view>, N> &table, std::string_view wanted) {
    for (const auto &[value, text] : table) {
        if (text == wanted) {
            return value;
        }
    }
    return fail(ErrorCode::invalid_argument, "unknown value: " + std::string(wanted.substr(0, kMaxId)));
}

/// What is absent is left out: a body never says "no clip" in two ways.
void put_if_any(json::Object &out, std::string_view key, std::string_view text) {
    if (!text.empty()) {
        out[key] = text;
    }
}
void put_if_measured(json::Object &out, std::string_view key, std::int64_t millionths) {
    if (millionths >= 0) {
        out[key] = millionths;
    }
}

/// An optional id that is not empty when it is there.
std::string read_optional_id(json::ObjectReader &reader, std::string_view key) {
    const auto text = reader.optional_string(key, kMaxId);
    if (text && text->empty()) {
        reader.error(key, "leave it out instead of giving an empty text");
    }
    return text.value_or("");
}

std::string read_id(json::ObjectReader &reader, std::string_view key) {
    std::string text = reader.string(key, kMaxId);
    if (text.empty()) {
        reader.error(key, "must not be empty");
    }
    return text;
}

} // namespace

std::string_view to_string(Evidence evidence) {
    return name_of(kEvidence, evidence);
}
std::string_view to_string(Direction direction) {
    return name_of(kDirections, direction);
}
Expected<Direction> parse_direction(std::string_view text) {
    return value_of(kDirections, text);
}
std::string_view to_string(Refusal refusal) {
    return name_of(kRefusals, refusal);
}

json::Object to_json(const Punch &punch) {
    json::Object out;
    out["person"] = punch.person.str();
    out["room"] = punch.room.str();
    put_if_any(out, "class", punch.training_class.str());
    put_if_any(out, "lesson", punch.lesson.str());
    out["direction"] = to_string(punch.direction);
    out["evidence"] = to_string(punch.evidence);
    out["score_millionths"] = punch.score_millionths;
    put_if_measured(out, "margin_millionths", punch.margin_millionths);
    put_if_measured(out, "liveness_millionths", punch.liveness_millionths);
    out["frames"] = punch.frames;
    put_if_any(out, "clip", punch.clip.str());
    out["model"] = punch.model;
    return out;
}

Expected<Punch> punch_from_json(const json::Object &data) {
    const json::Value value(data);
    json::ObjectReader reader(value, "data");
    Punch punch;
    punch.person = PersonId(read_id(reader, "person"));
    punch.room = RoomId(reader.string("room", kMaxId));
    punch.training_class = ClassId(read_optional_id(reader, "class"));
    punch.lesson = LessonId(read_optional_id(reader, "lesson"));
    const auto direction = parse_direction(reader.string("direction", kMaxId));
    const auto evidence = value_of(kEvidence, reader.string("evidence", kMaxId));
    punch.score_millionths = reader.integer("score_millionths", -kLargestInteger, kLargestInteger);
    punch.margin_millionths = reader.optional_integer("margin_millionths", 0, kLargestInteger).value_or(-1);
    punch.liveness_millionths = reader.optional_integer("liveness_millionths", 0, kMillion).value_or(-1);
    punch.frames = reader.integer("frames", 0, kMillion);
    punch.clip = MediaId(read_optional_id(reader, "clip"));
    punch.model = reader.string("model", kMaxModel);
    if (!direction) {
        reader.error("direction", direction.error().message);
    }
    if (!evidence) {
        reader.error("evidence", evidence.error().message);
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    punch.direction = *direction;
    punch.evidence = *evidence;
    return punch;
}

json::Object to_json(const RefusedAttempt &attempt) {
    json::Object out;
    out["room"] = attempt.room.str();
    out["reason"] = to_string(attempt.reason);
    out["factor"] = attempt.factor;
    put_if_measured(out, "score_millionths", attempt.score_millionths);
    put_if_any(out, "clip", attempt.clip.str());
    return out;
}

json::Object to_json(const Consent &consent) {
    json::Object out;
    out["person"] = consent.person.str();
    out["purpose"] = consent.purpose;
    out["text_hash"] = consent.text_hash;
    out["language"] = consent.language;
    out["given"] = consent.given;
    return out;
}

json::Object to_json(const Enrolment &enrolment) {
    json::Object out;
    out["person"] = enrolment.person.str();
    out["factor"] = enrolment.factor;
    out["from"] = enrolment.from;
    out["samples"] = enrolment.samples;
    put_if_any(out, "finger", enrolment.finger);
    out["model"] = enrolment.model;
    out["operator"] = enrolment.operator_name;
    return out;
}

json::Object to_json(const Erasure &erasure) {
    json::Object out;
    out["person"] = erasure.person.str();
    out["factor"] = erasure.factor;
    out["reason"] = erasure.reason;
    return out;
}

json::Object to_json(const ClipSaved &clip) {
    json::Object out;
    out["clip"] = clip.clip.str();
    out["file"] = clip.file;
    out["sha256"] = clip.sha256;
    out["bytes"] = clip.bytes;
    out["duration_ms"] = clip.duration_ms;
    out["frames"] = clip.frames;
    out["first_wall_ms"] = clip.first_wall_ms;
    out["last_wall_ms"] = clip.last_wall_ms;
    return out;
}

json::Object to_json(const LessonClosed &closed) {
    json::Object out;
    out["class"] = closed.training_class.str();
    out["lesson"] = closed.lesson.str();
    out["room"] = closed.room.str();
    out["window_end_ms"] = closed.window_end_ms;
    return out;
}

Expected<LessonClosed> lesson_closed_from_json(const json::Object &data) {
    const json::Value value(data);
    json::ObjectReader reader(value, "data");
    LessonClosed closed;
    closed.training_class = ClassId(read_id(reader, "class"));
    closed.lesson = LessonId(read_id(reader, "lesson"));
    closed.room = RoomId(reader.string("room", kMaxId));
    closed.window_end_ms = reader.integer("window_end_ms", -kLargestInteger, kLargestInteger);
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    return closed;
}

json::Object to_json(const Boot &boot) {
    json::Object out;
    out["program"] = boot.program;
    out["reason"] = boot.reason;
    put_if_any(out, "previous_head", boot.previous_head);
    return out;
}

} // namespace xueshi::record
