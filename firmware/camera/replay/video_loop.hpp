#pragma once

#include <filesystem>
#include <optional>

#include "firmware/camera/frame.hpp"
#include "firmware/camera/gst/pipeline.hpp"

namespace xueshi::camera::replay {

/// A video file, played from its beginning again and again at its own speed. Thread-bound.
class VideoLoop {
public:
    /// Frames are scaled to fit `box` with their shape kept.
    static Expected<VideoLoop> open(const std::filesystem::path &file, cv::Size box);

    /// The picture `elapsed_ms` after the loop began; time only goes forward. Empty when the file cannot be decoded.
    const cv::Mat &picture_at(std::int64_t elapsed_ms);

private:
    VideoLoop(gst::Pipeline pipeline, gst::Element frames)
        : pipeline_(std::move(pipeline)), frames_(std::move(frames)) {}
    bool advance();
    bool rewind();

    gst::Pipeline pipeline_;
    gst::Element frames_;
    cv::Mat picture_;
    std::int64_t round_began_ms_ = 0; ///< of this round, in the loop's time
    std::int64_t shown_until_ms_ = 0; ///< when the picture's own time ends, in the loop's time
    bool broken_ = false;
};

} // namespace xueshi::camera::replay
