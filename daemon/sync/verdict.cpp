#include "daemon/sync/verdict.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace xueshi::sync {
namespace {

bool fits(const wire::EventBatch &batch, const wire::BatchAnswer &answer) {
    return std::equal(batch.events.begin(), batch.events.end(), answer.results.begin(), answer.results.end(),
                      [](const auto &event, const auto &result) { return event.seq == result.seq; });
}

} // namespace

bool is_held(const wire::EventResult &result) {
    return result.outcome == wire::EventOutcome::stored || result.outcome == wire::EventOutcome::duplicate;
}

Expected<Verdict> judge(const wire::EventBatch &batch, const wire::BatchAnswer &answer) {
    if (!fits(batch, answer)) {
        return fail(ErrorCode::corrupt, "the registry's answer does not fit the batch it was sent");
    }
    const record::Sequence before = batch.events.front().seq - 1;
    Verdict verdict;
    verdict.cursor = before;
    bool stored = false;
    for (const auto &result : answer.results) {
        if (result.outcome == wire::EventOutcome::not_tried) {
            break;
        }
        verdict.cursor = result.seq;
        if (result.outcome == wire::EventOutcome::conflict || result.outcome == wire::EventOutcome::invalid) {
            verdict.rejected.push_back(result);
        } else {
            stored = true;
        }
    }
    if (stored && !answer.receipt) {
        return fail(ErrorCode::corrupt, "the registry stored events and gave no receipt");
    }
    if (verdict.cursor == before) { // a gap: begin where the registry ends
        verdict.cursor = std::min(before, answer.accepted_through);
    }
    return verdict;
}

Expected<identity::Receipt> check_receipt(const identity::PublicKey &registry_key,
                                          const identity::SignedDocument &document, const JournalChain &chain,
                                          EventSource &source) {
    auto receipt = identity::open_receipt(registry_key, document);
    if (!receipt) {
        return fail(ErrorCode::denied, "the receipt does not hold: " + receipt.error().message);
    }
    if (receipt->device != chain.about.device || receipt->chain != chain.about.chain) {
        return fail(ErrorCode::denied, "the receipt is for another device or another chain");
    }
    if (receipt->through_seq == 0) {
        return receipt;
    }
    const auto events = source.read(receipt->chain, receipt->through_seq - 1, 1, 1);
    if (!events) {
        return tl::unexpected(events.error());
    }
    const bool there = !events->empty() && events->front().seq == receipt->through_seq;
    if (!there && chain.former) {
        return receipt;
    }
    if (!there) {
        return fail(ErrorCode::conflict,
                    fmt::format("the registry holds event {}, which the journal does not have", receipt->through_seq));
    }
    if (events->front().hash != receipt->head_hash) {
        return fail(ErrorCode::conflict,
                    fmt::format("the registry holds another event {} than the journal", receipt->through_seq));
    }
    return receipt;
}

} // namespace xueshi::sync
