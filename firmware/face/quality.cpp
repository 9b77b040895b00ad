#include "firmware/face/quality.hpp"

#include <cmath>

#include <opencv2/imgproc.hpp>

namespace xueshi::face {

std::string_view to_string(QualityFlaw flaw) {
    switch (flaw) {
    case QualityFlaw::none:
        return "none";
    case QualityFlaw::too_small:
        return "too_small";
    case QualityFlaw::too_blurred:
        return "too_blurred";
    case QualityFlaw::too_dark:
        return "too_dark";
    case QualityFlaw::too_bright:
        return "too_bright";
    case QualityFlaw::turned_away:
        return "turned_away";
    case QualityFlaw::cut_off:
        return "cut_off";
    case QualityFlaw::eyes_covered:
        return "eyes_covered";
    case QualityFlaw::mouth_covered:
        return "mouth_covered";
    case QualityFlaw::brows_covered:
        return "brows_covered";
    }
    return "unknown";
}

namespace {

/// Along the eye line and across it, from the middle of the eyes, in eye distances.
struct FaceAxes {
    cv::Point2f middle, along;
    float eye_distance = 0;

    explicit FaceAxes(const std::array<cv::Point2f, 5> &points) {
        middle = (points[0] + points[1]) * 0.5F;
        along = points[1] - points[0];
        eye_distance = std::hypot(along.x, along.y);
    }
    cv::Point2f at(const cv::Point2f &point) const {
        const auto from = point - middle;
        const float square = eye_distance * eye_distance;
        return {(from.x * along.x + from.y * along.y) / square, (from.y * along.x - from.x * along.y) / square};
    }
};

bool is_turned(const Detection &detection, const FaceAxes &axes, const QualityLimits &limits) {
    const auto &points = detection.landmarks;
    const float roll = std::atan2(axes.along.y, axes.along.x) * 180.0F / static_cast<float>(CV_PI);
    const auto nose = axes.at(points[2]);
    const auto mouth = axes.at((points[3] + points[4]) * 0.5F);
    if (std::abs(roll) > limits.max_roll_degrees || std::abs(nose.x) > limits.max_yaw) {
        return true;
    }
    const float pitch = nose.y / mouth.y;
    // Also false for a mouth on the eye line.
    return !(mouth.y > 0 && pitch > limits.min_pitch && pitch < limits.max_pitch);
}

} // namespace

QualityFlaw geometry_flaw(const Detection &detection, const cv::Size &picture, const QualityLimits &limits) {
    const FaceAxes axes(detection.landmarks);
    if (!(axes.eye_distance >= limits.min_eye_distance)) {
        return QualityFlaw::too_small;
    }
    const cv::Rect2f inside = detection.box & cv::Rect2f({0, 0}, cv::Size2f(picture));
    if (!(inside.area() >= (1 - limits.max_outside) * detection.box.area())) {
        return QualityFlaw::cut_off;
    }
    return is_turned(detection, axes, limits) ? QualityFlaw::turned_away : QualityFlaw::none;
}

Pose pose_of(const Detection &detection) {
    const auto &points = detection.landmarks;
    const FaceAxes axes(points);
    if (!(axes.eye_distance > 0)) {
        return {};
    }
    constexpr float kDegrees = 180.0F / static_cast<float>(CV_PI);
    const auto nose = axes.at(points[2]);
    const auto mouth = axes.at((points[3] + points[4]) * 0.5F);
    Pose pose;
    pose.roll = std::atan2(axes.along.y, axes.along.x) * kDegrees;
    // The tip of the nose stands about half the eye distance before the eyes' plane, and in a level face halfway
    // between eyes and mouth.
    pose.yaw = std::atan2(nose.x, 0.5F) * kDegrees;
    pose.pitch = std::atan2(nose.y - mouth.y * 0.5F, 0.5F) * kDegrees;
    return pose;
}

CropQuality::Result CropQuality::judge(const cv::Mat &aligned_bgr, const QualityLimits &limits) {
    cv::cvtColor(aligned_bgr, grey_, cv::COLOR_BGR2GRAY);
    // Eyes to mouth: hair and background have their own light.
    const cv::Mat inner = grey_(cv::Rect(grey_.cols / 5, grey_.rows / 4, grey_.cols * 3 / 5, grey_.rows * 5 / 8));
    Result result;
    result.brightness = cv::mean(inner)[0];
    if (result.brightness < limits.min_brightness || result.brightness > limits.max_brightness) {
        result.flaw = result.brightness < limits.min_brightness ? QualityFlaw::too_dark : QualityFlaw::too_bright;
        return result;
    }
    cv::Laplacian(inner, edges_, CV_32F);
    cv::Scalar mean;
    cv::Scalar deviation;
    cv::meanStdDev(edges_, mean, deviation);
    result.sharpness = deviation[0] * deviation[0];
    result.flaw = result.sharpness < limits.min_sharpness ? QualityFlaw::too_blurred : covered(aligned_bgr);
    return result;
}

float sample_quality(const Detection &detection, const Pose &pose, double sharpness) {
    const auto eyes = detection.landmarks[1] - detection.landmarks[0];
    // Half the marks at 40 pixels between the eyes, at a sharpness of 150, at 20 degrees.
    const float size = std::hypot(eyes.x, eyes.y) / (std::hypot(eyes.x, eyes.y) + 40);
    const auto sharp = static_cast<float>(sharpness / (sharpness + 150));
    const float turn = 1 / (1 + (pose.yaw * pose.yaw + pose.pitch * pose.pitch + pose.roll * pose.roll) / 400);
    return std::cbrt(size * sharp * turn);
}

} // namespace xueshi::face
