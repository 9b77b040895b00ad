#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "firmware/face/align.hpp"
#include "firmware/face/face.hpp"
#include "firmware/face/manifest.hpp"

namespace xueshi::face {

/// Turns a face into a unit vector. Thread-bound.
class Embedder {
public:
    virtual ~Embedder() = default;
    /// Writes `dimension()` numbers. Error: corrupt when the network gives no usable vector.
    virtual Expected<void> embed(const cv::Mat &bgr, const Landmarks &landmarks, std::span<float> into) = 0;
    virtual std::size_t dimension() const = 0;
};

/// An ArcFace-like network in ONNX over the 112 x 112 crop.
Expected<std::unique_ptr<Embedder>> make_onnx_embedder(const std::string &bytes, const Model &model);
/// dlib's ResNet-29 of 2017 over its 150 x 150 chip.
Expected<std::unique_ptr<Embedder>> make_dlib_embedder(const std::string &bytes, const Model &model);
/// Several networks as one: their unit vectors one after another (search.hpp compares them).
std::unique_ptr<Embedder> make_joined_embedder(std::vector<std::unique_ptr<Embedder>> members);

/// Threads of the BLAS that dlib uses, when it is OpenBLAS: its threads spin while they wait. For the whole process.
void limit_blas_threads(int threads);

/// To length one. Error: corrupt when a number is not finite or all are zero.
Expected<void> normalise(std::span<float> vector);

} // namespace xueshi::face
