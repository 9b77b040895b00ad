#include <algorithm>
#include <cmath>
#include <numeric>

#include "firmware/core/base/wipe.hpp"
#include "firmware/face/search.hpp"

namespace xueshi::face {

namespace {

/// Takes the centre away and gives the rest the length `length`. False: nothing is left.
bool place(std::span<const float> part, const std::vector<float> &centre, double length, std::span<float> into) {
    double square = 0;
    for (std::size_t i = 0; i < part.size(); ++i) {
        into[i] = centre.empty() ? part[i] : part[i] - centre[i];
        square += static_cast<double>(into[i]) * into[i];
    }
    if (!std::isfinite(square) || square < 1e-12) {
        return false;
    }
    const auto factor = static_cast<float>(length / std::sqrt(square));
    for (float &value : into) {
        value *= factor;
    }
    return true;
}

} // namespace

Comparison::Comparison(std::vector<Part> parts) : parts_(std::move(parts)) {
    for (const auto &part : parts_) {
        dimension_ += part.dimension;
    }
}

Expected<void> Comparison::prepare(std::span<const float> embedding, std::span<float> into) const {
    if (embedding.size() != into.size() || (!parts_.empty() && embedding.size() != dimension_)) {
        return fail(ErrorCode::invalid_argument, "a face template has another length than its model gives");
    }
    if (parts_.empty()) {
        std::copy(embedding.begin(), embedding.end(), into.begin());
        return {};
    }
    const double sum = std::accumulate(parts_.begin(), parts_.end(), 0.0,
                                       [](double weights, const Part &part) { return weights + part.weight; });
    std::size_t at = 0;
    for (const auto &part : parts_) {
        if (!place(embedding.subspan(at, part.dimension), part.centre, std::sqrt(part.weight / sum),
                   into.subspan(at, part.dimension))) {
            return fail(ErrorCode::corrupt, "a face template has no direction");
        }
        at += part.dimension;
    }
    return {};
}

Expected<Embedding> Comparison::prepare(const Embedding &embedding) const {
    Embedding prepared(embedding.size());
    if (auto done = prepare(embedding, prepared); !done) {
        return tl::unexpected(done.error());
    }
    return prepared;
}

float Comparison::score(const Embedding &a, const Embedding &b) const {
    auto first = prepare(a);
    auto second = prepare(b);
    if (!first || !second || first->size() != second->size() || first->empty()) {
        return -1;
    }
    const auto score = std::inner_product(first->begin(), first->end(), second->begin(), 0.0F);
    // One of them may be a document's portrait: freed memory keeps nothing of it.
    for (auto *copy : {&*first, &*second}) {
        wipe(*copy);
    }
    return score;
}

} // namespace xueshi::face
