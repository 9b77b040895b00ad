#include <doctest/doctest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "firmware/face/align.hpp"
#include "firmware/face/quality.hpp"

namespace xueshi::face {

namespace {

const cv::Size kPicture(640, 360);

/// A face looking at the camera, `scale` times the 112 x 112 template, at 200, 100.
Detection frontal(float scale = 1) {
    Detection detection;
    detection.box = {200, 100, 90 * scale, 120 * scale};
    for (std::size_t i = 0; i < detection.landmarks.size(); ++i) {
        detection.landmarks[i] = cv::Point2f(190, 90) + arcface_template().points[i] * scale;
    }
    return detection;
}

Detection turned(float degrees) {
    auto detection = frontal();
    const float angle = degrees * static_cast<float>(CV_PI) / 180;
    const auto middle = detection.landmarks[2];
    for (auto &point : detection.landmarks) {
        const auto from = point - middle;
        point = middle + cv::Point2f(from.x * std::cos(angle) - from.y * std::sin(angle),
                                     from.x * std::sin(angle) + from.y * std::cos(angle));
    }
    return detection;
}

/// Grey noise of a mean: as sharp as a picture can be.
cv::Mat noise(double mean, double spread) {
    cv::Mat picture(112, 112, CV_8UC3);
    cv::RNG random(7);
    random.fill(picture, cv::RNG::NORMAL, mean, spread);
    return picture;
}

QualityFlaw light_flaw(const cv::Mat &aligned) {
    CropQuality quality;
    return quality.judge(aligned, {}).flaw;
}

} // namespace

TEST_CASE("quality: a face that looks at the camera has no flaw") {
    CHECK(geometry_flaw(frontal(), kPicture, {}) == QualityFlaw::none);
    CHECK(light_flaw(noise(120, 20)) == QualityFlaw::none);
}

TEST_CASE("quality: a face far away is too small") {
    CHECK(geometry_flaw(frontal(0.4F), kPicture, {}) == QualityFlaw::too_small);
}

TEST_CASE("quality: a face across the border is cut off") {
    auto detection = frontal();
    detection.box.x = -30;
    CHECK(geometry_flaw(detection, kPicture, {}) == QualityFlaw::cut_off);
    detection.box = {200, 300, 90, 120};
    CHECK(geometry_flaw(detection, kPicture, {}) == QualityFlaw::cut_off);
}

TEST_CASE("quality: a head turned, tilted or lying is turned away") {
    CHECK(geometry_flaw(turned(20), kPicture, {}) == QualityFlaw::none);
    CHECK(geometry_flaw(turned(60), kPicture, {}) == QualityFlaw::turned_away);
    auto to_the_side = frontal();
    to_the_side.landmarks[2].x = to_the_side.landmarks[1].x;
    CHECK(geometry_flaw(to_the_side, kPicture, {}) == QualityFlaw::turned_away);
    auto up = frontal();
    up.landmarks[2].y = up.landmarks[0].y + 2;
    CHECK(geometry_flaw(up, kPicture, {}) == QualityFlaw::turned_away);
}

TEST_CASE("quality: numbers that are none are a flaw, not a pass") {
    auto detection = frontal();
    detection.landmarks[0].x = std::numeric_limits<float>::quiet_NaN();
    CHECK(geometry_flaw(detection, kPicture, {}) != QualityFlaw::none);
    auto mouth = frontal();
    mouth.landmarks[3].y = mouth.landmarks[4].y = std::numeric_limits<float>::quiet_NaN();
    CHECK(geometry_flaw(mouth, kPicture, {}) != QualityFlaw::none);
}

TEST_CASE("quality: darkness, glare and blur are told apart") {
    CHECK(light_flaw(noise(12, 5)) == QualityFlaw::too_dark);
    CHECK(light_flaw(noise(250, 3)) == QualityFlaw::too_bright);
    cv::Mat blurred;
    cv::GaussianBlur(noise(120, 20), blurred, {0, 0}, 6);
    CHECK(light_flaw(blurred) == QualityFlaw::too_blurred);
}

TEST_CASE("quality: the pose tells left from right, and a larger, sharper, frontal face is the better sample") {
    auto left = frontal();
    left.landmarks[2].x -= 8;
    auto right = frontal();
    right.landmarks[2].x += 8;
    CHECK(pose_of(left).yaw < -10);
    CHECK(pose_of(right).yaw > 10);
    CHECK(pose_of(turned(20)).roll == doctest::Approx(20).epsilon(0.05));
    CHECK(std::abs(pose_of(frontal()).yaw) < 5);
    CHECK(std::abs(pose_of(frontal()).pitch) < 5);
    CHECK(sample_quality(frontal(2), {}, 200) > sample_quality(frontal(1), {}, 200));
    CHECK(sample_quality(frontal(1), {}, 400) > sample_quality(frontal(1), {}, 100));
    CHECK(sample_quality(frontal(1), {}, 200) > sample_quality(frontal(1), {25, 0, 0}, 200));
}

TEST_CASE("quality: each flaw has its own word") {
    CHECK(to_string(QualityFlaw::none) == "none");
    CHECK(to_string(QualityFlaw::too_small) == "too_small");
    CHECK(to_string(QualityFlaw::too_blurred) == "too_blurred");
    CHECK(to_string(QualityFlaw::too_dark) == "too_dark");
    CHECK(to_string(QualityFlaw::too_bright) == "too_bright");
    CHECK(to_string(QualityFlaw::turned_away) == "turned_away");
    CHECK(to_string(QualityFlaw::cut_off) == "cut_off");
    CHECK(to_string(QualityFlaw::eyes_covered) == "eyes_covered");
    CHECK(to_string(QualityFlaw::mouth_covered) == "mouth_covered");
    CHECK(to_string(QualityFlaw::brows_covered) == "brows_covered");
}

} // namespace xueshi::face
