#include "firmware/core/identity/time_brackets.hpp"

#include <algorithm>

namespace xueshi::identity {

bool TimeBrackets::add_nonce(record::Sequence seq, const json::Object &data) {
    const auto document = nonce_from_data(data);
    const auto nonce = document ? open_nonce(registry_key_, *document) : tl::unexpected<Error>(document.error());
    if (!nonce || nonce->device != device_) {
        return false;
    }
    nonces_[seq] = nonce->wall_ms;
    return true;
}

void TimeBrackets::add_receipt(record::Sequence through_seq, std::int64_t wall_ms) {
    const auto [entry, fresh] = receipts_.try_emplace(through_seq, wall_ms);
    entry->second = std::min(entry->second, wall_ms);
}

TimeInterval TimeBrackets::of(record::Sequence seq) const {
    TimeInterval interval;
    // An older nonce may be put in after a newer one: each bounds what follows.
    for (auto nonce = nonces_.begin(); nonce != nonces_.end() && nonce->first <= seq; ++nonce) {
        interval.after_ms = std::max(interval.after_ms, nonce->second);
    }
    for (auto receipt = receipts_.lower_bound(seq); receipt != receipts_.end(); ++receipt) {
        interval.before_ms = std::min(interval.before_ms, receipt->second);
    }
    return interval;
}

} // namespace xueshi::identity
