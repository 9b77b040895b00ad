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

/// All but the signature.
Expected<record::EventBody> check_content(const PublicKey &key, const DeviceId &device, const ChainId &chain,
                                          const record::StoredEvent &event) {
    if (link_hash(event.prev, event.body) != event.hash) {
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
    return body;
}

Expected<void> check_signature(const PublicKey &key, const record::StoredEvent &event) {
    const auto holds = key.verify(signed_message(event.prev, event.body), event.signature);
    return holds ? holds : fail(holds, fmt::format("event {}", event.seq));
}

/// Whose signature the table knows to be one over event.hash, which is yet to be compared with the content.
std::vector<bool> signed_by(const KeyTable *table, std::span<const record::StoredEvent> events) {
    if (table == nullptr) {
        return std::vector<bool>(events.size(), false);
    }
    std::vector<KeyTable::Signed> messages;
    messages.reserve(events.size());
    for (const record::StoredEvent &event : events) {
        messages.push_back({event.hash, event.signature}); // SHA-256(prev || body) is also what is signed
    }
    return table->holds(messages);
}

} // namespace

Expected<record::EventBody> check_event(const PublicKey &key, const DeviceId &device, const ChainId &chain,
                                        const record::StoredEvent &event) {
    return std::move(check_events(key, nullptr, device, chain, {&event, 1}).front());
}

std::vector<Expected<record::EventBody>> check_events(const PublicKey &key, const KeyTable *table,
                                                      const DeviceId &device, const ChainId &chain,
                                                      std::span<const record::StoredEvent> events) {
    const std::vector<bool> known = signed_by(table, events);
    std::vector<Expected<record::EventBody>> checked;
    checked.reserve(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        auto &body = checked.emplace_back(check_content(key, device, chain, events[i]));
        if (body && !known[i]) {
            if (auto holds = check_signature(key, events[i]); !holds) {
                body = tl::unexpected<Error>(std::move(holds.error()));
            }
        }
    }
    return checked;
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
