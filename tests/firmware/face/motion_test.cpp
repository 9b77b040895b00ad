#include "firmware/face/motion.hpp"

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

using namespace xueshi;
using face::Motion;

namespace {

camera::Frame wall() {
    camera::Frame frame;
    frame.bgr = cv::Mat(540, 960, CV_8UC3, cv::Scalar(160, 165, 170));
    return frame;
}

/// With the noise of a sensor in a dark room.
camera::Frame noisy_wall(std::uint64_t seed) {
    auto frame = wall();
    cv::Mat noise(frame.bgr.size(), CV_8UC3);
    cv::RNG random(seed);
    random.fill(noise, cv::RNG::NORMAL, cv::Scalar::all(20), cv::Scalar::all(10));
    frame.bgr += noise;
    return frame;
}

} // namespace

TEST_CASE("motion: before any frame was kept everything is news") {
    CHECK(Motion().moved(wall()));
}

TEST_CASE("motion: noise is none") {
    Motion motion;
    motion.keep(noisy_wall(1));
    for (std::uint64_t seed = 2; seed < 10; ++seed) {
        CHECK_FALSE(motion.moved(noisy_wall(seed)));
    }
}

TEST_CASE("motion: the smallest face that can be used is seen, wherever it stands") {
    Motion motion;
    motion.keep(wall());
    for (int x = 0; x + 50 <= 960; x += 35) {
        auto frame = wall();
        frame.bgr({x, x / 2, 50, 60}).setTo(cv::Scalar(110, 130, 170));
        CHECK(motion.moved(frame));
    }
}

TEST_CASE("motion: it is told against the frame that was kept, not against the last") {
    Motion motion;
    motion.keep(wall());
    auto frame = wall();
    for (int step = 1; step <= 20; ++step) {
        frame.bgr += cv::Scalar::all(1); // slower than noise from frame to frame
        CHECK(motion.moved(frame) == (step > 8));
    }
}
