#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>

#include "daemon/sync/batch_size.hpp"
#include "daemon/sync/clip_ledger.hpp"
#include "daemon/sync/clip_reader.hpp"
#include "daemon/sync/failure.hpp"
#include "daemon/sync/source.hpp"
#include "daemon/sync/state.hpp"
#include "daemon/sync/terminal.hpp"
#include "daemon/upstream/upstream.hpp"
#include "firmware/core/identity/command.hpp"
#include "firmware/core/record/command_bodies.hpp"

namespace xueshi::sync {

/// Follows the registry's commands: terminald journals each, carries out what concerns the room, and leaves to sync
/// what concerns the way to the registry. The result is an event, delivered like any other. After a kill a command
/// comes again; terminald knows it, and what sync carries out is harmless twice.
class Commander {
public:
    struct Powers {
        clips::ClipPolicy clips;
        std::function<Expected<void>()> rotate_certificate;
        std::function<void(const record::SetPolicy &)> apply_policy; ///< it is kept already
    };
    /// All outlive it.
    Commander(upstream::Upstream &upstream, EventSource &source, State &state, Terminal &terminal,
              const identity::PublicKey &registry_key, Powers powers);

    /// At most one request, when nothing is left of the last one; and what it brought. True: there were commands.
    boost::asio::awaitable<Outcome<bool>> step(std::chrono::seconds wait);

private:
    using Done = boost::asio::awaitable<Outcome<bool>>;
    Expected<identity::Command> open(const identity::SignedDocument &document) const;
    Done follow(const identity::Command &command, const identity::SignedDocument &document);
    boost::asio::awaitable<Outcome<record::CommandResult>> carry_out(const identity::Command &command);
    /// A range that is being sent again: an attempt that failed goes on where the last one ended.
    struct Resending {
        Uuid command;
        record::Sequence after = 0;
        std::int64_t held = 0; ///< events that the registry has now, whether it had them before or not
    };
    boost::asio::awaitable<Outcome<record::CommandResult>> resend(const identity::Command &command);
    boost::asio::awaitable<Outcome<void>> resend_piece(const ChainId &chain, std::vector<record::StoredEvent> events);
    boost::asio::awaitable<void> read_clips();
    Expected<void> do_at_once(const identity::Command &command);

    upstream::Upstream &upstream_;
    EventSource &source_;
    State &state_;
    Terminal &terminal_;
    const identity::PublicKey &registry_key_;
    Powers powers_;
    ClipLedger clips_;
    ClipReader clip_reader_;
    std::deque<identity::SignedDocument> pending_; ///< came, and not followed yet
    std::optional<Resending> resending_;
    BatchSize resend_size_;
    std::optional<record::CommandResult> untold_; ///< carried out, and terminald does not know it yet
};

} // namespace xueshi::sync
