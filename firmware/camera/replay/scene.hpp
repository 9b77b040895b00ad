#pragma once

#include <map>
#include <vector>

#include "firmware/camera/frame.hpp"
#include "firmware/camera/replay/picture_cache.hpp"
#include "firmware/camera/replay/playlist.hpp"
#include "firmware/camera/replay/video_loop.hpp"

namespace xueshi::camera::replay {

/// Draws what stands before the camera. The same playlist, seed and moment give the same picture. Thread-bound.
class Scene {
public:
    explicit Scene(cv::Size canvas);

    /// 8-bit BGR of the canvas' size; valid until the next call. An empty room is a wall with the noise of a sensor.
    const cv::Mat &draw(const Playlist &playlist, std::int64_t wall_ms);

private:
    void draw_background(std::int64_t wall_ms);
    void draw_item(const Item &item, std::int64_t wall_ms);
    void draw_picture(const cv::Mat &picture, cv::Point2d anchor, const Item &item, std::int64_t wall_ms);
    cv::Mat video_picture(const Item &item, std::int64_t wall_ms);
    void close_videos(const Playlist &playlist, std::int64_t wall_ms);

    struct Video {
        Item item;
        Expected<VideoLoop> loop;
    };

    cv::Size size_;
    cv::Mat canvas_, wall_, noise_, lit_;
    PictureCache pictures_;
    std::vector<Video> videos_;
};

} // namespace xueshi::camera::replay
