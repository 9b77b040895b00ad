#include "tests/bench/face/canvas.hpp"

#include <doctest/doctest.h>

using namespace xueshi::bench;

TEST_CASE("bench_face: a picture of whatever shape is shown whole") {
    for (const cv::Size size : {cv::Size(1600, 400), cv::Size(300, 900), cv::Size(960, 540), cv::Size(5000, 10)}) {
        const cv::Mat picture(size, CV_8UC3, cv::Scalar(255, 255, 255));
        const auto frame = on_wall(picture, cv::Size(960, 540));
        CHECK(frame.size() == cv::Size(960, 540));
        const auto middle = frame.at<cv::Vec3b>(frame.rows / 2, frame.cols / 2);
        CHECK(middle[0] == 255);
    }
    const auto wide = on_wall(cv::Mat(400, 1600, CV_8UC3, cv::Scalar(255, 255, 255)), cv::Size(960, 540));
    CHECK(wide.at<cv::Vec3b>(10, 480)[0] == 96);
    CHECK(wide.at<cv::Vec3b>(270, 0)[0] == 255);
}
