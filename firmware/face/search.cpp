#include "firmware/face/search.hpp"

#include <algorithm>

namespace xueshi::face {

namespace {

// Rounding of a sum of 1,024 products of two unit vectors in float stays far below this; what lies closer to the best
// is measured again in double.
constexpr float kUnsure = 1e-4F;

/// The product of unit vectors is the cosine. Sixteen sums give the compiler vector instructions with no wait between.
float product(const float *a, const float *b, std::size_t size) {
    constexpr std::size_t kLanes = 16;
    float sums[kLanes] = {};
    std::size_t i = 0;
    for (; i + kLanes <= size; i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            sums[lane] += a[i + lane] * b[i + lane];
        }
    }
    for (; i < size; ++i) {
        sums[0] += a[i] * b[i];
    }
    for (std::size_t lane = 1; lane < kLanes; ++lane) {
        sums[0] += sums[lane];
    }
    return sums[0];
}

double exact_product(const Embedding &a, const Embedding &b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += static_cast<double>(a[i]) * b[i];
    }
    return sum;
}

void take(SearchResult &result, std::size_t person, float score) {
    if (person == result.person) {
        result.score = std::max(result.score, score);
    } else if (score > result.score) {
        result.second_score = result.score;
        result.score = score;
        result.person = person;
    } else {
        result.second_score = std::max(result.second_score, score);
    }
}

/// Two people so close that float cannot tell which is the nearer.
void settle_closely(SearchResult &result, const std::vector<GalleryEntry> &entries, const Embedding &probe) {
    double best = -2;
    const float best_score = result.score;
    std::size_t person = result.person;
    for (const auto &entry : entries) {
        if (entry.embedding.size() != probe.size() ||
            product(entry.embedding.data(), probe.data(), probe.size()) < best_score - kUnsure) {
            continue;
        }
        if (const double score = exact_product(entry.embedding, probe); score > best) {
            best = score;
            person = entry.person;
        }
    }
    if (person != result.person) {
        std::swap(result.score, result.second_score);
        result.person = person;
    }
}

} // namespace

std::optional<SearchResult> search(const std::vector<GalleryEntry> &entries, const Embedding &probe) {
    std::optional<SearchResult> result;
    for (const auto &entry : entries) {
        // Of another model: says nothing.
        if (entry.embedding.size() != probe.size() || probe.empty()) {
            continue;
        }
        const float score = product(entry.embedding.data(), probe.data(), probe.size());
        if (!result) {
            result = SearchResult{entry.person, score, -1};
        } else {
            take(*result, entry.person, score);
        }
    }
    if (result && result->second_score >= result->score - kUnsure) {
        settle_closely(*result, entries, probe);
    }
    return result;
}

} // namespace xueshi::face
