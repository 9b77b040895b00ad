#include "firmware/face/align.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace xueshi::face {

namespace {

cv::Point2f mean_of(const Landmarks &points) {
    cv::Point2f sum{0, 0};
    for (const auto &point : points) {
        sum += point;
    }
    return sum * (1.0F / static_cast<float>(points.size()));
}

cv::Point2f apply(const cv::Matx23f &transform, const cv::Point2f &point) {
    return {transform(0, 0) * point.x + transform(0, 1) * point.y + transform(0, 2),
            transform(1, 0) * point.x + transform(1, 1) * point.y + transform(1, 2)};
}

/// The part of the picture that the crop shows, two pixels more for interpolation.
cv::Rect source_region(const cv::Matx23f &to_crop, int side, const cv::Size &picture) {
    cv::Matx23f to_picture;
    cv::invertAffineTransform(to_crop, to_picture);
    const auto edge = static_cast<float>(side);
    const std::array corners{cv::Point2f{0, 0}, cv::Point2f{edge, 0}, cv::Point2f{0, edge}, cv::Point2f{edge, edge}};
    cv::Point2f low{1e6F, 1e6F};
    cv::Point2f high{-1e6F, -1e6F};
    for (const auto &corner : corners) {
        const auto at = apply(to_picture, corner);
        low = {std::min(low.x, at.x), std::min(low.y, at.y)};
        high = {std::max(high.x, at.x), std::max(high.y, at.y)};
    }
    const cv::Point2f origin{std::clamp(low.x - 2, -1e5F, 1e5F), std::clamp(low.y - 2, -1e5F, 1e5F)};
    const cv::Point2f end{std::clamp(high.x + 2, -1e5F, 1e5F), std::clamp(high.y + 2, -1e5F, 1e5F)};
    return cv::Rect(cv::Point(origin), cv::Point(end)) & cv::Rect({0, 0}, picture);
}

} // namespace

const CropTemplate &arcface_template() {
    static const CropTemplate crop{112,
                                   {{{38.2946F, 51.6963F},
                                     {73.5318F, 51.5014F},
                                     {56.0252F, 71.7366F},
                                     {41.5493F, 92.3655F},
                                     {70.7299F, 92.2041F}}}};
    return crop;
}

const CropTemplate &dlib_template() {
    static const CropTemplate crop = [] {
        constexpr float kSide = 150;
        constexpr float kPadding = 0.25F;
        // dlib/image_transforms/interpolation.h, get_face_chip_details: points 36..41, 42..47, 30, 48, 54.
        Landmarks points{{{0.225492F, 0.215990F},
                          {0.754761F, 0.215990F},
                          {0.490127F, 0.515625F},
                          {0.254149F, 0.780233F},
                          {0.726104F, 0.780233F}}};
        for (auto &point : points) {
            point = (point + cv::Point2f{kPadding, kPadding}) * (kSide / (2 * kPadding + 1));
        }
        return CropTemplate{150, points};
    }();
    return crop;
}

Expected<cv::Matx23f> similarity(const Landmarks &from, const Landmarks &to) {
    const auto from_mean = mean_of(from);
    const auto to_mean = mean_of(to);
    float along = 0;
    float across = 0;
    float spread = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
        const auto p = from[i] - from_mean;
        const auto q = to[i] - to_mean;
        along += p.x * q.x + p.y * q.y;
        across += p.x * q.y - p.y * q.x;
        spread += p.x * p.x + p.y * p.y;
    }
    if (!(spread > 1e-3F) || !std::isfinite(along) || !std::isfinite(across)) {
        return fail(ErrorCode::invalid_argument, "the landmarks of the face coincide");
    }
    const float a = along / spread;
    const float b = across / spread;
    return cv::Matx23f{a, -b, to_mean.x - a * from_mean.x + b * from_mean.y,
                       b, a,  to_mean.y - b * from_mean.x - a * from_mean.y};
}

Expected<const cv::Mat *> Aligner::crop(const cv::Mat &bgr, const Landmarks &landmarks, const CropTemplate &crop) {
    auto transform = similarity(landmarks, crop.points);
    if (!transform) {
        return tl::unexpected(transform.error());
    }
    const cv::Rect region = source_region(*transform, crop.side, bgr.size());
    if (region.empty()) {
        return fail(ErrorCode::invalid_argument, "the face lies outside the picture");
    }
    cv::Mat source = bgr(region);
    const float scale = std::hypot((*transform)(0, 0), (*transform)(1, 0));
    float shrink = 1;
    // Bilinear sampling at less than half size would skip pixels. A sliver of which nothing would be left stays.
    if (scale < 0.5F && cvRound(2 * scale * static_cast<float>(std::min(source.cols, source.rows))) >= 1) {
        cv::resize(source, smaller_, {}, 2 * scale, 2 * scale, cv::INTER_AREA);
        shrink = static_cast<float>(smaller_.cols) / static_cast<float>(source.cols);
        source = smaller_;
    }
    Landmarks moved = landmarks;
    for (auto &point : moved) {
        point = (point - cv::Point2f(region.tl())) * shrink;
    }
    transform = similarity(moved, crop.points);
    if (!transform) {
        return tl::unexpected(transform.error());
    }
    cv::warpAffine(source, aligned_, *transform, {crop.side, crop.side}, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
    return &aligned_;
}

} // namespace xueshi::face
