#include "firmware/fingerprint/mcc/selection.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace xueshi::fingerprint::mcc {
namespace {

constexpr std::size_t kSpare = 4; // the best pairs share rows and columns: so many times as many are sorted at first

/// The pair as one number, greater for a better one (a positive float's bits rise with it): comparing three members was
/// a quarter of a comparison's cost.
std::uint64_t rank(const Similar &pair) {
    const auto place = static_cast<std::uint32_t>(pair.row) << 16U | pair.column;
    return std::uint64_t{std::bit_cast<std::uint32_t>(pair.similarity)} << 32U | ~place;
}

Similar pair_of(std::uint64_t rank) {
    const auto place = ~static_cast<std::uint32_t>(rank);
    return {std::bit_cast<float>(static_cast<std::uint32_t>(rank >> 32U)), static_cast<std::uint16_t>(place >> 16U),
            static_cast<std::uint16_t>(place)};
}

} // namespace

std::vector<Similar> most_similar(const std::vector<Similar> &similar, std::size_t most) {
    std::uint16_t last = 0;
    std::vector<std::uint64_t> ranks;
    ranks.reserve(similar.size());
    for (const Similar &pair : similar) {
        last = std::max({last, pair.row, pair.column});
        ranks.push_back(rank(pair));
    }
    std::vector<char> row_used(last + std::size_t{1}), column_used(last + std::size_t{1});
    std::vector<Similar> chosen;
    auto from = ranks.begin();
    for (std::size_t sorted = most * kSpare; from != ranks.end() && chosen.size() < most; sorted *= 2) {
        const auto until = from + std::min(static_cast<std::ptrdiff_t>(sorted), ranks.end() - from);
        if (until != ranks.end()) {
            std::nth_element(from, until, ranks.end(), std::greater<>());
        }
        std::sort(from, until, std::greater<>());
        for (; from != until && chosen.size() < most; ++from) {
            const Similar pair = pair_of(*from);
            if (row_used[pair.row] == 0 && column_used[pair.column] == 0) {
                row_used[pair.row] = column_used[pair.column] = 1;
                chosen.push_back(pair);
            }
        }
    }
    return chosen;
}

} // namespace xueshi::fingerprint::mcc
