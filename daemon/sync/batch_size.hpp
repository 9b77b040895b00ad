#pragma once

#include <cstddef>

#include "firmware/core/base/error.hpp"

namespace xueshi::sync {

/// Statuses that blame the batch itself: a smaller one may pass.
bool blames_batch(unsigned status);

/// How many events the next batch may hold: halved when a batch is too large for somebody on the way, or for the time
/// that it may take; doubled again after kPatience batches got through, so that a lasting limit costs few refusals.
class BatchSize {
public:
    explicit BatchSize(std::size_t most) : most_(most), count_(most) {}

    std::size_t count() const { return count_; }
    /// A batch of `sent` events was refused. False: it was one event, nothing is left to halve.
    bool refused(std::size_t sent);
    /// `error`: why no answer came to a batch of `sent` events. Where one side's
    /// certificate is refused, its size is not to blame.
    void unanswered(std::size_t sent, ErrorCode error);
    void accepted();

private:
    std::size_t most_, count_;
    int accepted_ = 0; ///< in a row
};
inline constexpr int kPatience = 16;

} // namespace xueshi::sync
