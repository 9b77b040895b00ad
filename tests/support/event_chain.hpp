#pragma once

#include <memory>
#include <string>
#include <vector>

#include "firmware/core/identity/chain.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::test {

/// A device that writes signed events into memory, as the journal would.
class EventChain {
public:
    explicit EventChain(identity::Suite suite = identity::Suite::p256_sha256)
        : signer_(identity::open_or_create_signer(directory_ / "signing.key", suite).value()) {}

    record::EventBody next_body(record::EventKind kind = record::EventKind::heartbeat, json::Object data = {}) const {
        record::EventBody body;
        body.seq = static_cast<record::Sequence>(events_.size()) + 1;
        body.id = Uuid::v7(kWallMs + body.seq);
        body.kind = to_string(kind);
        body.device = device();
        body.chain = chain_;
        body.suite = signer_->suite();
        body.source = {record::SourceKind::virtual_device, "test"};
        body.key_level = "file";
        body.at = {kWallMs + body.seq, "11111111-2222-4333-8444-555555555555", body.seq, ClockQuality::synchronised};
        body.data = std::move(data);
        return body;
    }
    /// Signs whatever text is given; nothing is checked.
    record::StoredEvent sign(const record::EventBody &body, std::string text) const {
        record::StoredEvent event;
        event.seq = body.seq;
        event.id = body.id;
        event.kind = body.kind;
        event.body = std::move(text);
        event.prev = events_.empty() ? Sha256{} : events_.back().hash;
        event.hash = identity::link_hash(event.prev, event.body);
        event.signature = signer_->sign(identity::signed_message(event.prev, event.body)).value();
        return event;
    }
    const record::StoredEvent &append(record::EventKind kind = record::EventKind::heartbeat, json::Object data = {}) {
        return append(next_body(kind, std::move(data)));
    }
    /// next_body(), changed by the test.
    const record::StoredEvent &append(const record::EventBody &body) {
        events_.push_back(sign(body, record::write_body(body).value()));
        return events_.back();
    }

    DeviceId device() const { return identity::device_id(key_); }
    const ChainId &chain() const { return chain_; }
    const identity::Signer &signer() const { return *signer_; }
    const identity::PublicKey &key() const { return key_; }
    const std::vector<record::StoredEvent> &events() const { return events_; }

private:
    static constexpr std::int64_t kWallMs = 1'788'200'000'000;

    TemporaryDirectory directory_;
    std::unique_ptr<identity::Signer> signer_;
    identity::PublicKey key_ = identity::PublicKey::from_pem(signer_->public_key_pem()).value();
    ChainId chain_{Uuid::v4().str()};
    std::vector<record::StoredEvent> events_;
};

} // namespace xueshi::test
