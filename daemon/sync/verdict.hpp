#pragma once

#include <vector>

#include "daemon/sync/source.hpp"
#include "daemon/wire/messages.hpp"
#include "firmware/core/identity/keys.hpp"

namespace xueshi::sync {

/// The registry has the event itself.
bool is_held(const wire::EventResult &result);

/// What an answer means for the queue.
struct Verdict {
    record::Sequence cursor = 0;             ///< the next batch begins behind this seq
    std::vector<wire::EventResult> rejected; ///< conflict or invalid: to be kept, told, and passed by
};
/// Error: corrupt when the answer does not fit the batch.
Expected<Verdict> judge(const wire::EventBatch &batch, const wire::BatchAnswer &answer);

/// A receipt counts when the pinned key signed it, for this device and chain, and the head it names is the chain's own;
/// where damage took that event of a former chain there is nothing to hold against it. Errors: denied (signature,
/// another device's or chain's), conflict (it names another event, or one that the present chain does not have: the
/// journal was rolled back or replaced), or the source's.
Expected<identity::Receipt> check_receipt(const identity::PublicKey &registry_key,
                                          const identity::SignedDocument &document, const JournalChain &chain,
                                          EventSource &source);

} // namespace xueshi::sync
