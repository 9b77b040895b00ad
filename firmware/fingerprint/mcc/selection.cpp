#include "firmware/fingerprint/mcc/selection.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <numeric>

namespace xueshi::fingerprint::mcc {
namespace {

constexpr std::size_t kBuckets = 512;
constexpr std::size_t kSpare = 4; // the best pairs share rows and columns: so many times as many are sorted at first

/// The better the pair the lower: none is better than one of a bucket before its own.
std::size_t bucket(const Similar &pair) {
    return kBuckets - 1 - std::min(kBuckets - 1, static_cast<std::size_t>(pair.similarity * kBuckets));
}

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

/// How many pairs lie in the buckets before each, and in all.
using Before = std::array<std::uint32_t, kBuckets + 1>;

Before count_before(const std::vector<Similar> &similar) {
    Before before{};
    for (const Similar &pair : similar) {
        ++before[bucket(pair) + 1];
    }
    std::partial_sum(before.begin(), before.end(), before.begin());
    return before;
}

/// The pairs of buckets [first, last), bucket after bucket.
std::vector<std::uint64_t> by_bucket(const std::vector<Similar> &similar, const Before &before, std::size_t first,
                                     std::size_t last) {
    std::vector<Similar> found(before[last] - before[first] + 1); // one is written before it is known to belong
    std::size_t next = 0;
    for (const Similar &pair : similar) {
        found[next] = pair;
        const std::size_t own = bucket(pair);
        next += static_cast<std::size_t>(first <= own) & static_cast<std::size_t>(own < last);
    }
    found.pop_back();
    Before places = before;
    std::vector<std::uint64_t> ranks(found.size());
    for (const Similar &pair : found) {
        ranks[places[bucket(pair)]++ - before[first]] = rank(pair);
    }
    return ranks;
}

} // namespace

std::vector<Similar> most_similar(const std::vector<Similar> &similar, std::size_t most) {
    std::uint16_t last = 0;
    for (const Similar &pair : similar) {
        last = std::max({last, pair.row, pair.column});
    }
    const Before before = count_before(similar);
    std::vector<char> row_used(last + std::size_t{1}), column_used(last + std::size_t{1});
    std::vector<Similar> chosen;
    chosen.reserve(most);
    std::size_t wanted = most * kSpare;
    for (std::size_t first = 0; first < kBuckets && chosen.size() < most; wanted *= 2) {
        const auto enough =
            std::lower_bound(before.begin() + static_cast<std::ptrdiff_t>(first) + 1, before.end() - 1, wanted);
        const auto until = static_cast<std::size_t>(enough - before.begin());
        auto ranks = by_bucket(similar, before, first, until);
        auto from = ranks.begin();
        for (std::size_t i = first; i < until && chosen.size() < most; ++i) {
            const auto end = ranks.begin() + (before[i + 1] - before[first]);
            std::sort(from, end, std::greater<>());
            for (; from != end && chosen.size() < most; ++from) {
                const Similar pair = pair_of(*from);
                if (row_used[pair.row] == 0 && column_used[pair.column] == 0) {
                    row_used[pair.row] = column_used[pair.column] = 1;
                    chosen.push_back(pair);
                }
            }
        }
        first = until;
    }
    return chosen;
}

} // namespace xueshi::fingerprint::mcc
