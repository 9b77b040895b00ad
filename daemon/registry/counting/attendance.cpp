#include "daemon/registry/counting/attendance.hpp"

#include <algorithm>
#include <limits>
#include <memory>

#include "daemon/registry/counting/chain_clock.hpp"
#include "daemon/registry/store/chains.hpp"
#include "daemon/registry/store/classes.hpp"
#include "daemon/registry/store/devices.hpp"
#include "daemon/registry/store/events.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::registry::counting {

using record::EventKind;
using rules::ChainState;
using rules::ClassInput;
using rules::TimedPunch;

namespace {

/// One attendance question: reads each device, chain and class once.
class Reader {
public:
    Reader(store::Session &session, const rules::CountingPolicy &policy, InstitutionId institution)
        : session_(session), policy_(policy), institution_(std::move(institution)) {
        for (store::Device &device : store::devices_of(session_, institution_)) {
            devices_.emplace(device.id, std::move(device));
        }
    }

    /// The class with the delivery of its lessons; nullptr: unknown.
    const ClassInput *class_input(const ClassId &id) {
        const auto known = classes_.find(id);
        if (known != classes_.end()) {
            return known->second.get();
        }
        auto found = store::find_class(session_, institution_, id);
        std::unique_ptr<ClassInput> input;
        if (found) {
            input = std::make_unique<ClassInput>();
            input->training_class = std::move(*found);
            for (const training::Lesson &lesson : input->training_class.lessons) {
                input->lessons[lesson.id].delivery =
                    rules::delivery(lesson, input->training_class.policy, chains_of_room(lesson.room));
            }
        }
        return classes_.emplace(id, std::move(input)).first->second.get();
    }

    std::vector<TimedPunch> punches_of(const PersonId &person) {
        std::vector<TimedPunch> punches;
        for (const store::Event &event :
             store::events_of_person(session_, institution_, to_string(EventKind::punch), person)) {
            const auto body = record::read_body(event.event.body);
            const auto punch = body ? record::punch_from_json(body->data) : Expected<record::Punch>(fail(body, ""));
            if (punch) {
                punches.push_back(timed(event, *body, *punch));
            }
        }
        add_claims(person, punches);
        return punches;
    }

private:
    /// "I was here and was not recognised": as a punch that is pending until the bureau decides.
    void add_claims(const PersonId &person, std::vector<TimedPunch> &punches) {
        for (const store::Event &event :
             store::events_of_person(session_, institution_, to_string(EventKind::pending_claim), person)) {
            const auto body = record::read_body(event.event.body);
            const auto claim =
                body ? record::pending_claim_from_json(body->data) : Expected<record::PendingClaim>(fail(body, ""));
            if (claim) {
                record::Punch punch;
                punch.person = claim->person;
                punch.room = claim->room;
                punch.evidence = record::Evidence::manual;
                punches.push_back(timed(event, *body, punch));
            }
        }
    }

    TimedPunch timed(const store::Event &event, const record::EventBody &body, const record::Punch &punch) {
        const TimeBracket when = bracket(event, body);
        TimedPunch timed;
        timed.person = punch.person;
        timed.room = punch.room;
        timed.chain = event.chain;
        timed.seq = event.event.seq;
        timed.earliest_ms = when.earliest_ms;
        timed.latest_ms = when.latest_ms;
        timed.evidence = punch.evidence;
        timed.reverification = punch.reverification;
        timed.clock_ran_back = store::has_flag(event, store::kClockRanBack);
        timed.standing = rules::standing(policy_, body.source.kind, punch.evidence,
                                         from_photograph(event.device, punch.person), is_quarantined(event));
        return timed;
    }

    /// The person's newest face enrolment on this device was from a photograph.
    bool from_photograph(const DeviceId &device, const PersonId &person) {
        const auto key = std::pair(device, person);
        const auto known = photographs_.find(key);
        if (known != photographs_.end()) {
            return known->second;
        }
        bool photograph = false;
        for (const store::Event &event :
             store::events_of_person(session_, institution_, to_string(EventKind::enrolment), person)) {
            const auto body = record::read_body(event.event.body);
            const json::Value *factor = body ? body->data.if_contains("factor") : nullptr;
            const json::Value *from = body ? body->data.if_contains("from") : nullptr;
            if (event.device == device && factor != nullptr && *factor == "face" && from != nullptr) {
                photograph = *from == "photograph";
            }
        }
        return photographs_[key] = photograph;
    }

