#include "firmware/checkin/consents.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "firmware/checkin/consent_texts.hpp"
#include "firmware/checkin/fingers.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::checkin {

namespace {

constexpr std::array<std::string_view, 3> kGuardians{"mother", "father", "other_guardian"};

Expected<const ConsentText *> check(const ConsentOrder &order) {
    if (!is_purpose(order.purpose)) {
        return fail(ErrorCode::invalid_argument, fmt::format("a purpose is one of {}", fmt::join(kPurposes, ", ")));
    }
    if (!order.guardian.empty() && std::ranges::find(kGuardians, order.guardian) == kGuardians.end()) {
        return fail(ErrorCode::invalid_argument, fmt::format("a guardian is one of {}", fmt::join(kGuardians, ", ")));
    }
    if (order.under_14 && order.guardian.empty()) {
        return fail(ErrorCode::denied,
                    "不满十四周岁须由监护人同意 under 14 a guardian must consent: nothing was recorded");
    }
    const auto *text = consent_text_of_hash(order.purpose, order.text_hash);
    if (text == nullptr) {
        return fail(ErrorCode::invalid_argument, "text_hash is of no text that this terminal shows for the purpose");
    }
    return text;
}

bool is_factor(std::string_view purpose) {
    return purpose == "face" || purpose == "finger";
}

} // namespace

Expected<PersonId> Consents::give(const ConsentOrder &order) {
    const auto text = check(order);
    if (!text) {
        return tl::unexpected(text.error());
    }
    auto person = find_person(roster_.get(), order.subject);
    if (!person) {
        return person;
    }
    if (auto finished = finish_term(*person); !finished) {
        return tl::unexpected(finished.error());
    }
    record::Consent body;
    body.person = *person;
    body.purpose = order.purpose;
    body.text_hash = order.text_hash;
    body.language = (*text)->language;
    body.retention = (*text)->retention;
    body.processor = roster_->institution.str();
    body.guardian = order.guardian;
    body.operator_name = order.operator_name;
    const auto seq = journal(sink_, clock_, record::EventKind::consent, {}, record::to_json(body));
    if (!seq) {
        return tl::unexpected(seq.error());
    }
    if (auto set = gallery_.set_consent(*person, order.purpose, true); !set) {
        return fail(set, "remember the consent");
    }
    return person;
}

/// Somebody who left the roster may still withdraw: an id is enough then.
Expected<PersonId> Consents::find(const Subject &subject) const {
    auto person = find_person(roster_.get(), subject);
    if (!person && !subject.person.empty()) {
        return subject.person;
    }
    return person;
}

Expected<void> Consents::forbid(const PersonId &person, std::string_view purpose, const std::string &operator_name) {
    if (auto set = gallery_.set_consent(person, std::string(purpose), false); !set) {
        return fail(set, "withdraw the consent");
    }
    return journal_end(person, purpose, operator_name);
}

Expected<void> Consents::journal_end(const PersonId &person, std::string_view purpose, const std::string &operator_name,
                                     std::string_view reason) {
    record::Consent body;
    body.person = person;
    body.purpose = purpose;
    body.given = false;
    body.operator_name = operator_name;
    body.reason = reason;
    const auto seq = journal(sink_, clock_, record::EventKind::consent, {}, record::to_json(body));
    return seq ? Expected<void>() : tl::unexpected(seq.error());
}

Expected<std::int64_t> Consents::left_in_reader(const PersonId &person, std::string_view finger) const {
    const auto debts = gallery_.owed("");
    if (!debts) {
        return tl::unexpected(debts.error());
    }
    return std::ranges::count_if(*debts, [&](const gallery::StoredTemplate &debt) {
        return debt.person == person && (finger.empty() || debt.finger == finger);
    });
}

