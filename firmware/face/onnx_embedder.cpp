#include <opencv2/core.hpp>

#include "firmware/face/embed.hpp"
#include "firmware/face/network.hpp"

namespace xueshi::face {

namespace {

class OnnxEmbedder : public Embedder {
public:
    OnnxEmbedder(Network network, const Model &model) : network_(std::move(network)), model_(model) {}

    Expected<Embedding> embed(const cv::Mat &bgr, const Landmarks &landmarks) override {
        const auto crop = aligned_crop(bgr, landmarks, arcface_template());
        if (!crop) {
            return tl::unexpected(crop.error());
        }
        return embed_crop(*crop);
    }

    Expected<Embedding> embed_crop(const cv::Mat &crop) {
        auto sum = pass(crop);
        if (!sum || !model_.flip_add) {
            return sum;
        }
        cv::Mat mirrored;
        cv::flip(crop, mirrored, 1);
        const auto other = pass(mirrored);
        if (!other) {
            return other;
        }
        for (std::size_t i = 0; i < sum->size(); ++i) {
            (*sum)[i] += (*other)[i];
        }
        return normalised(std::move(*sum));
    }

    std::size_t dimension() const override { return static_cast<std::size_t>(model_.dimension); }

private:
    Expected<Embedding> pass(const cv::Mat &crop) {
        const auto outputs = network_.run(make_blob(crop, *model_.input));
        if (!outputs) {
            return tl::unexpected(outputs.error());
        }
        const auto &vector = outputs->front();
        if (vector.type() != CV_32F || vector.total() != dimension()) {
            return fail(ErrorCode::corrupt, "model " + model_.name + " gives vectors of another length");
        }
        const auto *values = vector.ptr<float>();
        return normalised(Embedding(values, values + vector.total()));
    }

    Network network_;
    Model model_;
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
    if (auto trial = embedder->embed_crop(cv::Mat(side, side, CV_8UC3, cv::Scalar(90, 110, 130))); !trial) {
        return tl::unexpected(trial.error());
    }
    return embedder;
}

} // namespace xueshi::face
