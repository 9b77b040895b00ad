#include "firmware/gallery/ledger.hpp"

#include <algorithm>

#include "firmware/core/base/json_members.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::gallery {

using json::text_of;

void Ledger::begin_chain(const ChainId &chain) {
    chains_.emplace(chain, chains_.size() + 1);
}

void Ledger::feed(const record::EventBody &body) {
    const auto kind = record::parse_event_kind(body.kind);
    const PersonId id(text_of(body.data, "person"));
    const auto chain = chains_.find(body.chain);
    if (!kind || chain == chains_.end()) {
        return;
    }
    const Moment moment{chain->second, body.seq};
    if (*kind == record::EventKind::boot) {
        const auto reason = text_of(body.data, "reason");
        vouches_from_ = reason == record::kRolledBack || reason == record::kJournalLost ? moment : vouches_from_;
    }
    if (id.empty()) {
        return;
    }
    if (*kind == record::EventKind::erasure) {
        people_[id].erasures.push_back({moment, text_of(body.data, "factor"), text_of(body.data, "finger")});
    } else if (*kind == record::EventKind::enrolment) {
        people_[id].enrolments[{text_of(body.data, "factor"), text_of(body.data, "finger")}].push_back(moment);
    } else if (*kind == record::EventKind::consent) {
        const std::string purpose = text_of(body.data, "purpose");
        const json::Value *given = body.data.if_contains("given");
        if (given != nullptr && *given == false) {
            people_[id].withdrawn.insert(purpose);
            people_[id].erasures.push_back({moment, purpose, {}}); // a factor's purpose has the factor's name
        } else {
            people_[id].withdrawn.erase(purpose);
        }
    }
}

bool Ledger::holds(const PersonId &person, const std::string &factor, const std::string &finger,
                   const Position &position) const {
    const auto chain = chains_.find(position.chain);
    if (chain == chains_.end() && !position.chain.empty()) {
        return false; // kept beside a journal that is not this one
    }
    static const Person kUnknown;
    const auto known = people_.find(person);
    const Person &history = known == people_.end() ? kUnknown : known->second;
    const auto enrolled = history.enrolments.find({factor, finger});
    std::vector<Moment> since;
    if (enrolled != history.enrolments.end()) {
        since = enrolled->second;
    }
    const bool noted = chain != chains_.end();
    // Of a version that did not note it: taken for the newest enrolment's.
    const Moment kept = noted ? Moment{chain->second, position.seq} : since.empty() ? Moment{} : since.back();
    if (kept < vouches_from_) {
        return false;
    }
    std::erase_if(since, [&](const Moment &moment) { return moment <= kept; });
    const bool erased = std::ranges::any_of(history.erasures, [&](const Erased &erasure) {
        return erasure.moment > kept && erasure.covers(factor, finger);
    });
    return !erased && since.size() <= 1;
}

bool Ledger::is_withdrawn(const PersonId &person, const std::string &purpose) const {
    const auto known = people_.find(person);
    return known != people_.end() && known->second.withdrawn.contains(purpose);
}

} // namespace xueshi::gallery
