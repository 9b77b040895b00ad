#include <algorithm>

#include <opencv2/core.hpp>

#include "firmware/face/embed.hpp"
#include "firmware/face/network.hpp"

namespace xueshi::face {

namespace {

class OnnxEmbedder : public Embedder {
public:
    OnnxEmbedder(Network network, const Model &model)
        : network_(std::move(network)), model_(model), blob_(*model.input), mirrored_sum_(dimension()) {}

    Expected<void> embed(const cv::Mat &bgr, const Landmarks &landmarks, std::span<float> into) override {
        const auto crop = aligner_.crop(bgr, landmarks, arcface_template());
        if (!crop) {
            return tl::unexpected(crop.error());
        }
        return embed_crop(**crop, into);
    }

    Expected<void> embed_crop(const cv::Mat &crop, std::span<float> into) {
        if (auto done = pass(crop, into); !done || !model_.flip_add) {
            return done;
        }
        cv::flip(crop, mirrored_, 1);
        if (auto done = pass(mirrored_, mirrored_sum_); !done) {
            return done;
        }
        for (std::size_t i = 0; i < into.size(); ++i) {
            into[i] += mirrored_sum_[i];
        }
        return normalise(into);
    }

    std::size_t dimension() const override { return static_cast<std::size_t>(model_.dimension); }

private:
    Expected<void> pass(const cv::Mat &crop, std::span<float> into) {
        const auto outputs = network_.run(blob_.make(crop));
        if (!outputs) {
            return tl::unexpected(outputs.error());
        }
        const auto &vector = outputs->front();
        if (vector.type() != CV_32F || vector.total() != dimension()) {
            return fail(ErrorCode::corrupt, "model " + model_.name + " gives vectors of another length");
        }
        std::copy_n(vector.ptr<float>(), into.size(), into.begin());
        return normalise(into);
    }

    Network network_;
    Model model_;
    Aligner aligner_;
    BlobMaker blob_;
    cv::Mat mirrored_;
    std::vector<float> mirrored_sum_;
};

} // namespace

Expected<std::unique_ptr<Embedder>> make_onnx_embedder(const std::string &bytes, const Model &model) {
    if (!model.input || model.dimension == 0) {
        return fail(ErrorCode::invalid_argument,
                    "model " + model.name + " has no input recipe or dimension in the manifest");
    }
    auto network = Network::from_onnx(bytes, model.name);
    if (!network) {
        return tl::unexpected(network.error());
    }
    auto embedder = std::make_unique<OnnxEmbedder>(std::move(*network), model);
    // The first pass shows whether the file fits its entry.
    const auto side = arcface_template().side;
    std::vector<float> vector(embedder->dimension());
    if (auto trial = embedder->embed_crop(cv::Mat(side, side, CV_8UC3, cv::Scalar(90, 110, 130)), vector); !trial) {
        return tl::unexpected(trial.error());
    }
    return embedder;
}

} // namespace xueshi::face
