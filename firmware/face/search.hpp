#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "firmware/core/base/error.hpp"

namespace xueshi::face {

/// What the networks say of a face, each network's unit vector one after another: what the gallery keeps. It depends on
/// the networks alone; how it is compared (weights, centres) may change and old templates stay valid.
using Embedding = std::vector<float>;

/// How two embeddings are compared: each network's cosine, taken from a centre, divided by its spread among different
/// people, added. As one vector a face: `prepare` moves, scales and joins the parts so that the product of two prepared
/// vectors is the score, the sum of standardised scores mapped onto -1..1. Without parts: embeddings are compared as
/// they are. Copyable; safe to use from several threads.
class Comparison {
public:
    struct Part {
        std::size_t dimension = 0;
        double weight = 1;         ///< by the spread: chosen weight / spread of the impostors' cosines
        std::vector<float> centre; ///< subtracted from the unit vector; empty: none
    };
    Comparison() = default;
    explicit Comparison(std::vector<Part> parts);

    /// Of the embeddings it takes; 0: any.
    std::size_t dimension() const { return dimension_; }
    /// Error: invalid_argument for another length, corrupt when a part has no direction.
    Expected<Embedding> prepare(const Embedding &embedding) const;
    /// The same without allocation; `into` has the embedding's length.
    Expected<void> prepare(std::span<const float> embedding, std::span<float> into) const;
    /// Score of two embeddings that are not prepared; -1 where they cannot be compared.
    float score(const Embedding &a, const Embedding &b) const;

private:
    std::vector<Part> parts_;
    std::size_t dimension_ = 0;
};

struct GalleryEntry {
    std::size_t person = 0; ///< caller's index of a person; several entries may share it
    Embedding embedding;    ///< prepared
};

struct SearchResult {
    std::size_t person = 0;
    float score = -1;        ///< best of the person's entries
    float second_score = -1; ///< best of any other person; -1: nobody else
};
/// Exact search over entries, all prepared as the probe is; nullopt when there are none. The best is the one a plain
/// loop in double precision finds; of equal ones the first. No allocation.
std::optional<SearchResult> search(const std::vector<GalleryEntry> &entries, const Embedding &probe);

} // namespace xueshi::face
