#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware/core/record/event.hpp"

namespace xueshi::gallery {

/// A moment in the journal: after event `seq` of `chain`.
struct Position {
    ChainId chain;
    record::Sequence seq = 0;
};

/// What the journal says about templates. It cannot be put back unseen (the registry's receipts are ahead of it), so it
/// decides whether a template that lies in gallery.db is still to be there or came back with an old copy of the file.
/// Feed it with every event of every chain, in order.
class Ledger {
public:
    void begin_chain(const ChainId &chain);
    void feed(const record::EventBody &body);

    /// A template kept at `position`: nothing was erased or enrolled anew since, apart from the one enrolment that the
    /// template itself was journaled with. None holds from before a rollback, which took away what nobody can tell.
    bool holds(const PersonId &person, const std::string &factor, const std::string &finger,
               const Position &position) const;
    /// The person's last word on this purpose is that the consent is withdrawn.
    bool is_withdrawn(const PersonId &person, const std::string &purpose) const;

private:
    using Moment = std::pair<std::size_t, record::Sequence>; ///< number of the chain, then seq
    struct Erased {
        Moment moment;
        std::string factor; ///< or "all"
        std::string finger; ///< empty: every one
        bool covers(std::string_view other_factor, std::string_view other_finger) const {
            return factor == "all" || (factor == other_factor && (finger.empty() || finger == other_finger));
        }
    };
    struct Person {
        std::vector<Erased> erasures;
        std::map<std::pair<std::string, std::string>, std::vector<Moment>> enrolments; ///< by factor and finger
        std::set<std::string> withdrawn;
    };
    Moment vouches_from_{}; ///< where a chain began because the one before was rolled back or lost
    std::map<ChainId, std::size_t> chains_;
    std::map<PersonId, Person> people_;
};

} // namespace xueshi::gallery
