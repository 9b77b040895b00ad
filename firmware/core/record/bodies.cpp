#include "firmware/core/record/bodies.hpp"

#include <array>
#include <optional>
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
constexpr std::array<std::pair<Refusal, std::string_view>, 8> kRefusals{{
    {Refusal::unknown_person, "unknown_person"},
    {Refusal::ambiguous, "ambiguous"},
    {Refusal::several_people, "several_people"},
    {Refusal::not_live, "not_live"},
    {Refusal::poor_quality, "poor_quality"},
    {Refusal::no_match_finger, "no_match_finger"},
    {Refusal::no_second_factor, "no_second_factor"},
    {Refusal::active_check_failed, "active_check_failed"},
}};
constexpr std::array<std::pair<ClaimReason, std::string_view>, 4> kClaimReasons{{
    {ClaimReason::not_recognised, "not_recognised"},
    {ClaimReason::device_down, "device_down"},
    {ClaimReason::injury, "injury"},
    {ClaimReason::other, "other"},
}};
constexpr std::array<std::pair<LessonChange, std::string_view>, 4> kLessonChanges{{
    {LessonChange::time, "time"},
    {LessonChange::teacher, "teacher"},
    {LessonChange::place, "place"},
    {LessonChange::not_held, "not_held"},
}};

constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;
constexpr std::int64_t kMillion = 1'000'000;
constexpr std::size_t kMaxId = 64;
constexpr std::size_t kMaxModel = 256;
constexpr std::size_t kMaxReason = 1'000;
constexpr std::string_view kReader = "reader";                    // of matched_by
constexpr std::string_view kChangeRequested = "change_requested"; // of an operator_action's what

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

template <typename List, typename ToText>
void put_list(json::Object &out, std::string_view key, const List &values, ToText to_text) {
    if (values.empty()) {
        return;
    }
    json::Array array;
    for (const auto &value : values) {
        array.emplace_back(to_text(value));
    }
    out[key] = std::move(array);
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
    if (punch.by_reader) {
        out["matched_by"] = kReader;
    }
    if (!punch.by_reader || punch.score_millionths >= 0) {
        out["score_millionths"] = punch.score_millionths;
    }
    put_if_measured(out, "margin_millionths", punch.margin_millionths);
    put_if_measured(out, "liveness_millionths", punch.liveness_millionths);
    out["frames"] = punch.frames;
    put_if_any(out, "clip", punch.clip.str());
    out["model"] = punch.model;
    put_if_any(out, "operator", punch.operator_name);
    put_if_any(out, "reason", punch.reason);
    put_if_any(out, "accommodation", punch.accommodation);
    if (punch.active_check) {
        out["active_check"] = true;
    }
    if (punch.reverification) {
        out["reverification"] = true;
    }
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
    const auto matched_by = reader.optional_string("matched_by", kMaxId);
    punch.by_reader = matched_by.has_value();
    if (matched_by && *matched_by != kReader) {
        reader.error("matched_by", "is \"reader\", or left out");
    }
    punch.score_millionths = punch.by_reader
                                 ? reader.optional_integer("score_millionths", 0, kLargestInteger).value_or(-1)
                                 : reader.integer("score_millionths", -kLargestInteger, kLargestInteger);
    punch.margin_millionths = reader.optional_integer("margin_millionths", 0, kLargestInteger).value_or(-1);
    punch.liveness_millionths = reader.optional_integer("liveness_millionths", 0, kMillion).value_or(-1);
    punch.frames = reader.integer("frames", 0, kMillion);
    punch.clip = MediaId(read_optional_id(reader, "clip"));
    punch.model = reader.string("model", kMaxModel);
    punch.operator_name = read_optional_id(reader, "operator");
    punch.reason = reader.optional_string("reason", kMaxReason).value_or("");
    punch.accommodation = read_optional_id(reader, "accommodation");
    punch.active_check = reader.optional_boolean("active_check").value_or(false);
    punch.reverification = reader.optional_boolean("reverification").value_or(false);
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
    put_if_any(out, "detail", attempt.detail);
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
    put_if_any(out, "retention", consent.retention);
    put_if_any(out, "processor", consent.processor);
    put_if_any(out, "guardian", consent.guardian);
    put_if_any(out, "operator", consent.operator_name);
    put_if_any(out, "reason", consent.reason);
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
    put_list(out, "poses", enrolment.poses, [](const std::string &pose) { return pose; });
    put_if_any(out, "document", enrolment.document);
    put_if_measured(out, "document_score_millionths", enrolment.document_score_millionths);
    put_list(out, "witnesses", enrolment.witnesses, [](const PersonId &witness) { return witness.str(); });
    return out;
}

