#include "firmware/face/wide_search.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include <opencv2/core.hpp>

#include "tests/support/fake_pipeline.hpp"

using namespace xueshi;
using namespace xueshi::face;

namespace {

/// Sees a white square that is at least 24 pixels large and at most three quarters of what it is shown, as a detector
/// sees a face; a square that the edge cuts, too.
class SquareFinder final : public test::FakePipeline {
public:
    std::vector<cv::Size> shown;
    int fails_at = -1;

    Expected<void> detect(const camera::Frame &frame, std::vector<Detection> &into, Reach reach) override {
        CHECK(reach == Reach::near);
        into.clear();
        if (static_cast<int>(shown.size()) == fails_at) {
            return fail(ErrorCode::corrupt, "the network cannot run");
        }
        shown.push_back(frame.bgr.size());
        cv::Mat left = frame.bgr.clone();
        for (int y = 0; y < left.rows; ++y) {
            for (int x = 0; x < left.cols; ++x) {
                if (left.at<cv::Vec3b>(y, x)[0] > 200) {
                    take(left, {x, y}, into);
                }
            }
        }
        return {};
    }

private:
    static void take(cv::Mat &left, const cv::Point &corner, std::vector<Detection> &into) {
        cv::Rect square(corner, cv::Size(0, 0));
        while (corner.x + square.width < left.cols && left.at<cv::Vec3b>(corner.y, corner.x + square.width)[0] > 100) {
            ++square.width;
        }
        while (corner.y + square.height < left.rows &&
               left.at<cv::Vec3b>(corner.y + square.height, corner.x)[0] > 100) {
            ++square.height;
        }
        left(square).setTo(cv::Scalar::all(0));
        cv::Rect2f box(square);
        // A face that is cut is guessed whole, over the edge.
        const float side = std::max(box.width, box.height);
        if (corner.x == 0) {
            box.x -= side - box.width;
        }
        if (corner.y == 0) {
            box.y -= side - box.height;
        }
        box.width = box.height = side;
        if (side >= 23 && side <= 0.75F * static_cast<float>(std::min(left.cols, left.rows))) {
            into.emplace_back().box = box;
        }
    }
};

camera::Frame with_squares(const cv::Size &size, const std::vector<cv::Rect> &squares) {
    camera::Frame frame;
    frame.bgr = cv::Mat::zeros(size, CV_8UC3);
    for (const auto &square : squares) {
        frame.bgr(square).setTo(cv::Scalar::all(255));
    }
    return frame;
}

std::vector<Detection> search(camera::Frame frame, SquareFinder &finder) {
    WideSearch search(std::move(frame));
    for (int steps = 0; steps < 1'000; ++steps) {
        const auto more = search.step(finder);
        REQUIRE(more);
        if (!*more) {
            return search.found();
        }
    }
    FAIL("never ends");
    return {};
}

} // namespace

TEST_CASE("wide search: faces of every size are found once each, wherever they are") {
    SquareFinder finder;
    std::vector<cv::Rect> squares;
    for (int i = 0, side = 24; side < 64; ++i, side += 4) { // a class, row behind row
        squares.emplace_back(20 + 120 * i, 40, side, side);
        squares.emplace_back(70 + 119 * i, 180, 27, 27);
    }
    squares.emplace_back(100, 300, 90, 90);
    squares.emplace_back(300, 300, 150, 150);
    squares.emplace_back(700, 260, 400, 400); // who comes close hides nobody else
    const auto found = search(with_squares({1280, 720}, squares), finder);
    CHECK(found.size() == squares.size());
    for (const auto &square : squares) {
        CAPTURE(square.x);
        const cv::Rect2f wanted(square);
        CHECK(std::ranges::count_if(found, [&](const Detection &one) {
                  return (one.box & wanted).area() > 0.7F * std::max(one.box.area(), wanted.area());
              }) == 1);
    }
    CHECK(finder.shown.size() == 35);
    CHECK(std::ranges::all_of(finder.shown, [](const auto &one) { return one.width <= 320 && one.height <= 192; }));
}

TEST_CASE("wide search: an upright picture and one that is smaller than a piece are searched whole") {
    SquareFinder finder;
    const std::vector<cv::Rect> far{{5, 5, 25, 25}, {600, 1'240, 25, 25}, {340, 620, 30, 30}};
    CHECK(search(with_squares({720, 1'280}, far), finder).size() == 3);
    finder.shown.clear();
    CHECK(search(with_squares({200, 150}, {{70, 60, 40, 40}}), finder).size() == 1);
    CHECK(finder.shown.size() == 1);
    finder.shown.clear();
    CHECK(search(with_squares({8'192, 16}, {}), finder).empty()); // as flat as a pipeline takes
    CHECK(finder.shown.size() > 1);
}

TEST_CASE("wide search: what the pipeline cannot do is said as it says it") {
    SquareFinder finder;
    finder.fails_at = 3;
    WideSearch search(with_squares({1280, 720}, {}));
    auto more = search.step(finder);
    for (int i = 0; i < 10 && more && *more; ++i) {
        more = search.step(finder);
    }
    REQUIRE(!more);
    CHECK(more.error().message == "the network cannot run");
}
