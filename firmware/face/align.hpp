#pragma once

#include <array>

#include "firmware/camera/frame.hpp"

#include "firmware/core/base/error.hpp"

namespace xueshi::face {

/// Right eye, left eye, nose, right and left mouth corner (face.hpp), in pixels.
using Landmarks = std::array<cv::Point2f, 5>;

/// Where a network expects the five points in its square input.
struct CropTemplate {
    int side;
    Landmarks points;
};

/// The 112 x 112 crop of ArcFace (Deng et al., CVPR 2019) and of the networks trained after it.
const CropTemplate &arcface_template();
/// dlib's 150 x 150 face chip with padding 0.25: the mean of its 68 points, eyes averaged.
const CropTemplate &dlib_template();

/// Least-squares rotation, scale and shift from one set of points to the other (Umeyama, IEEE TPAMI 13(4), 1991, in the
/// plane and without reflection). Error: invalid_argument when the points coincide.
Expected<cv::Matx23f> similarity(const Landmarks &from, const Landmarks &to);

/// Cuts faces out in a template's position, always in the same memory. Thread-bound.
class Aligner {
public:
    /// Outside the picture it is black. A large face is shrunk by area first, so that a still of many megapixels gives
    /// the same crop as a frame of the camera. Valid until the next call. Error: invalid_argument when the face lies
    /// outside or its points coincide.
    Expected<const cv::Mat *> crop(const cv::Mat &bgr, const Landmarks &landmarks, const CropTemplate &crop);

private:
    cv::Mat smaller_, aligned_;
};

} // namespace xueshi::face
