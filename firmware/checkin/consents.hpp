#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "firmware/checkin/subject.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/gallery/gallery.hpp"

namespace xueshi::checkin {

struct ConsentOrder {
    Subject subject;
    std::string purpose;   ///< one of kPurposes
    std::string text_hash; ///< of a text of consent_texts()
    bool under_14 = false; ///< then a guardian consents (个人信息保护法 art. 31)
    std::string guardian;  ///< "mother", "father", "other_guardian"; empty: the person
    std::string operator_name;
};

/// Consents as facts of their own, each before what it allows. Thread-bound.
class Consents {
public:
    /// All outlive the consents.
    Consents(record::EventSink &sink, const Clock &clock, gallery::Gallery &gallery)
        : sink_(sink), clock_(clock), gallery_(gallery) {}
    void set_roster(std::shared_ptr<const roster::Roster> roster) { roster_ = std::move(roster); }

    /// Journals, then allows. Error: denied for a child without a guardian; invalid_argument for an unknown text.
    Expected<PersonId> give(const ConsentOrder &order);
    /// Erases what rested on it, forbids, then journals; somebody who left the roster is named by id. The caller loads
    /// the candidates again.
    Expected<PersonId> withdraw(const Subject &subject, const std::string &purpose, const std::string &operator_name);
    /// All purposes and all templates.
    Expected<PersonId> withdraw_all(const Subject &subject, const std::string &reason,
                                    const std::string &operator_name);

    /// The time that the templates may be kept for is over: erases them and ends the consents to face and finger, both
    /// at once, then journals; the next training asks again. Again after a failure: it erases what is left and
    /// journals. The caller loads the candidates again, also on error.
    Expected<void> end_term(const PersonId &person);

    /// One finger's templates, of whatever reader; the consent stays. Again after a failure: it erases what is left and
    /// journals. Error: invalid_argument for what is no finger.
    Expected<PersonId> erase_finger(const Subject &subject, const std::string &finger, const std::string &reason);

    /// Prints of the person (`finger` empty: of all fingers) that a reader keeps and has not yet said to have erased.
    Expected<std::int64_t> left_in_reader(const PersonId &person, std::string_view finger = {}) const;

private:
    Expected<PersonId> find(const Subject &subject) const;
    Expected<void> forbid(const PersonId &person, std::string_view purpose, const std::string &operator_name);
    Expected<void> journal_end(const PersonId &person, std::string_view purpose, const std::string &operator_name,
                               std::string_view reason = {});
    Expected<void> finish_term(const PersonId &person);
    Expected<void> journal_erasure(const PersonId &person, std::string_view factor, const std::string &reason,
                                   std::string_view finger = {});

    record::EventSink &sink_;
    const Clock &clock_;
    gallery::Gallery &gallery_;
    std::shared_ptr<const roster::Roster> roster_;
};

} // namespace xueshi::checkin
