#include <doctest/doctest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "firmware/camera/encoder.hpp"
#include "firmware/camera/gst/pipeline.hpp"
#include "firmware/recorder/blur.hpp"
#include "tests/support/failing_encoder.hpp"
#include "tests/support/video.hpp"

using namespace xueshi;

namespace {

constexpr std::size_t kPictures = 15;

/// Squares of any colours, sharp in luma and colour.
cv::Mat squares(const cv::Size &size) {
    constexpr int kSide = 32;
    cv::Mat coarse(size.height / kSide + 1, size.width / kSide + 1, CV_8UC3), picture;
    cv::RNG random(1);
    random.fill(coarse, cv::RNG::UNIFORM, 0, 256);
    cv::resize(coarse, picture, coarse.size() * kSide, 0, 0, cv::INTER_NEAREST);
    return picture(cv::Rect({}, size)).clone();
}

/// A film of one picture, as a camera's units.
std::vector<camera::Unit> film_of(const cv::Mat &picture, std::size_t pictures = kPictures) {
    namespace gst = camera::gst;
    auto graph = gst::Pipeline::parse(
        "appsrc name=in format=time caps=video/x-raw,format=BGRx,framerate=10/1,width=" + std::to_string(picture.cols) +
        ",height=" + std::to_string(picture.rows) +
        " ! videoconvert ! video/x-raw,format=I420 ! x264enc tune=zerolatency speed-preset=ultrafast bitrate=8000 ! "
        "h264parse "
        "config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au ! appsink name=out sync=false");
    REQUIRE(graph->play().has_value());
    cv::Mat rows; // of four bytes a point: none is padded
    cv::cvtColor(picture, rows, cv::COLOR_BGR2BGRA);
    std::vector<camera::Unit> units;
    for (std::size_t i = 0; i < pictures; ++i) {
        camera::Unit unit;
        unit.key_frame = i == 0;
        unit.pts_ns = static_cast<std::int64_t>(i) * 100'000'000;
        unit.duration_ns = 100'000'000;
        unit.captured.boot_ms = static_cast<std::int64_t>(i) * 100;
        REQUIRE(gst::push(graph->element("in"), {rows.data, rows.total() * rows.elemSize()}, unit.pts_ns));
        const auto sample = gst::pull(*graph, graph->element("out"), std::chrono::seconds(30));
        REQUIRE((sample && *sample));
        unit.data = gst::bytes_of(*sample);
        units.push_back(std::move(unit));
    }
    return units;
}

std::vector<recorder::UnitPtr> shared(const std::vector<camera::Unit> &units) {
    std::vector<recorder::UnitPtr> made;
    for (const auto &unit : units) {
        made.push_back(std::make_shared<const camera::Unit>(unit));
    }
    return made;
}

/// What it is to look like: 27 columns, but for the time above and four lines below.
cv::Mat expected(const cv::Mat &sharp) {
    const auto size = sharp.size();
    cv::Mat coarse, blurred;
    cv::resize(sharp, coarse, {27, 27 * size.height / size.width}, 0, 0, cv::INTER_AREA);
    cv::resize(coarse, blurred, size, 0, 0, cv::INTER_LINEAR);
    const int time = 25 + size.width / 24, lines = 25 + size.width / 8;
    for (const auto &corner :
         {cv::Rect(0, 0, size.width / 2, time), cv::Rect(0, size.height - lines, size.width / 2, lines)}) {
        sharp(corner).copyTo(blurred(corner));
    }
    return blurred;
}

/// Grey levels of 255 by which the most different square of 16 points differs in the mean.
double difference(const cv::Mat &a, const cv::Mat &b) {
    cv::Mat differ, squares;
    cv::absdiff(a, b, differ);
    cv::resize(differ, squares, differ.size() / 16, 0, 0, cv::INTER_AREA);
    return cv::norm(squares, cv::NORM_INF);
}

} // namespace

TEST_CASE("F27: a clip of an unknown person keeps its text and of the rest 27 columns, in light and colour, any size") {
    // Rows of 854, 426 and 250 points are padded, in luma, colour or both; 540 and 426 are upright; 213 and 125 columns
    // and 379 rows of colour are odd numbers.
    for (const auto &size : {cv::Size(640, 360), cv::Size(854, 480), cv::Size(426, 240), cv::Size(250, 144),
                             cv::Size(540, 960), cv::Size(426, 758)}) {
        CAPTURE(size);
        const auto units = film_of(squares(size));
        const auto made = recorder::blurred(shared(units));
        REQUIRE(made.has_value());
        REQUIRE(made->size() == kPictures);
        std::vector<camera::Unit> copies;
        for (std::size_t i = 0; i < made->size(); ++i) {
            const auto &unit = copies.emplace_back(*(*made)[i]);
            CHECK(unit.pts_ns == units[i].pts_ns);
            CHECK(unit.duration_ns == units[i].duration_ns);
            CHECK(unit.captured.boot_ms == units[i].captured.boot_ms);
        }
        const auto sharp = test::decode_units(units).back();
        const auto pictures = test::decode_units(copies);
        REQUIRE(pictures.size() == kPictures);
        REQUIRE(pictures.back().size() == size);
        CHECK(difference(pictures.back(), expected(sharp)) < 20);
        CHECK(difference(sharp, expected(sharp)) > 50);
    }
}

TEST_CASE("F27: a clip that cannot be decoded, or whose encoder fails on the way, is an error and not half blurred") {
    const auto units = film_of(squares({640, 360}), 60);
    auto broken = shared(units);
    camera::Unit unit = units[30];
    unit.data.assign(unit.data.size(), 0x5A);
    broken[30] = std::make_shared<const camera::Unit>(unit);
    CHECK_FALSE(recorder::blurred(broken).has_value());
    const test::FailingEncoder encoder;
    CHECK_FALSE(recorder::blurred(shared(units)).has_value());
}
