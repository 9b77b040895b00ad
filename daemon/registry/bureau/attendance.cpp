#include "daemon/registry/bureau/attendance.hpp"

#include <algorithm>
#include <memory>

#include "daemon/registry/bureau/chain_clock.hpp"
#include "daemon/registry/store/chains.hpp"
#include "daemon/registry/store/classes.hpp"
#include "daemon/registry/store/devices.hpp"
#include "daemon/registry/store/events.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::registry::bureau {

using record::EventKind;
using rules::ChainState;
using rules::ClassInput;
using rules::TimedPunch;

namespace {

constexpr std::string_view kUnrelated = "unrelated", kSalvaged = "salvaged";

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
        const bool by_device = device == devices_.end() || device->second.state == store::DeviceState::quarantined;
        const auto &chains = chains_of(event.device);
        return by_device || std::any_of(chains.begin(), chains.end(), [&](const store::Chain &chain) {
                   return chain.id == event.chain && chain.flags == kUnrelated;
               });
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
                if (chain.flags == kSalvaged) {
                    break; // the newest first: what this one took over is at its end
                }
            }
        }
        return rooms_.emplace(room, std::move(states)).first->second;
    }

    ChainState state_of(const store::Device &device, const store::Chain &chain) {
        ChainState state;
        state.since_ms = device.claimed_ms; // it had no roster before, and so nothing to say
        state.quarantined = device.state == store::DeviceState::quarantined || chain.flags == kUnrelated;
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
            if (closed) {
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

} // namespace xueshi::registry::bureau
