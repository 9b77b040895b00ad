#include "daemon/sync/backoff.hpp"

#include <algorithm>
#include <memory>
#include <random>

namespace xueshi::sync {
namespace {
constexpr int kMostDoublings = 20; // far over any `longest`, far under an overflow
/// What is added to a Retry-After, so that not all whom the server told the same come at the same moment.
constexpr std::chrono::milliseconds kMostSpread{5'000};
} // namespace

std::chrono::milliseconds Backoff::next(int retry_after_s) {
    const auto whole =
        std::min<std::chrono::milliseconds>(longest_, first_ * (1LL << std::min(failures_, kMostDoublings)));
    ++failures_;
    const auto part = [this](std::chrono::milliseconds of) {
        return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(of.count()) * random_()));
    };
    const auto wait = whole / 2 + part(whole / 2);
    if (retry_after_s < 0) {
        return wait;
    }
    const std::chrono::milliseconds asked = std::chrono::seconds(retry_after_s);
    return std::max(wait, asked + part(std::min(asked, kMostSpread)));
}

Backoff::Random system_random() {
    auto engine = std::make_shared<std::mt19937_64>(std::random_device{}()); // shared: std::function copies
    return [engine] { return std::uniform_real_distribution<double>(0.0, 1.0)(*engine); };
}

} // namespace xueshi::sync
