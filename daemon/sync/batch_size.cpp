#include "daemon/sync/batch_size.hpp"

#include <algorithm>

namespace xueshi::sync {

bool blames_batch(unsigned status) {
    return status == 413 || status == 400 || status == 422;
}

bool BatchSize::refused(std::size_t sent) {
    accepted_ = 0;
    count_ = std::max<std::size_t>(1, std::min(sent, count_) / 2);
    return sent > 1;
}

void BatchSize::unanswered(std::size_t sent, ErrorCode error) {
    if (error != ErrorCode::denied && error != ErrorCode::unsupported) {
        refused(sent);
    }
}

void BatchSize::accepted() {
    if (count_ < most_ && ++accepted_ >= kPatience) {
        accepted_ = 0;
        count_ = std::min(most_, count_ * 2);
    }
}

} // namespace xueshi::sync
