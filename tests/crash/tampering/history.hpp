#pragma once

#include <random>

#include "firmware/core/identity/signed_document.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::tamper {

using Random = std::mt19937_64;
/// In [low, high].
std::int64_t pick(Random &random, std::int64_t low, std::int64_t high);

/// A journal with a past that a terminal may have, in either suite: restarts, retries of an id, deaths without a
/// checkpoint, a salvage.
class History {
public:
    /// Throws when the product refuses a step of an honest past.
    explicit History(Random &random);

    std::filesystem::path journal() const { return directory_ / "journal.db"; }
    const identity::Signer &signer() const { return *signer_; }
    identity::Suite suite() const { return static_cast<identity::Suite>(signer_->suite()); }
    identity::PublicKey key() const { return identity::PublicKey::from_pem(signer_->public_key_pem()).value(); }
    /// What a registry acknowledged: through `seq` of the present chain.
    identity::Receipt receipt(record::Sequence seq) const;
    const std::vector<record::StoredEvent> &events() const { return events_; }
    const journal::Description &description() const { return description_; }
    bool salvaged() const { return salvaged_; }
    /// One more event, as its owner would sign it, of this chain or another.
    record::StoredEvent signed_event(const identity::Signer &signer, const ChainId &chain, record::Sequence seq,
                                     const Sha256 &prev) const;
    /// Everything lies in the database, nothing in the log: for manipulations by SQL and by page.
    void settle();
    /// The events lie in the log only.
    bool in_log() const { return in_log_; }

private:
    void open();
    void append(Random &random);
    void live(Random &random, std::int64_t steps);
    void die(Random &random);
    void salvage(Random &random);

    test::TemporaryDirectory directory_;
    test::FakeClock clock_;
    std::unique_ptr<identity::Signer> signer_;
    std::unique_ptr<journal::JournalWriter> writer_;
    std::vector<record::StoredEvent> events_;
    journal::Description description_;
    std::optional<record::EventDraft> last_;
    bool salvaged_ = false, in_log_ = false;
};

} // namespace xueshi::tamper
