#include "firmware/face/network.hpp"

#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

namespace xueshi::face {

struct Network::Impl {
    cv::dnn::Net net;
    std::string name;
};

Network::Network(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Network::Network(Network &&) noexcept = default;
Network &Network::operator=(Network &&) noexcept = default;
Network::~Network() = default;

Expected<Network> Network::from_onnx(const std::string &bytes, const std::string &name) {
    try {
        auto impl = std::make_unique<Impl>();
        impl->net = cv::dnn::readNetFromONNX(bytes.data(), bytes.size());
        impl->name = name;
        impl->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
        impl->net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
        return Network(std::move(impl));
    } catch (const cv::Exception &exception) {
        return fail(ErrorCode::corrupt, "model " + name + " cannot be read: " + exception.err);
    }
}

Expected<std::vector<cv::Mat>> Network::run(const cv::Mat &blob, const std::vector<std::string> &outputs) {
    try {
        impl_->net.setInput(blob);
        std::vector<cv::Mat> results;
        if (outputs.empty()) {
            results.push_back(impl_->net.forward());
        } else {
            impl_->net.forward(results, outputs);
        }
        for (auto &result : results) {
            // The network reuses its memory for the next picture.
            result = result.clone();
        }
        return results;
    } catch (const cv::Exception &exception) {
        return fail(ErrorCode::corrupt, "model " + impl_->name + " cannot run: " + exception.err);
    }
}

cv::Mat make_blob(const cv::Mat &bgr, const InputRecipe &recipe) {
    cv::Mat picture = bgr;
    if (bgr.cols != recipe.width || bgr.rows != recipe.height) {
        const bool much_smaller = bgr.cols > 2 * recipe.width || bgr.rows > 2 * recipe.height;
        cv::resize(bgr, picture, {recipe.width, recipe.height}, 0, 0, much_smaller ? cv::INTER_AREA : cv::INTER_LINEAR);
    }
    cv::Mat floats;
    picture.convertTo(floats, CV_32FC3);
    if (recipe.rgb) {
        cv::cvtColor(floats, floats, cv::COLOR_BGR2RGB);
    }
    cv::subtract(floats, cv::Scalar(recipe.mean[0], recipe.mean[1], recipe.mean[2]), floats);
    cv::multiply(floats, cv::Scalar(recipe.scale[0], recipe.scale[1], recipe.scale[2]), floats);
    return cv::dnn::blobFromImage(floats);
}

} // namespace xueshi::face
