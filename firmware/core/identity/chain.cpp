#include "firmware/core/identity/chain.hpp"

#include <fmt/format.h>

namespace xueshi::identity {

Sha256 link_hash(const Sha256 &prev, std::string_view body) {
    Sha256Stream stream;
    stream.update(prev);
    stream.update(as_bytes(body));
    return stream.finish();
}

Bytes signed_message(const Sha256 &prev, std::string_view body) {
    Bytes message;
    message.reserve(prev.size() + body.size());
    message.insert(message.end(), prev.begin(), prev.end());
    message.insert(message.end(), body.begin(), body.end());
    return message;
}

ChainVerifier::ChainVerifier(const PublicKey &key, DeviceId device, ChainId chain, record::Sequence head_seq,
                             const Sha256 &head_hash)
    : key_(key), device_(std::move(device)), chain_(std::move(chain)), head_seq_(head_seq), head_hash_(head_hash) {}

Expected<record::EventBody> ChainVerifier::feed(const record::StoredEvent &event) {
    const auto corrupt = [&](std::string_view what) {
        return fail(ErrorCode::corrupt, fmt::format("event {}: {}", event.seq, what));
    };
    if (event.seq != head_seq_ + 1) {
        return corrupt(fmt::format("{} expected", head_seq_ + 1));
    }
    if (event.prev != head_hash_) {
        return corrupt("prev is not the hash of the event before");
    }
    const Bytes message = signed_message(event.prev, event.body);
    if (sha256(message) != event.hash) {
        return corrupt("hash differs from its content");
    }
    auto body = record::read_body(event);
    if (!body) {
        return fail(ErrorCode::corrupt, fmt::format("event {}: {}", event.seq, body.error().message));
    }
    if (body->device != device_) {
        return corrupt("written by device " + body->device.str());
    }
    if (body->chain != chain_) {
        return corrupt("belongs to chain " + body->chain.str());
    }
    if (body->suite != key_.suite()) { // the key's kind decides; a body may not ask for another check
        return corrupt(fmt::format("names suite {}, its device's key is of suite {}", body->suite, key_.suite()));
    }
    if (const auto holds = key_.verify(message, event.signature); !holds) {
        return fail(holds, fmt::format("event {}", event.seq));
    }
    head_seq_ = event.seq;
    head_hash_ = event.hash;
    return body;
}

} // namespace xueshi::identity
