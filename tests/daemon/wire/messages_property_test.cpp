#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "daemon/wire/messages.hpp"

using namespace xueshi;

namespace {

wire::EventBatch any_batch() {
    wire::EventBatch batch;
    batch.chain = ChainId(Uuid::v4().str());
    record::Sequence seq = 0;
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
        record::StoredEvent event;
        seq += *rc::gen::inRange(1, 1'000);
        event.seq = seq;
        event.id = Uuid::v4();
        event.kind = *rc::gen::container<std::string>(rc::gen::inRange('a', 'z'));
        event.kind.resize(std::min<std::size_t>(event.kind.size(), 64));
        event.body = *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127));
        event.hash = sha256(as_bytes(event.body));
        event.signature = *rc::gen::nonEmpty<Bytes>();
        event.signature.resize(std::min<std::size_t>(event.signature.size(), 256));
        batch.events.push_back(event);
    }
    return batch;
}

} // namespace

TEST_CASE("wire: any batch that is written is read back the same") {
    CHECK(rc::check("write then read", [] {
        const auto batch = any_batch();
        const auto read = wire::read_event_batch(wire::write(batch));
        RC_ASSERT(read.has_value());
        RC_ASSERT(read->chain == batch.chain);
        RC_ASSERT(wire::write(*read) == wire::write(batch));
        for (std::size_t i = 0; i < batch.events.size(); ++i) {
            RC_ASSERT(read->events[i].body == batch.events[i].body);
        }
    }));
}

TEST_CASE("wire: bytes changed, dropped or doubled on the way end in a value or an error, never in a crash") {
    CHECK(rc::check("mutations", [] {
        std::string text = wire::write(any_batch());
        for (int i = *rc::gen::inRange(1, 5); i > 0 && !text.empty(); --i) {
            const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
            switch (*rc::gen::inRange(0, 3)) {
            case 0:
                text[at] = *rc::gen::arbitrary<char>();
                break;
            case 1:
                text.erase(at, *rc::gen::inRange<std::size_t>(1, 20));
                break;
            default:
                text.insert(at, text.substr(at, *rc::gen::inRange<std::size_t>(1, 20)));
            }
        }
        const auto read = wire::read_event_batch(text);
        if (!read) {
            RC_ASSERT(!read.error().message.empty());
        }
        RC_ASSERT(!wire::read_batch_answer(text).has_value());
        RC_ASSERT(!wire::read_claim_request(text).has_value());
        RC_ASSERT(!wire::read_claim_answer(text).has_value());
    }));
}
