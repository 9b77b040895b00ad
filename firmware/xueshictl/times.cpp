#include "firmware/xueshictl/times.hpp"

#include <fmt/format.h>

#include "firmware/core/base/clock.hpp"
#include "firmware/core/identity/time_brackets.hpp"
#include "firmware/core/journal/reader.hpp"
#include "firmware/core/stick/receipt_file.hpp"

namespace xueshi::xueshictl {

namespace {

std::string words_of(std::int64_t wall_ms) {
    const identity::TimeInterval unknown;
    return wall_ms == unknown.after_ms || wall_ms == unknown.before_ms ? "?" : shanghai_time(wall_ms);
}

/// The journal's last seq.
Expected<record::Sequence> read_nonces(journal::JournalReader &reader, identity::TimeBrackets &brackets) {
    record::Sequence last = 0;
    const auto end = reader.visit(0, [&](const record::StoredEvent &event, const record::EventBody &body) {
        last = event.seq;
        if (event.kind == to_string(record::EventKind::nonce) && !brackets.add_nonce(event.seq, body.data)) {
            fmt::print("  第 {} 号校验码不成立 the nonce of event {} does not hold\n", event.seq, event.seq);
        }
        return Expected<void>();
    });
    return end ? Expected<record::Sequence>(last) : tl::unexpected<Error>(end.error());
}

} // namespace

Expected<void> print_times(const Places &places, const VerifyOrder &order, const std::filesystem::path &journal,
                           const std::optional<identity::Receipt> &receipt) {
    const auto key =
        stick::read_key_file(order.registry_key.empty() ? places.sync / "registry_key.pem" : order.registry_key);
    if (!key && order.registry_key.empty() && order.time_of == 0) {
        return {};
    }
    if (!key) {
        return fail(key, "the registry's key, which its nonces need");
    }
    auto reader = journal::JournalReader::open(journal);
    if (!reader) {
        return tl::unexpected(reader.error());
    }
    identity::TimeBrackets brackets(*key, reader->description().device);
    const auto last = read_nonces(*reader, brackets);
    if (!last) {
        return tl::unexpected(last.error());
    }
    if (receipt) {
        brackets.add_receipt(receipt->through_seq, receipt->wall_ms);
    }
    fmt::print("  登记平台的校验码 nonces of the registry: {}\n", brackets.nonces());
    if (order.time_of > *last) {
        return fail(ErrorCode::not_found, fmt::format("--time-of: the journal ends at event {}", *last));
    }
    if (order.time_of > 0) {
        const auto interval = brackets.of(order.time_of);
        fmt::print("  第 {} 号事件发生于 event {} happened between {} / {} (UTC+8)\n", order.time_of, order.time_of,
                   words_of(interval.after_ms), words_of(interval.before_ms));
    }
    return {};
}

} // namespace xueshi::xueshictl
