#include <cmath>

#include "firmware/face/embed.hpp"

namespace xueshi::face {

namespace {

class JoinedEmbedder : public Embedder {
public:
    explicit JoinedEmbedder(std::vector<std::unique_ptr<Embedder>> members) : members_(std::move(members)) {
        for (const auto &member : members_) {
            dimension_ += member->dimension();
        }
    }

    Expected<void> embed(const cv::Mat &bgr, const Landmarks &landmarks, std::span<float> into) override {
        std::size_t at = 0;
        for (const auto &member : members_) {
            if (auto done = member->embed(bgr, landmarks, into.subspan(at, member->dimension())); !done) {
                return done;
            }
            at += member->dimension();
        }
        return {};
    }

    std::size_t dimension() const override { return dimension_; }

private:
    std::vector<std::unique_ptr<Embedder>> members_;
    std::size_t dimension_ = 0;
};

} // namespace

std::unique_ptr<Embedder> make_joined_embedder(std::vector<std::unique_ptr<Embedder>> members) {
    return std::make_unique<JoinedEmbedder>(std::move(members));
}

Expected<void> normalise(std::span<float> vector) {
    double square = 0;
    for (const float value : vector) {
        square += static_cast<double>(value) * value;
    }
    if (!std::isfinite(square) || square < 1e-12) {
        return fail(ErrorCode::corrupt, "the network gave no usable vector");
    }
    const auto factor = static_cast<float>(1.0 / std::sqrt(square));
    for (float &value : vector) {
        value *= factor;
    }
    return {};
}

} // namespace xueshi::face
