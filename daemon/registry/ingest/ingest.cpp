#include "daemon/registry/ingest/ingest.hpp"

#include <algorithm>

#include "firmware/core/base/log.hpp"

namespace xueshi::registry::ingest {

namespace {

identity::Receipt receipt_of(const store::Chain &chain, std::int64_t now_ms) {
    identity::Receipt receipt;
    receipt.device = chain.device;
    receipt.chain = chain.id;
    receipt.through_seq = chain.head_seq;
    receipt.head_hash = chain.head_hash;
    receipt.count = chain.count;
    receipt.wall_ms = now_ms;
    return receipt;
}

auto count(const BatchOutcome &outcome, wire::EventOutcome what) {
    return std::count_if(outcome.results.begin(), outcome.results.end(),
                         [what](const wire::EventResult &result) { return result.outcome == what; });
}

void log_batch(const BatchOutcome &outcome) {
    const auto stored = count(outcome, wire::EventOutcome::stored);
    const auto conflicts = count(outcome, wire::EventOutcome::conflict);
    const auto invalid = count(outcome, wire::EventOutcome::invalid);
    const auto write = conflicts + invalid > 0 ? log::warning : log::info;
    write("events_taken", {{"device", outcome.chain.device},
                           {"through", outcome.chain.head_seq},
                           {"stored", stored},
                           {"conflicts", conflicts},
                           {"invalid", invalid}});
}

} // namespace

Ingest::Ingest(store::Store &store, const identity::Signer &signer, const Clock &clock, rules::CountingPolicy policy)
    : store_(store), signer_(signer), clock_(clock),
      key_(identity::PublicKey::from_pem(signer.public_key_pem()).value()), // a signer's own: it reads
      policy_(policy) {}

boost::asio::awaitable<http::Response> Ingest::post(store::Device device, http::Request request) {
    const auto batch = wire::read_event_batch(request.body);
    if (!batch) {
        co_return http::problem(batch.error());
    }
    const std::int64_t now_ms = clock_.now().wall_ms;
    std::function<Expected<BatchOutcome>(store::Session &)> work = [this, &device, &batch,
                                                                    now_ms](store::Session &session) {
        return take_batch(session, device, *batch, policy_, now_ms, &key_);
    };
    auto outcome = co_await store_.run<BatchOutcome>(std::move(work));
    if (!outcome) {
        co_return http::problem(outcome.error());
    }
    const auto answer = answer_of(std::move(*outcome), now_ms);
    if (!answer) {
        co_return http::problem(answer.error());
    }
    http::Response response;
    response.body = wire::write(*answer);
    co_return response;
}

Expected<wire::BatchAnswer> Ingest::take(store::Session &session, const store::Device &device,
                                         const wire::EventBatch &batch) const {
    const std::int64_t now_ms = clock_.now().wall_ms;
    auto outcome = take_batch(session, device, batch, policy_, now_ms, &key_, Sender::anybody);
    return outcome ? answer_of(std::move(*outcome), now_ms) : tl::unexpected(outcome.error());
}

Expected<wire::BatchAnswer> Ingest::answer_of(BatchOutcome outcome, std::int64_t now_ms) const {
    log_batch(outcome);
    wire::BatchAnswer answer;
    answer.accepted_through = outcome.chain.head_seq;
    if (outcome.chain.head_seq > 0) {
        const auto receipt = identity::sign_receipt(signer_, receipt_of(outcome.chain, now_ms));
        if (!receipt) {
            return fail(ErrorCode::io, "sign a receipt: " + receipt.error().message);
        }
        answer.receipt = *receipt;
    }
    answer.results = std::move(outcome.results);
    return answer;
}

} // namespace xueshi::registry::ingest
