#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "firmware/checkin/candidates.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/fingerprint/reader.hpp"

namespace xueshi::checkin {

/// A finger that is enrolled, and not for the reader that is there.
struct ForeignFinger {
    PersonId person;
    std::string finger;
    std::string family; ///< the readers and the format that it was enrolled with
};

/// The reader as check-in and enrolment see it: which templates are for it, which prints count in a reader that matches
/// by itself, and which it is still to erase. Thread-bound to the loop.
class ReaderDesk {
public:
    /// All outlive the desk. `matcher`: nullptr where minutiae are not compared.
    struct Parts {
        record::EventSink &sink;
        const Clock &clock;
        gallery::Gallery &gallery;
        Candidates &candidates;
        const fingerprint::Matcher *matcher;
    };
    explicit ReaderDesk(const Parts &parts) : parts_(parts) {}

    /// The reader is there, or there again. It outlives its `down`.
    void up(fingerprint::Reader &reader, record::Source source);
    void down() { reader_ = nullptr; }

    bool present() const { return reader_ != nullptr; }
    /// There and matching by itself; nullptr otherwise.
    fingerprint::Reader *matching() const { return reader_ != nullptr && matches_itself_ ? reader_ : nullptr; }
    bool keeps_prints() const { return keeps_prints_; }
    const record::Source &source() const { return source_; }
    /// Of the reader that was there last; empty: none was.
    const std::string &family() const { return family_; }

    /// Reads the templates for the reader into the candidates, and has erased what it owes. Error: denied when one was
    /// edited (F28).
    Expected<void> load();
    /// The people whose prints count now: tells a matching reader when they, or their prints, have changed.
    void set_scope(const std::vector<PersonId> &scope);
    /// Orders the erasure of all prints that the reader owes and was not asked for yet. Again after a failure: call it
    /// now and then.
    void pay();
    /// A print that was just taken: owed, but not to be erased while it is decided about. Empty: none.
    void spare(std::string label) { spared_ = std::move(label); }
    /// Journals what the reader confirmed, then forgets the debt.
    void forgotten(const fingerprint::ReaderPrint &print, const Expected<void> &done);
    /// Another finger lies where a person's was: an alarm, once for each print.
    void exchanged(const std::string &label);

    /// Enrolled fingers that this reader cannot use, as of the last `up` or `load`. Nothing while no reader was there.
    const std::vector<ForeignFinger> &foreign() const { return foreign_; }

private:
    struct Debt {
        std::int64_t number = 0;
        PersonId person;
    };

    Expected<void> find_foreign();

    Parts parts_;
    fingerprint::Reader *reader_ = nullptr;
    record::Source source_;
    std::string family_;
    bool matches_itself_ = false, keeps_prints_ = false;
    std::optional<std::vector<PersonId>> scope_; ///< that the reader was told
    std::size_t told_ = 0;                       ///< generation of the candidates' prints that it was told
    std::map<std::string, Debt> asked_;          ///< debts by label, asked of the reader
    std::string spared_;
    std::set<std::string> exchanged_;
    std::vector<ForeignFinger> foreign_;
};

} // namespace xueshi::checkin