std::string_view to_string(ClaimReason reason) {
    return name_of(kClaimReasons, reason);
}
Expected<ClaimReason> parse_claim_reason(std::string_view text) {
    return value_of(kClaimReasons, text);
}

json::Object to_json(const PendingClaim &claim) {
    json::Object out;
    out["person"] = claim.person.str();
    out["room"] = claim.room.str();
    put_if_any(out, "class", claim.training_class.str());
    put_if_any(out, "lesson", claim.lesson.str());
    out["reason"] = to_string(claim.reason);
    put_if_any(out, "note", claim.note);
    put_if_any(out, "clip", claim.clip.str());
    return out;
}

Expected<PendingClaim> pending_claim_from_json(const json::Object &data) {
    const json::Value value(data);
    json::ObjectReader reader(value, "data");
    PendingClaim claim;
    claim.person = PersonId(read_id(reader, "person"));
    claim.room = RoomId(reader.string("room", kMaxId));
    claim.training_class = ClassId(read_optional_id(reader, "class"));
    claim.lesson = LessonId(read_optional_id(reader, "lesson"));
    const auto reason = parse_claim_reason(reader.string("reason", kMaxId));
    claim.note = reader.optional_string("note", kMaxReason).value_or("");
    claim.clip = MediaId(read_optional_id(reader, "clip"));
    if (!reason) {
        reader.error("reason", reason.error().message);
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    claim.reason = *reason;
    return claim;
}

std::string_view to_string(LessonChange change) {
    return name_of(kLessonChanges, change);
}
Expected<LessonChange> parse_lesson_change(std::string_view text) {
    return value_of(kLessonChanges, text);
}

json::Object to_json(const ChangeRequest &request) {
    json::Object out;
    out["what"] = kChangeRequested;
    out["class"] = request.training_class.str();
    out["lesson"] = request.lesson.str();
    out["change"] = to_string(request.change);
    out["operator"] = request.operator_name;
    if (request.change == LessonChange::time) {
        out["begin_ms"] = request.begin_ms;
    }
    return out;
}

bool is_change_request(const json::Object &data) {
    const auto *what = data.if_contains("what");
    return what != nullptr && what->is_string() && what->as_string() == kChangeRequested;
}

Expected<ChangeRequest> change_request_from_json(const json::Object &data) {
    const json::Value value(data);
    json::ObjectReader reader(value, "data");
    ChangeRequest request;
    if (reader.string("what", kMaxId) != kChangeRequested) {
        reader.error("what", "is " + std::string(kChangeRequested));
    }
    request.training_class = ClassId(read_id(reader, "class"));
    request.lesson = LessonId(read_id(reader, "lesson"));
    const auto change = parse_lesson_change(reader.string("change", kMaxId));
    request.operator_name = reader.string("operator", kMaxId);
    const auto begin_ms = reader.optional_integer("begin_ms", 0, kLargestInteger);
    if (!change) {
        reader.error("change", change.error().message);
    } else if (begin_ms.has_value() != (*change == LessonChange::time)) {
        reader.error("begin_ms", "is the new beginning of a change of time, and of no other");
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    request.change = *change;
    request.begin_ms = begin_ms.value_or(0);
    return request;
}

json::Object to_json(const Accommodation &accommodation) {
    json::Object out;
    out["person"] = accommodation.person.str();
    out["instead"] = accommodation.instead;
    out["given"] = accommodation.given;
    out["reason"] = accommodation.reason;
    out["operator"] = accommodation.operator_name;
    return out;
}

Expected<Accommodation> accommodation_from_json(const json::Object &data) {
    const json::Value value(data);
    json::ObjectReader reader(value, "data");
    Accommodation accommodation;
    accommodation.person = PersonId(read_id(reader, "person"));
    accommodation.instead = read_id(reader, "instead");
    accommodation.given = reader.boolean("given");
    accommodation.reason = reader.string("reason", kMaxReason);
    accommodation.operator_name = reader.string("operator", kMaxId);
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    return accommodation;
}

json::Object to_json(const Erasure &erasure) {
    json::Object out;
    out["person"] = erasure.person.str();
    out["factor"] = erasure.factor;
    out["reason"] = erasure.reason;
    if (erasure.left_in_reader > 0) {
        out["left_in_reader"] = erasure.left_in_reader;
    }
    if (!erasure.finger.empty()) {
        out["finger"] = erasure.finger;
    }
    return out;
}

json::Object to_json(const ClipSaved &clip) {
    json::Object out;
    out["clip"] = clip.clip.str();
    out["file"] = clip.file;
    out["sha256"] = clip.sha256;
    out["bytes"] = clip.bytes;
    if (clip.recovered) {
        out["recovered"] = true;
        put_if_any(out, "boot_id", clip.boot_id);
    }
    if (clip.recovered && clip.boot_id.empty()) {
        return out;
    }
    out["duration_ms"] = clip.duration_ms;
    out["frames"] = clip.frames;
    out["first_wall_ms"] = clip.first_wall_ms;
    out["last_wall_ms"] = clip.last_wall_ms;
    out["first_boot_ms"] = clip.first_boot_ms;
    out["last_boot_ms"] = clip.last_boot_ms;
    json::Array gaps;
    for (const auto &[from, until] : clip.gaps) {
        gaps.push_back(json::Array{from, until});
    }
    out["gaps"] = std::move(gaps);
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
    if (!boot.previous_chain.empty()) {
        out["previous_chain"] = boot.previous_chain.str();
        out["previous_seq"] = boot.previous_seq;
    }
    if (!boot.lost.empty()) {
        out["lost"] = to_json(boot.lost);
    }
    return out;
}

Expected<Boot> boot_from_json(const json::Object &data) {
    const json::Value value(data);
    json::ObjectReader reader(value, "data");
    Boot boot;
    boot.program = reader.string("program", kMaxId);
    boot.reason = reader.string("reason", kMaxId);
    boot.previous_head = reader.optional_string("previous_head", kMaxId).value_or("");
    boot.previous_chain = ChainId(reader.optional_string("previous_chain", kMaxId).value_or(""));
    boot.previous_seq = reader.optional_integer("previous_seq", 0, kLargestInteger).value_or(0);
    reader.ignore("lost");
    auto lost = lost_from_json(data);
    if (const auto done = reader.finish(); !done || !lost) {
        return tl::unexpected<Error>(!done ? done.error() : lost.error());
    }
    boot.lost = std::move(*lost);
    return boot;
}

json::Array to_json(const std::vector<LostEvents> &lost) {
    json::Array out;
    for (const LostEvents &chain : lost) {
        json::Array ranges;
        for (const auto &[first, last] : chain.ranges) {
            ranges.push_back(json::Array{first, last});
        }
        out.push_back(json::Object{{"chain", chain.chain.str()}, {"seqs", std::move(ranges)}});
    }
    return out;
}

namespace {

/// [first, last], behind the range before it.
std::optional<std::pair<std::int64_t, std::int64_t>> range_from_json(const json::Value &value, std::int64_t after) {
    const json::Array *pair = value.if_array();
    const std::int64_t *first = pair != nullptr && pair->size() == 2 ? pair->front().if_int64() : nullptr;
    const std::int64_t *last = first != nullptr ? pair->back().if_int64() : nullptr;
    const bool sound = last != nullptr && *first > after && *last >= *first && *last <= kLargestInteger;
    return sound ? std::optional(std::pair(*first, *last)) : std::nullopt;
}

} // namespace

Expected<std::vector<LostEvents>> lost_from_json(const json::Object &data) {
    std::vector<LostEvents> all;
    const json::Value *lost = data.if_contains("lost");
    const json::Array empty;
    const json::Array *chains = lost != nullptr ? lost->if_array() : &empty;
    std::size_t count = 0;
    for (const json::Value &value : chains != nullptr ? *chains : empty) {
        json::ObjectReader reader(value, "data.lost");
        LostEvents chain;
        chain.chain = ChainId(reader.string("chain", kMaxId));
        std::int64_t after = 0;
        for (const json::Value &range : reader.array("seqs", kMaxLostRanges)) {
            const auto sound = range_from_json(range, after);
            if (!sound || ++count > kMaxLostRanges) {
                return fail(ErrorCode::invalid_argument, "data.lost.seqs: ranges in order expected, not too many");
            }
            after = sound->second;
            chain.ranges.push_back(*sound);
        }
        if (const auto done = reader.finish(); !done) {
            return tl::unexpected<Error>(done.error());
        }
        all.push_back(std::move(chain));
    }
    return chains != nullptr ? Expected<std::vector<LostEvents>>(std::move(all))
                             : fail(ErrorCode::invalid_argument, "data.lost: an array expected");
}

} // namespace xueshi::record
