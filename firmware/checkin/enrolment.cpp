#include "firmware/checkin/enrolment.hpp"

#include <algorithm>
#include <set>

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
    if (parts_.matcher != nullptr) {
        const auto fingers = parts_.gallery.load("finger", parts_.matcher->name());
        if (!fingers) {
            return fail(fingers, "load fingers");
        }
        if (auto set = parts_.candidates.set_fingers(*fingers, *parts_.matcher); !set) {
            return fail(set, "load fingers");
        }
    }
    return {};
}

Expected<PersonId> Enrolment::find(const Subject &subject) const {
    if (!roster_) {
        return fail(ErrorCode::unavailable, "the terminal has no roster yet");
    }
    std::set<PersonId> found;
    for (const auto &training_class : roster_->classes) {
        if (!subject.training_class.empty() && training_class.id != subject.training_class) {
            continue;
        }
        for (const auto &trainee : training_class.trainees) {
            if (subject.person.empty() ? trainee.number == subject.number : trainee.id == subject.person) {
                found.insert(trainee.id);
            }
        }
    }
    if (found.empty()) {
        return fail(ErrorCode::not_found, fmt::format("no trainee {} on this terminal's roster",
                                                      subject.person.empty() ? subject.number : subject.person.str()));
    }
    if (found.size() > 1) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("number {} belongs to people of several classes: name the class too", subject.number));
    }
    return *found.begin();
}

Expected<void> Enrolment::journal(record::EventKind kind, record::Source source, json::Object data) {
    record::EventDraft draft;
    draft.at = parts_.clock.now();
    draft.id = Uuid::v7(draft.at.wall_ms);
    draft.kind = kind;
    draft.source = std::move(source);
    draft.data = std::move(data);
    auto seq = parts_.sink.append(draft);
    if (!seq) {
        seq = parts_.sink.append(draft); // it may be on disk already; the id tells
    }
    if (!seq) {
        return fail(seq, fmt::format("journal {}", record::to_string(kind)));
    }
    return {};
}

Expected<void> Enrolment::take_consent(const PersonId &person, const std::string &factor, const ConsentGiven &consent) {
    const record::Consent body{person, factor, consent.text_hash, consent.language, true};
    if (auto journaled = journal(record::EventKind::consent, {}, record::to_json(body)); !journaled) {
        return journaled;
    }
    return parts_.gallery.set_consent(person, factor, true);
}

Expected<PersonId> Enrolment::begin(const EnrolmentOrder &order, const std::string &factor) {
    auto person = find(order.subject);
    if (!person) {
        return person;
    }
    if (order.consent) {
        if (auto taken = take_consent(*person, factor, *order.consent); !taken) {
            return fail(taken, "record the consent");
        }
        return person;
    }
    const auto consented = parts_.gallery.has_consent(*person, factor);
    if (!consented) {
        return tl::unexpected(consented.error());
    }
    if (!*consented) {
        return fail(ErrorCode::denied, fmt::format("no consent on record for {}: nothing was captured", factor));
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
    const auto *other = roster_->trainee(match.person);
    return fail(ErrorCode::conflict, fmt::format("this {} is enrolled already under {}; nothing was kept", factor,
                                                 other == nullptr ? "another name" : "number " + other->number));
}

Expected<PersonId> Enrolment::erase(const Subject &subject, const std::string &reason,
                                    const std::string &operator_name) {
    // Somebody who left the roster may still withdraw: an id is enough then.
    auto person = find(subject);
    if (!person && subject.person.empty()) {
        return person;
    }
    const auto whom = person ? *person : subject.person;
    if (auto erased = parts_.gallery.erase(whom); !erased) {
        return fail(erased, "erase the templates");
    }
    for (const auto *factor : {"face", "finger"}) {
        if (auto withdrawn = parts_.gallery.set_consent(whom, factor, false); !withdrawn) {
            return fail(withdrawn, "withdraw the consent");
        }
        const record::Consent body{whom, factor, "", "", false};
        if (auto journaled = journal(record::EventKind::consent, {}, record::to_json(body)); !journaled) {
            return tl::unexpected(journaled.error());
        }
    }
    auto data = record::to_json(record::Erasure{whom, "all", reason});
    if (auto journaled = journal(record::EventKind::erasure, {}, std::move(data)); !journaled) {
        return tl::unexpected(journaled.error());
    }
    log::info("templates_erased", {{"person", whom}, {"operator", operator_name}});
    if (auto loaded = load_candidates(); !loaded) {
        return tl::unexpected(loaded.error());
    }
    return whom;
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
