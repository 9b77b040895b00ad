#pragma once

#include <functional>
#include <map>

#include "daemon/sync/batch_size.hpp"
#include "daemon/sync/failure.hpp"
#include "daemon/sync/source.hpp"
#include "daemon/sync/state.hpp"
#include "daemon/sync/terminal.hpp"
#include "daemon/sync/verdict.hpp"
#include "daemon/upstream/upstream.hpp"

namespace xueshi::sync {

/// Delivers the journal, batch by batch: what is left of former chains first, the oldest first, then the present one.
/// A former chain whose next event follows on lost ones waits until the registry has the later chain's beginning, which
/// declares them; whatever is wrong with it never holds up the others. Nothing that is remembered here is needed after
/// a kill: the receipts are the truth, and what was sent without one is sent again.
class Uplink {
public:
    using WallClock = std::function<std::int64_t()>;
    /// All outlive the uplink. `registry_key` is the one pinned at the claim.
    Uplink(upstream::Upstream &upstream, EventSource &source, State &state, Terminal &terminal,
           const identity::PublicKey &registry_key, WallClock wall_ms);

    enum class Step {
        idle,      ///< all is delivered
        delivered, ///< go on at once
    };
    /// One batch that the registry takes something of.
    boost::asio::awaitable<Outcome<Step>> step();

    /// Tells terminald of rejections that it was not told of yet; best effort.
    boost::asio::awaitable<void> report_rejections();

    /// From now on no batch is heavier on the wire than about `bytes`, or than one event is; 0: than the protocol's
    /// limit.
    void limit_batches(std::int64_t bytes) { most_bytes_ = bytes; }

    /// Events that were not acknowledged when the last step began; of former chains with those lost between them.
    std::int64_t queue() const { return queue_; }
    /// When the oldest of them that was looked at was made, by its id; 0: all is acknowledged.
    std::int64_t oldest_unsent_ms() const { return queue_ > 0 ? oldest_ms_ : 0; }
    /// Former chains that the registry takes no more of for now.
    std::int64_t former_waiting() const;
    /// Of the present chain.
    record::Sequence acked() const { return acked_; }

private:
    /// How far this process has come with a chain.
    struct Place {
        record::Sequence cursor = 0;
        record::Sequence end = 0;      ///< the journal's last event of it
        record::Sequence withheld = 0; ///< this event's body is too large for somebody: sent without it
        record::Sequence linked = 0;   ///< the withheld one, its link taken: once more it goes itself, alone
        record::Sequence blamed = 0;   ///< this event was refused alone, in words that may be somebody else's
        int refusals = 0;              ///< of it, in a row
        bool waits = false;            ///< a former chain that the registry takes no more of for now
    };

    Expected<void> begin();
    Expected<void> choose(const std::vector<JournalChain> &chains);
    Expected<wire::EventBatch> next_batch();
    boost::asio::awaitable<Outcome<Step>> go_on();
    boost::asio::awaitable<Outcome<Step>> deliver(wire::EventBatch batch);
    Outcome<Step> conclude(const wire::EventBatch &batch, const wire::BatchAnswer &answer);
    bool believes(record::Sequence seq, unsigned status);
    Expected<void> offer_again(record::Sequence withheld, bool taken);
    Expected<void> withhold(const record::StoredEvent &event, const upstream::Refusal &refusal);
    Expected<bool> settle(const wire::EventBatch &batch, const wire::BatchAnswer &answer);
    Expected<void> take_receipt(const identity::SignedDocument &document, bool all_taken);
    Expected<bool> quarantine(const record::StoredEvent &event, std::string outcome, std::string reason);
    void let_wait(std::string_view why);
    void offer_former_again();

    upstream::Upstream &upstream_;
    EventSource &source_;
    State &state_;
    Terminal &terminal_;
    const identity::PublicKey &registry_key_;
    WallClock wall_ms_;
    BatchSize size_;
    std::int64_t most_bytes_ = 0;
    std::map<ChainId, Place> places_;
    JournalChain chain_;         ///< that this step delivers
    Place *place_ = nullptr;     ///< of it
    record::Sequence held_ = 0;  ///< acknowledged of it
    record::Sequence acked_ = 0; ///< of the present one
    std::int64_t queue_ = 0;
    std::int64_t oldest_ms_ = 0; ///< of the newest batch's first event
};

} // namespace xueshi::sync
