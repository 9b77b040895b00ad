#include "daemon/registry/ingest/flags.hpp"

#include <algorithm>

#include "firmware/core/base/json_members.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::registry::ingest {

namespace {

constexpr std::size_t kMaxIdLength = 64;
constexpr std::int64_t kClocksApartMs =
    60'000;                             // between two synchronised clocks: a leap second or a slow poll is no lie
constexpr std::int64_t kSlewMs = 1'000; // time daemons take back so much without a word

std::string id_of(const json::Object &data, std::string_view key) {
    std::string id = json::text_of(data, key);
    return id.size() <= kMaxIdLength ? id : std::string();
}

class Flags {
public:
    void add(std::string_view word) {
        text_ += text_.empty() ? "" : " ";
        text_ += word;
    }
    std::string text() && { return std::move(text_); }

private:
    std::string text_;
};

/// Of a clock that calls itself synchronised.
void flag_clock(Flags &flags, std::int64_t wall_ms, const ClockLimits &limits) {
    if (wall_ms < limits.latest_clock_ms - kSlewMs) {
        flags.add(store::kClockRanBack);
    }
    if (wall_ms < limits.after_ms - kClocksApartMs || wall_ms > limits.received_ms + kClocksApartMs) {
        flags.add(store::kClockContradicted);
    }
}

void flag_punch(Flags &flags, const IsTrainee &is_trainee, const store::Device &device, const record::EventBody &body) {
    const auto punch = record::punch_from_json(body.data);
    if (!punch) {
        flags.add("malformed");
        return;
    }
    if (punch->lesson.empty()) {
        flags.add("unscheduled");
    }
    if (punch->evidence == record::Evidence::manual) {
        flags.add(punch->accommodation.empty() ? "manual" : "manual_accommodated");
    }
    if (punch->room != device.room) {
        flags.add("other_room");
    }
    if (!is_trainee(punch->person)) {
        flags.add("unknown_trainee");
    }
}

/// The terminal takes any id for a witness's, since staff is on no roster.
void flag_witnesses(Flags &flags, const IsTrainee &is_trainee, const json::Object &data) {
    constexpr std::size_t kWitnesses = 2;
    constexpr std::size_t kMost = 16; // as many are looked up; a terminal sends four at most
    const json::Value *value = data.if_contains("witnesses");
    const auto witnesses = value != nullptr && value->is_array() ? value->get_array() : json::Array();
    if (witnesses.size() < kWitnesses) {
        flags.add("no_witnesses");
    }
    const auto is_known = [&](const json::Value &witness) {
        return witness.is_string() && witness.get_string().size() <= kMaxIdLength &&
               is_trainee(PersonId(std::string(witness.get_string())));
    };
    if (witnesses.size() > kMost || !std::ranges::all_of(witnesses, is_known)) {
        flags.add("unknown_witness");
    }
}

/// A face that is bound to its person by nothing but an operator's word is shown to the bureau.
void flag_enrolment(Flags &flags, const IsTrainee &is_trainee, const rules::CountingPolicy &policy,
                    const json::Object &data) {
    if (json::text_of(data, "factor") != "face") {
        return;
    }
    if (json::text_of(data, "from") == "photograph" && !policy.allow_photograph_enrolment) {
        flags.add("photograph");
    }
    if (json::text_of(data, "document").empty()) {
        flags.add("no_document");
    }
    flag_witnesses(flags, is_trainee, data);
}

} // namespace

std::string flags_of(const IsTrainee &is_trainee, const store::Device &device, const rules::CountingPolicy &policy,
                     const record::EventBody &body, const ClockLimits &limits) {
    Flags flags;
    const auto kind = record::parse_event_kind(body.kind);
    if (!kind) {
        flags.add("unknown_kind");
    }
    if (!rules::source_counts(policy, body.source.kind)) {
        flags.add("source_" + std::string(to_string(body.source.kind)));
    }
    if (body.at.quality != ClockQuality::synchronised) {
        flags.add("clock_" + std::string(to_string(body.at.quality)));
    } else {
        flag_clock(flags, body.at.wall_ms, limits);
    }
    if (body.key_level != device.key_level) {
        flags.add("key_level");
    }
    if (kind && *kind == record::EventKind::punch) {
        flag_punch(flags, is_trainee, device, body);
    }
    if (kind && *kind == record::EventKind::enrolment) {
        flag_enrolment(flags, is_trainee, policy, body.data);
    }
    if (kind && *kind == record::EventKind::pending_claim && !record::pending_claim_from_json(body.data)) {
        flags.add("malformed");
    }
    if (kind && *kind == record::EventKind::operator_action && record::is_change_request(body.data) &&
        !record::change_request_from_json(body.data)) {
        flags.add("malformed");
    }
    return std::move(flags).text();
}

void name_person_and_room(store::Event &event, const record::EventBody &body) {
    event.person = PersonId(id_of(body.data, "person"));
    event.room = RoomId(id_of(body.data, "room"));
}

} // namespace xueshi::registry::ingest
