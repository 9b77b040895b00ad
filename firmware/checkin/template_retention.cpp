#include "firmware/checkin/template_retention.hpp"

#include <algorithm>

namespace xueshi::checkin {

void TemplateRetention::set_roster(const roster::Roster &roster) {
    last_lesson_ms_.clear();
    for (const auto &training_class : roster.classes) {
        std::int64_t end_ms = 0;
        for (const auto &lesson : training_class.lessons) {
            end_ms = std::max(end_ms, lesson.end_ms());
        }
        for (const auto &trainee : training_class.trainees) {
            auto &last = last_lesson_ms_[trainee.id];
            last = std::max(last, end_ms);
        }
    }
    learn(roster.as_of_ms);
}

void TemplateRetention::learn(std::int64_t signed_ms) {
    signed_ms_ = std::max(signed_ms_, signed_ms);
}

/// The date moves on and never back: a class that has left the roster counts for as long as it did.
Expected<void> TemplateRetention::bring_up_to_date(std::vector<gallery::Term> &terms) {
    std::map<PersonId, std::int64_t> moved;
    for (auto &term : terms) {
        if (term.ended) {
            continue;
        }
        if (!term.has_templates) { // withdrawn since
            if (auto forgotten = gallery_.forget_term(term.person); !forgotten) {
                return forgotten;
            }
            continue;
        }
        const auto lesson = last_lesson_ms_.find(term.person);
        const auto first = lesson == last_lesson_ms_.end() ? signed_ms_ : lesson->second;
        auto since = term.since_ms.value_or(first);
        if (lesson != last_lesson_ms_.end()) {
            since = std::max(since, lesson->second);
        }
        if (term.since_ms != since) {
            moved[term.person] = since;
            term.since_ms = since;
        }
    }
    return moved.empty() ? Expected<void>() : gallery_.set_terms(moved);
}

Expected<std::size_t> TemplateRetention::run() {
    if (signed_ms_ == 0) {
        return 0;
    }
    auto terms = gallery_.terms();
    if (!terms) {
        return fail(terms, "how long templates are kept");
    }
    if (const auto done = bring_up_to_date(*terms); !done) {
        return fail(done, "remember how long templates are kept");
    }
    std::size_t ended = 0;
    for (const auto &term : *terms) {
        const bool over = term.has_templates && *term.since_ms + keep_ms_ <= signed_ms_;
        if (!term.ended && !over) {
            continue;
        }
        if (const auto done = consents_.end_term(term.person); !done) {
            return tl::unexpected(done.error());
        }
        if (++ended == kMostAtOnce) {
            break;
        }
    }
    return ended;
}

} // namespace xueshi::checkin