    bool is_quarantined(const store::Event &event) {
        const auto device = devices_.find(event.device);
        return device == devices_.end() || device->second.state == store::DeviceState::quarantined;
    }

    TimeBracket bracket(const store::Event &event, const record::EventBody &body) {
        if (body.at.quality == ClockQuality::synchronised) {
            return {body.at.wall_ms, body.at.wall_ms};
        }
        auto clock = clocks_.find(event.chain);
        if (clock == clocks_.end()) { // the whole chain is read only when a clock was not good
            clock =
                clocks_.emplace(event.chain, read_chain_clock(session_, institution_, event.device, event.chain)).first;
        }
        return clock->second.bracket(event.event.seq);
    }

    const std::vector<store::Chain> &chains_of(const DeviceId &device) {
        const auto known = chains_.find(device);
        return known != chains_.end()
                   ? known->second
                   : chains_.emplace(device, store::chains_of(session_, institution_, device)).first->second;
    }

    const std::vector<ChainState> &chains_of_room(const RoomId &room) {
        const auto known = rooms_.find(room);
        if (known != rooms_.end()) {
            return known->second;
        }
        std::vector<ChainState> states;
        for (const auto &[id, device] : devices_) {
            if (device.room != room) {
                continue;
            }
            for (const store::Chain &chain : chains_of(id)) {
                states.push_back(state_of(device, chain));
                states.back().until_ms = end_of(device, chain);
                const ChainState whole = states.back();
                add_lost(states, device, chain, whole);
            }
        }
        return rooms_.emplace(room, std::move(states)).first->second;
    }

    /// When the chain that took this one's place surely had begun. What happened between its last event and then may
    /// be lost, and nobody knows.
    std::int64_t end_of(const store::Device &device, const store::Chain &chain) {
        for (const store::Succession &next : store::successions_of(session_, institution_, device.id)) {
            const auto first = next.previous == chain.id
                                   ? store::chain_after(session_, institution_, device.id, next.chain, 0, 1)
                                   : std::vector<store::Event>();
            if (!first.empty()) {
                return latest_of(first.front());
            }
        }
        return std::numeric_limits<std::int64_t>::max();
    }

    std::int64_t latest_of(const store::Event &event) {
        const auto body = record::read_body(event.event.body);
        return body ? bracket(event, *body).latest_ms : std::numeric_limits<std::int64_t>::max();
    }
    std::int64_t earliest_of(const store::Event &event) {
        const auto body = record::read_body(event.event.body);
        return body ? bracket(event, *body).earliest_ms : std::numeric_limits<std::int64_t>::min();
    }

    /// They came before the device lost them.
    bool holds_all(const store::Chain &chain, record::Sequence first, record::Sequence last) {
        const auto held =
            store::chain_after(session_, institution_, chain.device, chain.id, first - 1, last - first + 1);
        return static_cast<record::Sequence>(held.size()) == last - first + 1 && held.back().event.seq == last;
    }

    /// The device declared these lost: the lessons of that time stay open.
    void add_lost(std::vector<ChainState> &states, const store::Device &device, const store::Chain &chain,
                  const ChainState &whole) {
        for (const auto &[first, last] : store::lost_of(session_, institution_, device.id, chain.id)) {
            ChainState lost;
            const auto before = store::find_event(session_, institution_, device.id, chain.id, first - 1);
            const auto after = store::chain_after(session_, institution_, device.id, chain.id, last, 1);
            lost.since_ms = before ? earliest_of(*before) : whole.since_ms;
            lost.until_ms = after.empty() ? whole.until_ms : latest_of(after.front());
            lost.gap_open = true;
            if (last > chain.head_seq || !holds_all(chain, first, last)) {
                states.push_back(lost);
            }
        }
    }

