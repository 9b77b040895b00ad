#include <cmath>

#include "firmware/face/embed.hpp"

namespace xueshi::face {

namespace {

class FusedEmbedder : public Embedder {
public:
    using Members = std::vector<std::pair<std::unique_ptr<Embedder>, double>>;
    explicit FusedEmbedder(Members members) : members_(std::move(members)) {}

    Expected<Embedding> embed(const cv::Mat &bgr, const Landmarks &landmarks) override {
        Embedding all;
        all.reserve(dimension());
        for (const auto &[member, weight] : members_) {
            const auto part = member->embed(bgr, landmarks);
            if (!part) {
                return part;
            }
            const auto factor = static_cast<float>(std::sqrt(weight));
            for (const float value : *part) {
                all.push_back(factor * value);
            }
        }
        return normalised(std::move(all));
    }

    std::size_t dimension() const override {
        std::size_t sum = 0;
        for (const auto &[member, weight] : members_) {
            sum += member->dimension();
        }
        return sum;
    }

private:
    Members members_;
};

} // namespace

std::unique_ptr<Embedder> make_fused_embedder(std::vector<std::pair<std::unique_ptr<Embedder>, double>> members) {
    return std::make_unique<FusedEmbedder>(std::move(members));
}

Expected<Embedding> normalised(Embedding embedding) {
    double square = 0;
    for (const float value : embedding) {
        square += static_cast<double>(value) * value;
    }
    if (!std::isfinite(square) || square < 1e-12) {
        return fail(ErrorCode::corrupt, "the network gave no usable vector");
    }
    const auto factor = static_cast<float>(1.0 / std::sqrt(square));
    for (float &value : embedding) {
        value *= factor;
    }
    return embedding;
}

} // namespace xueshi::face
