#include <doctest/doctest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "firmware/face/align.hpp"

namespace xueshi::face {

namespace {

cv::Point2f apply(const cv::Matx23f &t, const cv::Point2f &p) {
    return {t(0, 0) * p.x + t(0, 1) * p.y + t(0, 2), t(1, 0) * p.x + t(1, 1) * p.y + t(1, 2)};
}

/// A picture whose five points, by the template times `scale` from `origin`, are white dots.
cv::Mat dotted(const CropTemplate &crop, float scale, const cv::Point2f &origin, const cv::Size &size,
               Landmarks &landmarks) {
    cv::Mat picture(size, CV_8UC3, cv::Scalar(40, 40, 40));
    for (std::size_t i = 0; i < landmarks.size(); ++i) {
        landmarks[i] = origin + crop.points[i] * scale;
        cv::circle(picture, landmarks[i], static_cast<int>(4 * scale), cv::Scalar(255, 255, 255), cv::FILLED);
    }
    return picture;
}

} // namespace

TEST_CASE("align: a turned, scaled and moved face is brought back into the template") {
    const auto &points = arcface_template().points;
    Landmarks moved;
    for (std::size_t i = 0; i < points.size(); ++i) {
        moved[i] = {300 - 2.5F * points[i].y, 100 + 2.5F * points[i].x}; // a quarter turn
    }
    const auto transform = similarity(moved, points);
    REQUIRE(transform);
    for (std::size_t i = 0; i < points.size(); ++i) {
        CHECK(cv::norm(apply(*transform, moved[i]) - points[i]) < 0.01);
    }
}

TEST_CASE("align: landmarks in one point are an error, not a division by zero") {
    Landmarks same;
    same.fill({50, 50});
    CHECK(similarity(same, arcface_template().points).error().code == ErrorCode::invalid_argument);
    same[2].x = std::numeric_limits<float>::quiet_NaN();
    CHECK_FALSE(similarity(same, arcface_template().points));
}

TEST_CASE("align: a still of many pixels gives the same crop as a frame of the camera") {
    for (const auto *crop : {&arcface_template(), &dlib_template()}) {
        Landmarks small_points;
        Landmarks large_points;
        const auto small = dotted(*crop, 1.5F, {100, 60}, {640, 360}, small_points);
        const auto large = dotted(*crop, 9.0F, {600, 360}, {3840, 2160}, large_points);
        Aligner small_aligner;
        Aligner large_aligner;
        const auto from_small = small_aligner.crop(small, small_points, *crop);
        const auto from_large = large_aligner.crop(large, large_points, *crop);
        REQUIRE(from_small);
        REQUIRE(from_large);
        CHECK((*from_small)->size() == cv::Size(crop->side, crop->side));
        cv::Mat difference;
        cv::absdiff(**from_small, **from_large, difference);
        CHECK(cv::mean(difference)[0] < 3);
    }
}

TEST_CASE("align: what lies outside the picture is black, a face wholly outside is an error") {
    Landmarks points;
    const auto picture = dotted(arcface_template(), 2, {-90, 20}, {320, 320}, points);
    Aligner aligner;
    const auto crop = aligner.crop(picture, points, arcface_template());
    REQUIRE(crop);
    CHECK((*crop)->at<cv::Vec3b>(56, 2) == cv::Vec3b(0, 0, 0));
    CHECK((*crop)->at<cv::Vec3b>(100, 100) != cv::Vec3b(0, 0, 0));
    // Of a large face a sliver of one pixel is left at the edge.
    Landmarks beside = arcface_template().points;
    for (auto &point : beside) {
        point = 50 * point - cv::Point2f(50 * 112, 0);
    }
    const auto sliver = aligner.crop(cv::Mat(2000, 320, CV_8UC3, cv::Scalar(9, 9, 9)), beside, arcface_template());
    REQUIRE(sliver);
    CHECK((*sliver)->at<cv::Vec3b>(56, 50) == cv::Vec3b(0, 0, 0));
    for (auto &point : points) {
        point.x += 5000;
    }
    CHECK(aligner.crop(picture, points, arcface_template()).error().code == ErrorCode::invalid_argument);
}

} // namespace xueshi::face
