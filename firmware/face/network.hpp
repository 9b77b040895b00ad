#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/camera/frame.hpp"

#include "firmware/core/base/error.hpp"
#include "firmware/face/manifest.hpp"

namespace xueshi::face {

/// An ONNX network in cv::dnn, for one input size: OpenCV 4.6 keeps wrong shapes when the size changes. Thread-bound.
class Network {
public:
    /// Error: corrupt when the bytes are no network that OpenCV can read.
    static Expected<Network> from_onnx(const std::string &bytes, const std::string &name);
    Network(Network &&) noexcept;
    Network &operator=(Network &&) noexcept;
    ~Network();

    /// Outputs by name, in that order; no names: the last layer's. The result is the caller's own.
    Expected<std::vector<cv::Mat>> run(const cv::Mat &blob, const std::vector<std::string> &outputs = {});

private:
    struct Impl;
    explicit Network(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// 1 x 3 x height x width, 32-bit floats, as the recipe says. The picture is resized when it has another size.
cv::Mat make_blob(const cv::Mat &bgr, const InputRecipe &recipe);

} // namespace xueshi::face
