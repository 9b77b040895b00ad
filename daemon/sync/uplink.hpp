#pragma once

#include <functional>
#include <optional>

#include "daemon/sync/batch_size.hpp"
#include "daemon/sync/failure.hpp"
#include "daemon/sync/source.hpp"
#include "daemon/sync/state.hpp"
#include "daemon/sync/terminal.hpp"
#include "daemon/sync/verdict.hpp"
#include "daemon/upstream/upstream.hpp"

namespace xueshi::sync {

/// Delivers the journal, batch by batch. Nothing it remembers is needed after a kill: the receipts are the truth, and
/// what was sent without one is sent again.
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
    /// One batch.
    boost::asio::awaitable<Outcome<Step>> step();

    /// Tells terminald of rejections that it was not told of yet; best effort.
    boost::asio::awaitable<void> report_rejections();

    /// Events that are not acknowledged, after the last step.
    std::int64_t queue() const { return queue_; }
    record::Sequence acked() const { return acked_; }

private:
    Expected<void> begin();
    Expected<wire::EventBatch> next_batch();
    boost::asio::awaitable<Outcome<Step>> deliver(wire::EventBatch batch);
    Expected<void> isolate(const wire::EventBatch &batch, const upstream::Refusal &refusal);
    Expected<bool> settle(const wire::EventBatch &batch, const wire::BatchAnswer &answer);
    Expected<void> take_receipt(const identity::SignedDocument &document);
    Expected<bool> quarantine(const record::StoredEvent &event, std::string outcome, std::string reason);

    upstream::Upstream &upstream_;
    EventSource &source_;
    State &state_;
    Terminal &terminal_;
    const identity::PublicKey &registry_key_;
    WallClock wall_ms_;
    BatchSize size_;
    journal::Description journal_;
    record::Sequence acked_ = 0, cursor_ = 0;
    std::int64_t queue_ = 0;
    record::Sequence withheld_ = 0; ///< this event's body is too large for somebody: sent without it
};

} // namespace xueshi::sync
