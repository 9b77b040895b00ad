#pragma once

#include "daemon/registry/ingest/batch.hpp"
#include "daemon/registry/store/devices.hpp"
#include "daemon/rules/counting.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/http/server.hpp"
#include "firmware/core/identity/keys.hpp"

namespace xueshi::registry::ingest {

/// POST /v1/events: the answer and its signed receipt are given only after the commit is durable.
class Ingest {
public:
    Ingest(store::Store &store, const identity::Signer &signer, const Clock &clock, rules::CountingPolicy policy);
    /// `device` is the one whose certificate TLS has verified.
    boost::asio::awaitable<http::Response> post(store::Device device, http::Request request);

    /// The same for a batch that came another way, inside the caller's transaction: what is returned must not be told
    /// before that is durable.
    Expected<wire::BatchAnswer> take(store::Session &session, const store::Device &device,
                                     const wire::EventBatch &batch) const;

private:
    Expected<wire::BatchAnswer> answer_of(BatchOutcome outcome, std::int64_t now_ms) const;

    store::Store &store_;
    const identity::Signer &signer_;
    const Clock &clock_;
    identity::PublicKey key_; ///< of the signer: whose nonces count
    rules::CountingPolicy policy_;
};

} // namespace xueshi::registry::ingest
