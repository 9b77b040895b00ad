#include "firmware/checkin/enrolment.hpp"

#include <fmt/format.h>

#include "firmware/checkin/enrolment_session.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::checkin {

Enrolment::Enrolment(Parts parts) : parts_(std::move(parts)), wakeup_(parts_.executor) {}

Expected<void> Enrolment::load_candidates() {
    if (parts_.faces != nullptr) {
        const auto faces = parts_.gallery.load("face", parts_.face_model);
        if (!faces) {
            return fail(faces, "load faces");
        }
        if (auto set = parts_.candidates.set_faces(*faces, parts_.face_dimension); !set) {
            return fail(set, "load faces");
        }
    }
    return parts_.reader_desk == nullptr ? Expected<void>() : parts_.reader_desk->load();
}

std::set<PersonId> Enrolment::outdated() const {
    std::set<PersonId> people;
    const auto add = [&](const char *factor, const std::string &model) {
        const auto found = parts_.gallery.outdated(factor, model);
        if (found) { // an error is the alarm that loading raised
            people.insert(found->begin(), found->end());
        }
    };
    if (parts_.faces != nullptr) {
        add("face", parts_.face_model);
    }
    if (parts_.reader_desk != nullptr && !parts_.reader_desk->family().empty()) {
        add("finger", parts_.reader_desk->family());
    }
    return people;
}

Expected<void> Enrolment::journal(record::EventKind kind, record::Source source, json::Object data) {
    const auto seq = checkin::journal(parts_.sink, parts_.clock, kind, std::move(source), std::move(data));
    return seq ? Expected<void>() : tl::unexpected(seq.error());
}

Error Enrolment::refusal(EnrolmentRefusal why, const EnrolmentOrder &order, const PersonId &person,
                         const std::string &detail, const Watcher *watcher) {
    json::Object data{{"action", "enrolment_refused"},
                      {"reason", to_string(why)},
                      {"person", person.str()},
                      {"operator", order.operator_name}};
    if (auto journaled = journal(record::EventKind::operator_action, {}, std::move(data)); !journaled) {
        return journaled.error();
    }
    if (watcher != nullptr) {
        watcher->progress(progress_of(why));
    }
    return error_of(why, detail);
}

Expected<void> Enrolment::check_consent(const PersonId &person, const std::string &factor, const EnrolmentOrder &order,
                                        const Watcher *watcher) {
    const auto consented = parts_.gallery.has_consent(person, factor);
    if (!consented) {
        return tl::unexpected(consented.error());
    }
    if (!*consented) {
        return tl::unexpected(refusal(EnrolmentRefusal::no_consent, order, person, factor, watcher));
    }
    return {};
}

Expected<PersonId> Enrolment::begin(const EnrolmentOrder &order, const std::string &factor) {
    auto person = find_person(roster_.get(), order.subject);
    if (!person) {
        return person;
    }
    if (auto consented = check_consent(*person, factor, order); !consented) {
        return tl::unexpected(consented.error());
    }
    return person;
}

Expected<void> Enrolment::refuse_duplicate(const Match &match, float threshold, const PersonId &person,
                                           const std::string &factor, const EnrolmentOrder &order) {
    if (match.person.empty() || match.score < threshold) {
        return {};
    }
    json::Object data{{"action", order.allow_similar ? "similar_allowed" : "duplicate_refused"},
                      {"factor", factor},
                      {"person", person.str()},
                      {"other", match.person.str()},
                      {"score_millionths", static_cast<std::int64_t>(match.score * 1e6F)},
                      {"operator", order.operator_name}};
    if (auto journaled = journal(record::EventKind::operator_action, {}, std::move(data)); !journaled) {
        return journaled;
    }
    if (order.allow_similar) {
        return {};
    }
    const auto why = factor == "face" ? EnrolmentRefusal::duplicate_face : EnrolmentRefusal::duplicate_finger;
    const auto *other = roster_ ? roster_->trainee(match.person) : nullptr;
    return tl::unexpected(error_of(why, other == nullptr ? "" : "number " + other->number));
}

void Enrolment::offer(FaceReport report) {
    reports_.push_back(std::move(report));
    wakeup_.notify();
}

void Enrolment::offer(fingerprint::Impression impression) {
    impressions_.push_back(std::move(impression));
    wakeup_.notify();
}

void Enrolment::offer(fingerprint::Retry retry) {
    retries_.push_back(retry);
    wakeup_.notify();
}

} // namespace xueshi::checkin
