#include "firmware/face/face.hpp"

#include <algorithm>

namespace xueshi::face {

namespace {

float cosine(const Embedding &a, const Embedding &b) {
    // Unit vectors: the product is the cosine. Four sums let the compiler use vector instructions.
    const std::size_t size = std::min(a.size(), b.size());
    float sums[4] = {0, 0, 0, 0};
    std::size_t i = 0;
    for (; i + 4 <= size; i += 4) {
        for (std::size_t lane = 0; lane < 4; ++lane) {
            sums[lane] += a[i + lane] * b[i + lane];
        }
    }
    for (; i < size; ++i) {
        sums[0] += a[i] * b[i];
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
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

} // namespace

std::optional<SearchResult> search(const std::vector<GalleryEntry> &entries, const Embedding &probe) {
    std::optional<SearchResult> result;
    for (const auto &entry : entries) {
        // Of another model: says nothing.
        if (entry.embedding.size() != probe.size() || probe.empty()) {
            continue;
        }
        const float score = cosine(entry.embedding, probe);
        if (!result) {
            result = SearchResult{entry.person, score, -1};
        } else {
            take(*result, entry.person, score);
        }
    }
    return result;
}

} // namespace xueshi::face
