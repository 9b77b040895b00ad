#pragma once

#include <cstdint>
#include <limits>
#include <map>

#include "firmware/core/identity/nonce.hpp"

namespace xueshi::identity {

/// When an event must have happened by the registry's clock alone: not before `after_ms`, not after `before_ms`. The
/// extreme values say that nothing bounds it on that side.
struct TimeInterval {
    std::int64_t after_ms = std::numeric_limits<std::int64_t>::min();
    std::int64_t before_ms = std::numeric_limits<std::int64_t>::max();
    bool operator==(const TimeInterval &) const = default;
};

/// Brackets the events of one chain between the registry's nonces in it and the receipts for it. The device's clock is
/// not looked at.
class TimeBrackets {
public:
    /// `registry_key` outlives it. Nonces for another device do not count.
    TimeBrackets(const PublicKey &registry_key, DeviceId device)
        : registry_key_(registry_key), device_(std::move(device)) {}

    /// A `nonce` event of the chain. False: its nonce does not hold, and bounds nothing.
    bool add_nonce(record::Sequence seq, const json::Object &data);
    /// Every event up to here was at the registry then.
    void add_receipt(record::Sequence through_seq, std::int64_t wall_ms);

    TimeInterval of(record::Sequence seq) const;
    std::size_t nonces() const { return nonces_.size(); }

private:
    const PublicKey &registry_key_;
    DeviceId device_;
    std::map<record::Sequence, std::int64_t> nonces_, receipts_;
};

} // namespace xueshi::identity
