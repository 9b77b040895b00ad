#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/camera/frame.hpp"

#include "firmware/core/base/error.hpp"
#include "firmware/face/manifest.hpp"

namespace xueshi::face {

/// What OpenCV said in an exception, as one line of at most 200 characters.
std::string one_line(std::string said);

/// An ONNX network in cv::dnn, for one input size: OpenCV 4.6 keeps wrong shapes when the size changes. Thread-bound.
class Network {
public:
    /// Error: corrupt when the bytes are no network that OpenCV can read.
    static Expected<Network> from_onnx(const std::string &bytes, const std::string &name,
                                       std::vector<std::string> outputs = {});
    Network(Network &&) noexcept;
    Network &operator=(Network &&) noexcept;
    ~Network();

    /// The outputs named at loading, in that order; none named: the last layer's. Valid until the next run.
    Expected<std::span<const cv::Mat>> run(const cv::Mat &blob);

private:
    struct Impl;
    explicit Network(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Makes pictures into a network's input, always in the same memory.
class BlobMaker {
public:
    explicit BlobMaker(const InputRecipe &recipe);
    /// 1 x 3 x height x width, or 1 x height x width x 3 where the recipe says so; 32-bit floats. The picture is
    /// resized when it has another size. Valid until the next call.
    const cv::Mat &make(const cv::Mat &bgr);

private:
    InputRecipe recipe_;
    cv::Mat resized_, blob_;
};

} // namespace xueshi::face