Expected<void> Consents::journal_erasure(const PersonId &person, std::string_view factor, const std::string &reason,
                                         std::string_view finger) {
    const auto left = left_in_reader(person, finger);
    if (!left) {
        return fail(left, "look for prints in the reader");
    }
    const record::Erasure body{person, std::string(factor), reason, factor == "face" ? 0 : *left, std::string(finger)};
    const auto seq = journal(sink_, clock_, record::EventKind::erasure, {}, record::to_json(body));
    if (!seq) {
        return tl::unexpected(seq.error());
    }
    log::info("templates_erased", {{"person", person}, {"factor", factor}, {"left_in_reader", body.left_in_reader}});
    return {};
}

Expected<PersonId> Consents::withdraw(const Subject &subject, const std::string &purpose,
                                      const std::string &operator_name) {
    if (!is_purpose(purpose)) {
        return fail(ErrorCode::invalid_argument, fmt::format("a purpose is one of {}", fmt::join(kPurposes, ", ")));
    }
    auto person = find(subject);
    if (!person) {
        return person;
    }
    if (is_factor(purpose)) {
        if (auto erased = gallery_.erase(*person, purpose); !erased) {
            return fail(erased, "erase the templates");
        }
    }
    if (auto forbidden = forbid(*person, purpose, operator_name); !forbidden) {
        return tl::unexpected(forbidden.error());
    }
    if (is_factor(purpose)) {
        if (auto journaled = journal_erasure(*person, purpose, "consent withdrawn"); !journaled) {
            return tl::unexpected(journaled.error());
        }
    }
    return person;
}

Expected<PersonId> Consents::withdraw_all(const Subject &subject, const std::string &reason,
                                          const std::string &operator_name) {
    auto person = find(subject);
    if (!person) {
        return person;
    }
    if (auto erased = gallery_.erase(*person); !erased) {
        return fail(erased, "erase the templates");
    }
    for (const auto purpose : kPurposes) {
        const auto had = gallery_.has_consent(*person, std::string(purpose));
        if (!had) {
            return tl::unexpected(had.error());
        }
        if (*had || is_factor(purpose)) {
            if (auto forbidden = forbid(*person, purpose, operator_name); !forbidden) {
                return tl::unexpected(forbidden.error());
            }
        }
    }
    if (auto journaled = journal_erasure(*person, "all", reason); !journaled) {
        return tl::unexpected(journaled.error());
    }
    return person;
}

Expected<void> Consents::end_term(const PersonId &person) {
    constexpr std::string_view kReason = "retention_over";
    if (auto ended = gallery_.end_term(person); !ended) {
        return fail(ended, "erase templates whose time is over");
    }
    for (const std::string_view factor : {"face", "finger"}) {
        if (auto journaled = journal_end(person, factor, {}, kReason); !journaled) {
            return journaled;
        }
    }
    if (auto journaled = journal_erasure(person, "all", std::string(kReason)); !journaled) {
        return journaled;
    }
    return gallery_.forget_term(person);
}

/// An end that the journal has not heard of yet comes before the next beginning: after it, it would end that too.
Expected<void> Consents::finish_term(const PersonId &person) {
    const auto terms = gallery_.terms();
    if (!terms) {
        return tl::unexpected(terms.error());
    }
    const bool ended =
        std::ranges::any_of(*terms, [&](const gallery::Term &term) { return term.person == person && term.ended; });
    return ended ? end_term(person) : Expected<void>();
}

Expected<PersonId> Consents::erase_finger(const Subject &subject, const std::string &finger,
                                          const std::string &reason) {
    if (!is_finger(finger)) {
        return fail(ErrorCode::invalid_argument, fmt::format("a finger is one of {}", fmt::join(kFingers, ", ")));
    }
    auto person = find(subject);
    if (!person) {
        return person;
    }
    if (auto erased = gallery_.replace(*person, "finger", finger, {}); !erased) {
        return fail(erased, "erase the finger's templates");
    }
    if (auto journaled = journal_erasure(*person, "finger", reason, finger); !journaled) {
        return tl::unexpected(journaled.error());
    }
    return person;
}

} // namespace xueshi::checkin