    ChainState state_of(const store::Device &device, const store::Chain &chain) {
        ChainState state;
        state.since_ms = device.claimed_ms; // it had no roster before, and so nothing to say
        state.quarantined = device.state == store::DeviceState::quarantined;
        if (const auto last = store::last_event(session_, institution_, device.id, chain.id)) {
            const auto first = store::chain_after(session_, institution_, device.id, chain.id, 0, 1);
            const auto first_body = record::read_body(first.front().event.body);
            const auto last_body = record::read_body(last->event.body);
            if (first_body && last_body) {
                state.since_ms = std::min(state.since_ms, bracket(first.front(), *first_body).earliest_ms);
                state.certainly_until_ms = bracket(*last, *last_body).earliest_ms;
            }
        }
        for (const store::Event &event :
             store::events_of_chain(session_, institution_, device.id, chain.id, to_string(EventKind::lesson_closed))) {
            const auto body = record::read_body(event.event.body);
            const auto closed =
                body ? record::lesson_closed_from_json(body->data) : Expected<record::LessonClosed>(fail(body, ""));
            // A clock that ran ahead closes a lesson before its end: only what surely came later counts.
            if (closed && bracket(event, *body).earliest_ms > closed->window_end_ms) {
                auto &end_ms = state.closed_window_end_ms[closed->lesson];
                end_ms = std::max(end_ms, closed->window_end_ms);
            }
        }
        return state;
    }

    store::Session &session_;
    const rules::CountingPolicy &policy_;
    InstitutionId institution_;
    std::map<DeviceId, store::Device> devices_;
    std::map<DeviceId, std::vector<store::Chain>> chains_;
    std::map<ChainId, ChainClock> clocks_;
    std::map<RoomId, std::vector<ChainState>> rooms_;
    std::map<ClassId, std::unique_ptr<ClassInput>> classes_;
    std::map<std::pair<DeviceId, PersonId>, bool> photographs_;
};

std::map<std::string, std::int64_t> evidence_of(const training::TrainingClass &training_class,
                                                const std::vector<TimedPunch> &punches) {
    std::map<std::string, std::int64_t> counts;
    for (const TimedPunch &punch : punches) {
        const bool here = std::any_of(training_class.lessons.begin(), training_class.lessons.end(),
                                      [&](const training::Lesson &lesson) {
                                          const schedule::OpenLesson open{&training_class, &lesson};
                                          return rules::concerns(open, punch);
                                      });
        if (here && punch.standing == rules::Standing::counts) {
            ++counts[std::string(to_string(punch.evidence))];
        } else if (here) {
            ++counts[punch.standing == rules::Standing::pending ? "pending" : "flagged"];
        }
        if (here && punch.earliest_ms != punch.latest_ms) {
            ++counts["inferred"]; // besides
        }
        if (here && punch.clock_ran_back) {
            ++counts[std::string(store::kClockRanBack)]; // besides
        }
    }
    return counts;
}

} // namespace

Expected<ClassAttendance> class_attendance(store::Session &session, const rules::CountingPolicy &policy,
                                           const InstitutionId &institution, const ClassId &id) {
    Reader reader(session, policy, institution);
    const ClassInput *asked = reader.class_input(id);
    if (asked == nullptr) {
        return fail(ErrorCode::not_found, "no such class");
    }
    ClassAttendance result;
    result.training_class = asked->training_class;
    for (const auto &[lesson, facts] : asked->lessons) {
        result.delivery[lesson] = facts.delivery;
    }
    for (const training::Trainee &trainee : asked->training_class.trainees) {
        std::vector<ClassInput> inputs{*asked};
        for (const ClassId &other : store::classes_of_person(session, institution, trainee.id)) {
            const ClassInput *input = other == id ? nullptr : reader.class_input(other);
            if (input != nullptr) {
                inputs.push_back(*input);
            }
        }
        const auto punches = reader.punches_of(trainee.id);
        TraineeAttendance row;
        row.trainee = trainee;
        row.attendance = rules::attendance(inputs, 0, punches, policy, trainee.id);
        row.evidence = evidence_of(asked->training_class, punches);
        result.trainees.push_back(std::move(row));
    }
    return result;
}

} // namespace xueshi::registry::counting
