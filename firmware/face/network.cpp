#include "firmware/face/network.hpp"

#include <algorithm>

#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

namespace xueshi::face {

std::string one_line(std::string said) {
    constexpr std::size_t kMost = 200;
    std::ranges::replace(said, '\n', ' ');
    return said.substr(0, std::min(kMost, said.find_last_not_of(' ') + 1));
}

struct Network::Impl {
    cv::dnn::Net net;
    std::string name;
    std::vector<std::string> names;
    std::vector<cv::Mat> outputs;
};

Network::Network(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Network::Network(Network &&) noexcept = default;
Network &Network::operator=(Network &&) noexcept = default;
Network::~Network() = default;

Expected<Network> Network::from_onnx(const std::string &bytes, const std::string &name,
                                     std::vector<std::string> outputs) {
    // What goes wrong comes back as an error; the library would tell the same in many lines of its own beside it.
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_FATAL);
    try {
        auto impl = std::make_unique<Impl>();
        impl->net = cv::dnn::readNetFromONNX(bytes.data(), bytes.size());
        impl->name = name;
        impl->names = std::move(outputs);
        if (impl->names.empty()) {
            impl->names = {impl->net.getLayerNames().back()};
        }
        impl->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
        impl->net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
        return Network(std::move(impl));
    } catch (const cv::Exception &exception) {
        return fail(ErrorCode::corrupt, "model " + name + " cannot be read: " + one_line(exception.err));
    }
}

Expected<std::span<const cv::Mat>> Network::run(const cv::Mat &blob) {
    try {
        impl_->net.setInput(blob);
        impl_->net.forward(impl_->outputs, impl_->names);
        return std::span<const cv::Mat>(impl_->outputs);
    } catch (const cv::Exception &exception) {
        return fail(ErrorCode::corrupt, "model " + impl_->name + " cannot run: " + one_line(exception.err));
    }
}

BlobMaker::BlobMaker(const InputRecipe &recipe) : recipe_(recipe) {
    const std::array planar{1, 3, recipe.height, recipe.width};
    const std::array interleaved{1, recipe.height, recipe.width, 3};
    blob_.create(4, recipe.channels_last ? interleaved.data() : planar.data(), CV_32F);
}

const cv::Mat &BlobMaker::make(const cv::Mat &bgr) {
    const bool fits = bgr.cols == recipe_.width && bgr.rows == recipe_.height;
    if (!fits) {
        const bool much_smaller = bgr.cols > 2 * recipe_.width || bgr.rows > 2 * recipe_.height;
        cv::resize(bgr, resized_, {recipe_.width, recipe_.height}, 0, 0,
                   much_smaller ? cv::INTER_AREA : cv::INTER_LINEAR);
    }
    const cv::Mat &picture = fits ? bgr : resized_;
    const auto plane = static_cast<std::size_t>(recipe_.width) * static_cast<std::size_t>(recipe_.height);
    const std::size_t pixel_step = recipe_.channels_last ? 3 : 1;
    const std::size_t channel_step = recipe_.channels_last ? 1 : plane;
    for (std::size_t channel = 0; channel < 3; ++channel) {
        const auto source = recipe_.rgb ? 2 - channel : channel;
        const auto mean = static_cast<float>(recipe_.mean[channel]);
        const auto scale = static_cast<float>(recipe_.scale[channel]);
        float *to = blob_.ptr<float>() + channel * channel_step;
        for (int row = 0; row < picture.rows; ++row) {
            const auto *from = picture.ptr<std::uint8_t>(row) + source;
            for (int column = 0; column < picture.cols; ++column, from += 3, to += pixel_step) {
                *to = (static_cast<float>(*from) - mean) * scale;
            }
        }
    }
    return blob_;
}

} // namespace xueshi::face
