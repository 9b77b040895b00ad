#include "firmware/recorder/content.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "firmware/camera/gst/pipeline.hpp"
#include "firmware/camera/gst/sample.hpp"

using namespace xueshi;
using record::Fault;
using recorder::PictureCheck;

namespace {

constexpr int kFramesPerSecond = 5;
constexpr std::int64_t kStartMs = 1'788'200'000'000;

/// The picture with a sensor's noise, which `seed` alone decides.
cv::Mat grainy(const cv::Mat &picture, double noise, int seed) {
    cv::Mat grain(picture.size(), CV_16SC3), sum;
    cv::RNG random(static_cast<std::uint64_t>(seed));
    random.fill(grain, cv::RNG::NORMAL, 0, noise);
    picture.convertTo(sum, CV_16SC3);
    sum += grain;
    sum.convertTo(sum, CV_8UC3);
    return sum;
}

/// A room with something that moves in it, and the noise of a sensor: a function of the moment.
cv::Mat room(int number, double noise = 2) {
    cv::Mat picture(180, 320, CV_8UC3);
    for (int y = 0; y < picture.rows; ++y) {
        for (int x = 0; x < picture.cols; ++x) {
            picture.at<cv::Vec3b>(y, x) = cv::Vec3b::all(static_cast<std::uint8_t>(60 + x / 3 + (y / 30 % 2) * 40));
        }
    }
    cv::RNG walk(static_cast<std::uint64_t>(number / 10 + 1));
    const cv::Point person(40 + (number * 7 + walk.uniform(0, 30)) % 240, 90);
    cv::circle(picture, person, 30, cv::Scalar::all(20 + number % 30), cv::FILLED);
    return grainy(picture, noise, number * 7'919 + 3);
}

struct Told {
    Fault fault;
    bool over;
    std::int64_t at_ms, since_ms; ///< of the footage
    bool operator==(const Told &) const = default;
};

/// Shows `seconds` of footage; what was told, and when.
std::vector<Told> show(PictureCheck &check, int seconds, const std::function<cv::Mat(int)> &footage, int from = 0) {
    std::vector<Told> told;
    for (int i = from; i < from + seconds * kFramesPerSecond; ++i) {
        camera::Frame frame;
        frame.bgr = footage(i);
        const std::int64_t at = i * 1'000 / kFramesPerSecond;
        frame.captured = {kStartMs + at, "boot", 1'000'000 + at, ClockQuality::synchronised};
        for (const auto &fault : check.look(frame)) {
            CHECK(fault.device == "classroom");
            CHECK(fault.since.wall_ms - kStartMs == fault.since.boot_ms - 1'000'000);
            told.push_back({fault.fault, fault.over, at, fault.since.boot_ms - 1'000'000});
        }
    }
    return told;
}

} // namespace

TEST_CASE("F08: a room in which people move is no fault") {
    PictureCheck check("classroom");
    CHECK(show(check, 150, [](int i) { return room(i); }).empty());
}

TEST_CASE("F08: a room in which nothing moves but the sensor's noise is no fault") {
    PictureCheck check("classroom");
    const cv::Mat empty = room(0, 0);
    CHECK(show(check, 60, [&](int i) { return grainy(empty, 1.5, i + 1); }).empty());
}

namespace {

/// A hand before the lens: light comes in at one side, and the sensor amplifies its noise.
cv::Mat shaded(int number) {
    cv::Mat hand(180, 320, CV_8UC3);
    for (int x = 0; x < hand.cols; ++x) {
        const int light = 50 + x * x / 1'000;
        hand.col(x).setTo(cv::Scalar(light / 2, light / 2 + 10, light + 20));
    }
    return grainy(hand, 8, number + 1);
}

} // namespace

TEST_CASE("F08: a room that is lit from one side, with one small person in it, is not covered") {
    PictureCheck check("classroom");
    CHECK(show(check, 30, [](int i) {
              cv::Mat wall = shaded(i);
              cv::circle(wall, {60 + i, 90}, 24, cv::Scalar::all(30), cv::FILLED);
              return wall;
          }).empty());
}

TEST_CASE("F08: a frozen, a black and a covered picture are told after ten seconds, since when, and when it is over") {
    const std::vector<std::pair<Fault, std::function<cv::Mat(int)>>> footage{
        {Fault::frozen, [](int) { return room(1); }},
        {Fault::black, [](int i) { return cv::Mat(room(i) * 0.08); }},
        {Fault::covered,
         [](int i) {
             cv::Mat hand(180, 320, CV_8UC3, cv::Scalar(40, 50, 90));
             hand.row(i % 180).setTo(cv::Scalar(42, 52, 92));
             cv::randn(hand, cv::Scalar(40, 50, 90), cv::Scalar::all(2));
             return hand;
         }},
        {Fault::covered, shaded},
    };
    for (const auto &[fault, picture] : footage) {
        CAPTURE(record::to_string(fault));
        PictureCheck check("classroom");
        const auto told =
            show(check, 60, [&, &shown = picture](int i) { return i < 50 || i >= 200 ? room(i) : shown(i); });
        REQUIRE(told.size() == 2);
        CHECK(told[0].fault == fault);
        CHECK_FALSE(told[0].over);
        CHECK(told[0].since_ms >= 10'000);
        CHECK(told[0].since_ms <= 10'400);
        CHECK(told[0].at_ms - told[0].since_ms == PictureCheck::kHoldMs);
        CHECK(told[1].over);
        CHECK(told[1].since_ms == told[0].since_ms);
        CHECK(told[1].at_ms <= 40'000 + recorder::Persistence::kReleaseMs + 400);
    }
}

namespace {

/// What a network camera of 25 pictures a second makes of a room that stands still: every fifth, decoded.
std::vector<cv::Mat> coded(int seconds, const std::string &encoder, double noise) {
    namespace gst = camera::gst;
    const auto still = room(1);
    auto graph = gst::Pipeline::parse(fmt::format(
        "appsrc name=in format=time block=true caps=video/x-raw,format=BGR,width={},height={},framerate=25/1 "
        "! videoconvert ! video/x-raw,format=I420 ! {} ! h264parse ! decodebin ! videoconvert ! "
        "video/x-raw,format=BGR ! appsink name=out sync=false",
        still.cols, still.rows, encoder));
    REQUIRE(graph);
    REQUIRE(graph->play());
    for (int i = 0; i < seconds * 25; ++i) {
        cv::Mat grain(still.size(), CV_16SC3), picture;
        cv::RNG random(static_cast<std::uint64_t>(i) + 1);
        random.fill(grain, cv::RNG::NORMAL, 0, noise);
        still.convertTo(picture, CV_16SC3);
        picture += grain;
        picture.convertTo(picture, CV_8UC3);
        REQUIRE(gst::push(graph->element("in"), ByteView(picture.data, picture.total() * picture.elemSize()),
                          std::int64_t{i} * 40'000'000, 40'000'000));
    }
    gst::end_stream(graph->element("in"));
    std::vector<cv::Mat> pictures;
    for (int i = 0;; ++i) {
        const auto sample = gst::pull(*graph, graph->element("out"), std::chrono::seconds(20));
        REQUIRE(sample);
        if (!*sample) {
            return pictures;
        }
        if (i % 5 == 0) {
            pictures.push_back(gst::copy_bgr(*sample));
        }
    }
}

} // namespace

TEST_CASE(
    "F08: a frozen picture is told though it was coded on its way, and a sensor's noise that was coded is no fault") {
    constexpr int kSeconds = 45;
    for (const std::string encoder : {"x264enc tune=zerolatency speed-preset=ultrafast bitrate=250 key-int-max=25",
                                      "x264enc tune=zerolatency speed-preset=veryfast bitrate=400 key-int-max=50"}) {
        CAPTURE(encoder);
        const auto seen = [&](double noise) {
            const auto pictures = coded(kSeconds, encoder, noise);
            REQUIRE(pictures.size() == kSeconds * kFramesPerSecond);
            PictureCheck check("classroom");
            return show(check, kSeconds, [&](int i) { return pictures[static_cast<std::size_t>(i)]; });
        };
        const auto frozen = seen(0);
        REQUIRE(frozen.size() == 1);
        CHECK(frozen[0].fault == Fault::frozen);
        CHECK(frozen[0].at_ms <= PictureCheck::kCodedMs + PictureCheck::kHoldMs + 5'000); // until the coder has settled
        CHECK(seen(2).empty());
    }
}

namespace {

/// As an upright camera's picture lies in a wide one.
cv::Mat between_bars(const cv::Mat &picture) {
    cv::Mat wide(180, 320, CV_8UC3, cv::Scalar::all(0));
    cv::resize(picture, wide(cv::Rect(109, 0, 102, 180)), {102, 180}, 0, 0, cv::INTER_NEAREST);
    return wide;
}

} // namespace

TEST_CASE("F08: an upright picture between bars is judged by itself: living, covered, played again") {
    const auto seen = [](int seconds, const std::function<cv::Mat(int)> &footage) {
        PictureCheck check("classroom");
        return show(check, seconds, [&](int i) { return between_bars(footage(i)); });
    };
    CHECK(seen(130, [](int i) { return room(i); }).empty());
    cv::Mat empty = room(0, 0);
    CHECK(seen(130,
               [&](int i) { // nothing moves but a lamp that flickers, and the sensor's noise
                   cv::Mat grain(empty.size(), CV_16SC3), sum;
                   cv::RNG random(static_cast<std::uint64_t>(i) + 1);
                   random.fill(grain, cv::RNG::NORMAL, cv::Scalar::all(i % 15 == 0 ? 12 : 0), cv::Scalar::all(3));
                   empty.convertTo(sum, CV_16SC3);
                   sum += grain;
                   sum.convertTo(sum, CV_8UC3);
                   return sum;
               })
              .empty());
    const auto covered = seen(30, [](int) {
        cv::Mat hand(180, 320, CV_8UC3);
        cv::randn(hand, cv::Scalar(40, 50, 90), cv::Scalar::all(2));
        return hand;
    });
    REQUIRE(covered.size() == 1);
    CHECK(covered[0].fault == Fault::covered);
    const auto looped = seen(60, [](int i) { return room(i % 60); });
    REQUIRE(looped.size() == 1);
    CHECK(looped[0].fault == Fault::looped);
    const auto frozen = seen(30, [](int) { return room(3); });
    REQUIRE(frozen.size() == 1);
    CHECK(frozen[0].fault == Fault::frozen);
}

TEST_CASE("F08: a lamp in the dark, wherever it is, is a black picture and not one between bars") {
    for (const auto &place : {cv::Point(160, 90), cv::Point(165, 95), cv::Point(20, 90), cv::Point(300, 170)}) {
        PictureCheck check("classroom");
        const auto told = show(check, 15, [&](int i) {
            cv::Mat dark(180, 320, CV_8UC3, cv::Scalar::all(0));
            cv::circle(dark, place + cv::Point(i % 3, 0), 9, cv::Scalar::all(250), cv::FILLED);
            return dark;
        });
        REQUIRE_FALSE(told.empty());
        CHECK(std::ranges::any_of(told, [](const Told &one) { return one.fault == Fault::black; }));
    }
}

TEST_CASE("F08: a blink of darkness is no fault") {
    PictureCheck check("classroom");
    CHECK(show(check, 40, [](int i) { return i > 50 && i < 90 ? cv::Mat(room(i) * 0.05) : room(i); }).empty());
}

TEST_CASE("F08: footage that is played again and again is told, whatever its length and small coding noise") {
    for (const int frames : {15, 50, 203}) {
        CAPTURE(frames);
        PictureCheck check("classroom");
        const auto told = show(check, 130, [&](int i) {
            cv::Mat picture = room(i % frames);
            picture.at<cv::Vec3b>(90, 160) += cv::Vec3b::all(static_cast<std::uint8_t>(i % 2)); // coding noise
            return picture;
        });
        REQUIRE(told.size() == 1);
        CHECK(told[0].fault == Fault::looped);
        CHECK(told[0].at_ms <=
              frames * 1'000 / kFramesPerSecond + PictureCheck::kLoopShortestMs + PictureCheck::kLoopMatchedMs + 1'000);
    }
}

TEST_CASE("F08: a loop that drops a picture now and then is still told") {
    PictureCheck check("classroom");
    int shown = 0;
    const auto told = show(check, 60, [&](int i) {
        shown += i % 37 == 0 ? 2 : 1;
        return room(shown % 60);
    });
    REQUIRE(told.size() == 1);
    CHECK(told[0].fault == Fault::looped);
}

TEST_CASE("F08: silence is told after ten seconds, a pause is not, and a lost device ends it") {
    recorder::SoundCheck check;
    std::vector<std::pair<std::int64_t, bool>> told;
    const auto hear = [&](std::int64_t from, std::int64_t until, double dbfs) {
        for (auto at = from; at < until; at += 100) {
            if (const auto fault = check.look(dbfs, {kStartMs + at, "boot", at, ClockQuality::synchronised})) {
                told.emplace_back(at, fault->over);
            }
        }
    };
    hear(0, 5'000, -40);
    hear(5'000, 14'000, -90); // a pause
    hear(14'000, 20'000, -58);
    CHECK(told.empty());
    hear(20'000, 40'000, -100);
    REQUIRE(told.size() == 1);
    CHECK(told[0] == std::pair<std::int64_t, bool>(30'000, false));
    CHECK(check.ongoing().has_value());
    hear(40'000, 50'000, -50);
    REQUIRE(told.size() == 2);
    CHECK(told[1].second);
    CHECK_FALSE(check.ongoing().has_value());
    hear(50'000, 70'000, -100);
    CHECK(check.end().has_value());
    CHECK_FALSE(check.end().has_value());
}
