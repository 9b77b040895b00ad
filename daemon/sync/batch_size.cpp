#include "daemon/sync/batch_size.hpp"

#include <algorithm>

namespace xueshi::sync {

bool BatchSize::refused(std::size_t sent) {
    count_ = std::max<std::size_t>(1, std::min(sent, count_) / 2);
    return sent > 1;
}

void BatchSize::accepted() {
    count_ = std::min(most_, count_ * 2);
}

} // namespace xueshi::sync
