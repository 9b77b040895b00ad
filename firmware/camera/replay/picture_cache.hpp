#pragma once

#include <filesystem>
#include <list>

#include "firmware/camera/frame.hpp"
#include "firmware/camera/replay/playlist.hpp"

namespace xueshi::camera::replay {

/// Photographs of a playlist, decoded and brought to their size on the canvas once. Thread-bound.
class PictureCache {
public:
    struct Picture {
        cv::Mat bgr;        ///< empty: the file cannot be used (logged once)
        cv::Point2d anchor; ///< the point of `bgr` that stands in the slot's middle
    };

    explicit PictureCache(cv::Size canvas) : canvas_(canvas) {}
    /// Valid until the next call.
    const Picture &get(const Item &item);
    /// Forgets all: a file may have been replaced together with the playlist.
    void clear() { entries_.clear(); }

private:
    struct Entry {
        Item item;
        Picture picture;
    };
    cv::Size canvas_;
    std::list<Entry> entries_; ///< newest use first
};

/// The largest factor that fits `photograph` into its slot, or brings its face to the wanted height.
double fitting_scale(const Item &item, cv::Size photograph, cv::Size canvas);

} // namespace xueshi::camera::replay
