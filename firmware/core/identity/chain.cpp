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

namespace {

tl::unexpected<Error> corrupt(const record::StoredEvent &event, std::string_view what) {
    return fail(ErrorCode::corrupt, fmt::format("event {}: {}", event.seq, what));
}

} // namespace

Expected<record::EventBody> check_event(const PublicKey &key, const DeviceId &device, const ChainId &chain,
                                        const record::StoredEvent &event) {
    const Bytes message = signed_message(event.prev, event.body);
    if (sha256(message) != event.hash) {
        return corrupt(event, "hash differs from its content");
    }
    auto body = record::read_body(event);
    if (!body) {
        return corrupt(event, body.error().message);
    }
    if (body->device != device) {
        return corrupt(event, "written by device " + body->device.str());
    }
    if (body->chain != chain) {
        return corrupt(event, "belongs to chain " + body->chain.str());
    }
    if (body->suite != key.suite()) { // the key's kind decides; a body may not ask for another check
        return corrupt(event, fmt::format("names suite {}, its device's key is of suite {}", body->suite, key.suite()));
    }
    if (const auto holds = key.verify(message, event.signature); !holds) {
        return fail(holds, fmt::format("event {}", event.seq));
    }
    return body;
}

Expected<void> check_link(const record::StoredEvent &event, record::Sequence head_seq, const Sha256 &head_hash) {
    if (event.seq != head_seq + 1) {
        return corrupt(event, fmt::format("{} expected", head_seq + 1));
    }
    if (event.prev != head_hash) {
        return corrupt(event, "prev is not the hash of the event before");
    }
    return {};
}

ChainVerifier::ChainVerifier(const PublicKey &key, DeviceId device, ChainId chain, record::Sequence head_seq,
                             const Sha256 &head_hash)
    : key_(key), device_(std::move(device)), chain_(std::move(chain)), head_seq_(head_seq), head_hash_(head_hash) {}

Expected<record::EventBody> ChainVerifier::feed(const record::StoredEvent &event) {
    if (const auto linked = check_link(event, head_seq_, head_hash_); !linked) {
        return tl::unexpected<Error>(linked.error());
    }
    auto body = check_event(key_, device_, chain_, event);
    if (body) {
        head_seq_ = event.seq;
        head_hash_ = event.hash;
    }
    return body;
}

} // namespace xueshi::identity
