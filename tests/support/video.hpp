#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "firmware/camera/camera.hpp"
#include "firmware/camera/gst/pipeline.hpp"
#include "firmware/camera/gst/sample.hpp"
#include "firmware/camera/overlay.hpp"
#include "firmware/core/base/clock.hpp"

/// Looks into what cameras and recorders made. Link camera, camera_gst, opencv_imgproc.
namespace xueshi::test {

inline std::vector<cv::Mat> drain(camera::gst::Pipeline &pipeline) {
    std::vector<cv::Mat> pictures;
    const auto out = pipeline.element("out");
    for (;;) {
        const auto sample = camera::gst::pull(pipeline, out, std::chrono::seconds(10));
        if (!sample) {
            throw std::runtime_error(sample.error().message);
        }
        if (!*sample) {
            break;
        }
        pictures.push_back(camera::gst::copy_bgr(*sample));
    }
    return pictures;
}

/// All pictures of a file.
inline std::vector<cv::Mat> decode_file(const std::filesystem::path &file) {
    auto pipeline =
        camera::gst::Pipeline::parse("filesrc name=in ! decodebin ! videoconvert ! video/x-raw,format=BGR ! "
                                     "appsink name=out sync=false");
    pipeline->set_text("in", "location", file.string());
    if (!pipeline->play()) {
        throw std::runtime_error("no decoder");
    }
    return drain(*pipeline);
}

/// A film of `frames` pictures, 10 a second, that get brighter: luma 20, 30, 40, ... of 16 to 235
inline void make_video(const std::filesystem::path &file, int frames, cv::Size size) {
    namespace gst = camera::gst;
    auto pipeline =
        gst::Pipeline::parse("appsrc name=in format=time caps=\"video/x-raw,format=GRAY8,framerate=10/1,width=" +
                             std::to_string(size.width) + ",height=" + std::to_string(size.height) +
                             "\" ! videoconvert ! x264enc tune=zerolatency ! h264parse ! mp4mux ! "
                             "filesink name=out");
    pipeline->set_text("out", "location", file.string());
    if (!pipeline->play()) {
        throw std::runtime_error("no encoder");
    }
    for (int i = 0; i < frames; ++i) {
        const Bytes grey(static_cast<std::size_t>(size.area()), static_cast<std::uint8_t>(20 + 10 * i));
        if (!gst::push(pipeline->element("in"), grey, i * 100'000'000LL, 100'000'000)) {
            throw std::runtime_error("the encoder takes nothing");
        }
    }
    gst::end_stream(pipeline->element("in"));
    if (pipeline->wait(std::chrono::seconds(30)).outcome != gst::Pipeline::Outcome::ended) {
        throw std::runtime_error("the film was not written");
    }
}

/// All pictures of a camera's units, which begin with a key frame.
inline std::vector<cv::Mat> decode_units(const std::vector<camera::Unit> &units) {
    namespace gst = camera::gst;
    auto pipeline = gst::Pipeline::parse(
        "appsrc name=in format=time caps=video/x-h264,stream-format=byte-stream,alignment=au ! h264parse ! decodebin ! "
        "videoconvert ! video/x-raw,format=BGR ! appsink name=out sync=false");
    if (!pipeline || !pipeline->play()) {
        throw std::runtime_error("no decoder");
    }
    for (const auto &unit : units) {
        if (!gst::push(pipeline->element("in"), unit.data, unit.pts_ns, unit.duration_ns)) {
            throw std::runtime_error("the decoder takes nothing");
        }
    }
    gst::end_stream(pipeline->element("in"));
    return drain(*pipeline);
}

/// The picture with a line in the time's place, as the camera would draw it on black.
inline cv::Mat draw_time_line(cv::Size size, const std::string &line) {
    namespace gst = camera::gst;
    auto pipeline = gst::Pipeline::parse(
        "videotestsrc pattern=black num-buffers=1 ! video/x-raw,format=I420,width=" + std::to_string(size.width) +
        ",height=" + std::to_string(size.height) + " ! " + camera::time_element() +
        " ! videoconvert ! video/x-raw,format=BGR ! appsink name=out sync=false");
    pipeline->set_text("time", "text", line);
    if (!pipeline->play()) {
        throw std::runtime_error("no text overlay");
    }
    return drain(*pipeline).at(0);
}

inline cv::Mat draw_time(cv::Size size, std::int64_t wall_ms) {
    return draw_time_line(size, shanghai_time(wall_ms));
}

/// The line with the time, read digit by digit without knowing what it should be: each is the one of ten templates that
/// is most alike in its own cell. "????" where nothing is alike.
inline std::string read_burned_in_time(const cv::Mat &picture) {
    constexpr std::size_t kDigits[] = {0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18};
    const std::string form = "0000-00-00 00:00:00";
    std::vector<cv::Mat> templates; // all digits alike
    for (char digit = '0'; digit <= '9'; ++digit) {
        std::string line = form;
        for (const auto place : kDigits) {
            line[place] = digit;
        }
        cv::Mat grey;
        cv::cvtColor(draw_time_line(picture.size(), line), grey, cv::COLOR_BGR2GRAY);
        templates.push_back(grey);
    }
    cv::Mat grey;
    cv::cvtColor(picture, grey, cv::COLOR_BGR2GRAY);
    std::string read = form;
    for (const auto place : kDigits) {
        std::string other = form; // where this digit is: what changes when it does
        other[place] = '1';
        cv::Mat changed, score;
        cv::cvtColor(draw_time_line(picture.size(), other), changed, cv::COLOR_BGR2GRAY);
        cv::absdiff(changed, templates[0], changed);
        const cv::Rect cell = cv::boundingRect(changed > 40);
        double best = 0.6;
        read[place] = '?';
        for (std::size_t digit = 0; digit < templates.size(); ++digit) {
            cv::matchTemplate(grey(cell), templates[digit](cell), score, cv::TM_CCOEFF_NORMED);
            if (score.at<float>(0, 0) > best) {
                best = score.at<float>(0, 0);
                read[place] = static_cast<char>('0' + digit);
            }
        }
    }
    return read;
}

/// Reads the second that is burned into `picture`: the one of `around_wall_ms` +- 3 s whose drawing is most alike.
inline std::int64_t read_burned_in_second(const cv::Mat &picture, std::int64_t around_wall_ms) {
    const cv::Rect corner(0, 0, picture.cols / 2, picture.rows / 8);
    cv::Mat grey, drawn, score;
    cv::cvtColor(picture(corner), grey, cv::COLOR_BGR2GRAY);
    std::int64_t best = -1;
    double best_score = 0.7; // of the normalised correlation: no text at all stays below
    for (int offset = -3; offset <= 3; ++offset) {
        const auto second = around_wall_ms / 1000 + offset;
        cv::cvtColor(draw_time(picture.size(), second * 1000)(corner), drawn, cv::COLOR_BGR2GRAY);
        cv::matchTemplate(grey, drawn, score, cv::TM_CCOEFF_NORMED);
        if (score.at<float>(0, 0) > best_score) {
            best_score = score.at<float>(0, 0);
            best = second;
        }
    }
    return best;
}

} // namespace xueshi::test
