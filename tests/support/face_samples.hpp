#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "firmware/camera/camera.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/face/face.hpp"

/// Fetched models and photographs, where they are: scripts/fetch_models. Tests run in the source folder. Link camera.
namespace xueshi::test {

inline const std::filesystem::path kModelManifest = "models/manifest.json";
inline const std::filesystem::path kModelFiles = "models/files";

/// Says in one line that a test is skipped when nothing was fetched.
inline bool have_models() {
    if (std::filesystem::exists(kModelFiles / "centerface.onnx") && std::filesystem::exists(kModelFiles / "samples")) {
        return true;
    }
    MESSAGE("skipped: models/files is empty (scripts/fetch_models)");
    return false;
}

/// Research sets of faces and fingers, beside the checkout or in XUESHI_TEST_DATA; empty and one line when absent.
inline std::filesystem::path test_data(const std::string &folder) {
    const char *given = std::getenv("XUESHI_TEST_DATA");
    const auto path = std::filesystem::path(given != nullptr ? given : "../shared/data") / folder;
    if (std::filesystem::is_directory(path)) {
        return path;
    }
    MESSAGE("skipped: no test data " << folder << " (XUESHI_TEST_DATA)");
    return {};
}

inline camera::Frame read_picture(const std::filesystem::path &path) {
    const auto file = read_file(path, 10 << 20);
    if (!file) {
        throw std::runtime_error(file.error().message);
    }
    auto frame = camera::decode_still(as_bytes(*file), {});
    if (!frame) {
        throw std::runtime_error(path.string() + ": " + frame.error().message);
    }
    return std::move(*frame);
}

/// "obama.jpg", "obama2.jpg", "obama3.jpg" (one person), "biden.jpg", "astronaut.png".
inline camera::Frame sample(const std::string &name) {
    return read_picture(kModelFiles / "samples" / name);
}

/// The picture as an analysis frame of 640 x 360: scaled to `height`, moved by `shift_x` from the middle, lit.
inline camera::Frame on_canvas(const camera::Frame &picture, int height, int shift_x, double light) {
    const double scale = static_cast<double>(height) / picture.bgr.rows;
    cv::Mat small;
    cv::resize(picture.bgr, small, {}, scale, scale, cv::INTER_AREA);
    small.convertTo(small, -1, light, 0);
    camera::Frame frame;
    frame.bgr = cv::Mat(360, 640, CV_8UC3, cv::Scalar(96, 96, 96));
    const cv::Rect wanted(320 - small.cols / 2 + shift_x, std::min(0, 360 - small.rows) / 2, small.cols, small.rows);
    const cv::Rect seen = wanted & cv::Rect(0, 0, 640, 360);
    small(seen - wanted.tl()).copyTo(frame.bgr(seen));
    return frame;
}

} // namespace xueshi::test
