#include "firmware/terminald/continuity.hpp"

#include <algorithm>
#include <optional>

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/identity/chain.hpp"
#include "firmware/core/journal/salvage/adopt.hpp"
#include "firmware/core/journal/salvage/beginning.hpp"

namespace xueshi::terminald {

namespace {

/// What the registry last acknowledged. Nothing while it has not, or when the file cannot be trusted: a missing word is
/// no word against the journal.
std::optional<identity::Receipt> acknowledged(const std::filesystem::path &sync) {
    auto receipt = acked::read_receipt(sync);
    if (!receipt && receipt.error().code != ErrorCode::not_found) {
        log::warning("acked_file_refused", {log::Field(receipt.error())});
    }
    return receipt ? std::optional(std::move(*receipt)) : std::nullopt;
}

/// An event that is damaged or missing among others is no rollback: opening the journal, or `xueshictl verify`, names
/// it. What tells of one is that the chain ends before, or that a whole event of another history is in the place.
bool is_there(journal::JournalReader &reader, const identity::Receipt &receipt) {
    if (receipt.through_seq == 0) {
        return true;
    }
    const auto events = reader.read(receipt.through_seq - 1, 1);
    if (!events) {
        return true;
    }
    if (events->empty()) {
        return false;
    }
    const record::StoredEvent &event = events->front();
    return event.hash == receipt.head_hash || identity::link_hash(event.prev, event.body) != event.hash;
}

bool goes_with(journal::JournalReader &reader, const identity::Receipt &receipt) {
    const auto head = reader.head();
    const auto former = reader.former_chains();
    if (!head || !former || receipt.device != reader.description().device) {
        return true;
    }
    if (receipt.chain == reader.description().chain) {
        return is_there(reader, receipt);
    }
    const bool was = std::ranges::any_of(
        *former, [&](const journal::FormerChain &chain) { return chain.description.chain == receipt.chain; });
    return was || head->seq == 0; // a new journal: its beginning says what it took the place of
}

Expected<void> take_over_salvage(const std::filesystem::path &state, const identity::PublicKey &key) {
    const auto adopted = journal::adopt_salvage(state, key);
    if (!adopted) {
        return tl::unexpected(adopted.error());
    }
    if (*adopted) {
        log::warning("salvage_adopted");
    }
    return {};
}

} // namespace

Expected<void> restore_continuity(const std::filesystem::path &state, const std::filesystem::path &sync,
                                  const identity::PublicKey &key) {
    if (auto taken = take_over_salvage(state, key); !taken) {
        return taken;
    }
    const auto receipt = acknowledged(sync);
    auto reader = journal::JournalReader::open(state / "journal.db");
    if (!receipt || !reader || goes_with(*reader, *receipt)) {
        return {};
    }
    log::error("journal_rolled_back", {{"chain", receipt->chain}, {"acknowledged", receipt->through_seq}});
    auto begun = journal::begin_new_chain(state, key);
    return begun ? begun : fail(begun, "the journal is behind what the registry holds");
}

Expected<Continuity> continuity_of(const std::filesystem::path &state, const std::filesystem::path &sync) {
    auto reader = journal::JournalReader::open(state / "journal.db");
    if (!reader) {
        return fail(reader, "journal");
    }
    auto beginning = journal::beginning_of_chain(state / "journal.db");
    const auto head = reader->head();
    if (!beginning || !head) {
        return tl::unexpected(!beginning ? beginning.error() : head.error());
    }
    Continuity continuity;
    continuity.boot.reason = record::kStarted;
    if (*beginning) {
        continuity.boot = std::move(**beginning);
        if (head->seq == 0) {
            continuity.alarm = continuity.boot.reason;
        }
        return continuity;
    }
    if (head->seq > 0) {
        continuity.boot.previous_head = hex(head->hash);
        return continuity;
    }
    const auto receipt = acknowledged(sync);
    if (receipt && receipt->device == reader->description().device && receipt->through_seq > 0) {
        continuity.boot.previous_chain = receipt->chain;
        continuity.boot.previous_seq = receipt->through_seq;
        continuity.boot.previous_head = hex(receipt->head_hash);
        continuity.boot.reason = continuity.alarm = record::kJournalLost;
    }
    return continuity;
}

} // namespace xueshi::terminald
