#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "daemon/sync/clip_ledger.hpp"
#include "daemon/sync/clip_reader.hpp"
#include "daemon/sync/failure.hpp"
#include "daemon/sync/source.hpp"
#include "daemon/sync/state.hpp"
#include "daemon/upstream/upstream.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::sync {

/// The upload under way, as this process knows it.
struct CurrentClip {
    WaitingClip clip;
    std::shared_ptr<const UniqueFd> file;
    std::int64_t sent = 0;     ///< up to here this process has sent bytes; before the first: what could have been
    std::int64_t noted = 0;    ///< of `acknowledged`, durable in the ledger
    bool asked = false;        ///< the registry's offset is known
    std::int64_t refusals = 0; ///< in a row, of the same piece
};

/// Delivers clips, oldest first, each after its event was acknowledged. May be killed at any moment: sync.db keeps
/// which upload a clip goes to and how far the registry has acknowledged it, and the registry is asked before anything
/// is sent again. What the registry answers is held against both: an offset above what was sent, or below what was
/// acknowledged, and an upload that is gone are begun again from the local copy (F17).
class ClipUplink {
public:
    using Milliseconds = std::function<std::int64_t()>;
    struct Options {
        std::filesystem::path media; ///< terminal/media, read only
        clips::ClipPolicy policy;
    };
    /// All outlive it.
    ClipUplink(upstream::Upstream &upstream, EventSource &source, State &state, Milliseconds wall_ms,
               Milliseconds boot_ms, Options options);

    enum class Step {
        idle,      ///< nothing that may leave waits
        moved,     ///< go on at once
        delivered, ///< so too: the registry holds more than before
    };
    /// At most one request: a piece of the journal read, an upload begun, asked for, or carried on by a piece.
    boost::asio::awaitable<Outcome<Step>> step();

    /// A piece of the journal, so that the counts are true while nothing is sent; true: there may be more.
    bool read_journal() { return reader_.read().value_or(false); }
    std::int64_t waiting() { return ledger_.waiting().value_or(0); }
    std::int64_t withheld() { return ledger_.withheld().value_or(0); }

private:
    using Moved = boost::asio::awaitable<Outcome<Step>>;

    Expected<NextClip> choose();
    Expected<void> open(const WaitingClip &clip);
    Expected<void> report(const WaitingClip &clip, std::string_view state, const std::string &reason);

    Moved create();
    Moved ask();
    Moved send();
    Outcome<Step> take(const upstream::Upstream::UploadPosition &position, std::int64_t expected_at_most);
    Outcome<Step> not_readable(const WaitingClip &clip, const Error &error);
    Outcome<Step> begin_again(std::string_view why);
    Outcome<Step> refused_for_good(const upstream::Refusal &refusal);
    Outcome<Step> refused_piece(const upstream::Refusal &refusal);
    Outcome<Step> done(const Expected<void> &result, Step step = Step::moved);

    upstream::Upstream &upstream_;
    EventSource &source_;
    State &state_;
    Milliseconds wall_ms_, boot_ms_;
    Options options_;
    ClipLedger ledger_;
    ClipReader reader_;
    std::optional<CurrentClip> current_;
    std::int64_t piece_bytes_ = wire::kMediaChunkBytes; ///< of a request; follows the link
    std::int64_t looked_for_deleted_ms_ = 0;
    bool looked_again_ = false; ///< at what was withheld, since the start
};

} // namespace xueshi::sync
