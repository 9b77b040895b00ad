#include "firmware/camera/replay/scene.hpp"

#include <algorithm>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "firmware/camera/replay/motion.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::camera::replay {
namespace {

constexpr int kNoiseMargin = 64; ///< the noise's tile is shifted by up to this much from frame to frame

/// A plain wall, lit from above.
cv::Mat make_wall(cv::Size size) {
    cv::Mat wall(size, CV_8UC3);
    for (int y = 0; y < size.height; ++y) {
        const int light = 172 - 36 * y / size.height;
        wall.row(y).setTo(cv::Scalar(light - 6, light - 2, light));
    }
    return wall;
}

cv::Mat make_noise(cv::Size size) {
    cv::Mat noise(size.height + kNoiseMargin, size.width + kNoiseMargin, CV_8UC3);
    cv::RNG random(20240901);
    random.fill(noise, cv::RNG::NORMAL, cv::Scalar::all(6), cv::Scalar::all(2.5));
    return noise;
}

bool covers(const Item &item, std::int64_t wall_ms) {
    return item.from_ms <= wall_ms && wall_ms < item.until_ms;
}

bool is_video(const Item &item) {
    return item.file.extension() == ".mp4";
}

/// The part of the canvas that an item may touch: two people never cover each other.
cv::Rect slot_part(Slot slot, cv::Size canvas) {
    const cv::Rect half(0, 0, canvas.width / 2, canvas.height);
    switch (slot) {
    case Slot::left:
        return half;
    case Slot::right:
        return half + cv::Point(canvas.width / 2, 0);
    case Slot::centre:
        break;
    }
    return {cv::Point(), canvas};
}

} // namespace

Scene::Scene(cv::Size canvas)
    : size_(canvas), canvas_(canvas, CV_8UC3), wall_(make_wall(canvas)), noise_(make_noise(canvas)), pictures_(canvas) {
}

const cv::Mat &Scene::draw(const Playlist &playlist, std::int64_t wall_ms) {
    close_videos(playlist, wall_ms);
    draw_background(wall_ms);
    for (const auto &item : playlist.items) {
        if (covers(item, wall_ms)) {
            draw_item(item, wall_ms);
        }
    }
    return canvas_;
}

void Scene::draw_background(std::int64_t wall_ms) {
    cv::RNG random(static_cast<std::uint64_t>(wall_ms) * 2654435761u + 1);
    const cv::Rect tile(random.uniform(0, kNoiseMargin), random.uniform(0, kNoiseMargin), size_.width, size_.height);
    cv::add(wall_, noise_(tile), canvas_);
}

void Scene::draw_item(const Item &item, std::int64_t wall_ms) {
    if (is_video(item)) {
        const auto picture = video_picture(item, wall_ms);
        draw_picture(picture, {picture.cols / 2.0, picture.rows / 2.0}, item, item.from_ms);
        return;
    }
    const auto &picture = pictures_.get(item);
    draw_picture(picture.bgr, picture.anchor, item, wall_ms);
}

void Scene::draw_picture(const cv::Mat &picture, cv::Point2d anchor, const Item &item, std::int64_t wall_ms) {
    if (picture.empty()) {
        return;
    }
    const auto pose = is_video(item) ? Pose{} : pose_at(item.motion_seed, wall_ms);
    const auto part = slot_part(item.slot, size_);
    const double unit = size_.width / 1280.0;
    cv::Mat affine = cv::getRotationMatrix2D(cv::Point2f(anchor), pose.rotation_degrees, pose.scale);
    affine.at<double>(0, 2) += 0.5 * part.width - anchor.x + pose.dx * unit;
    affine.at<double>(1, 2) += 0.5 * part.height - anchor.y + pose.dy * unit;
    picture.convertTo(lit_, -1, pose.gain, 0);
    auto target = canvas_(part);
    cv::warpAffine(lit_, target, affine, part.size(), cv::INTER_LINEAR, cv::BORDER_TRANSPARENT);
}

cv::Mat Scene::video_picture(const Item &item, std::int64_t wall_ms) {
    auto found = std::ranges::find_if(
        videos_, [&](const Video &v) { return v.item.file == item.file && v.item.from_ms == item.from_ms; });
    if (found == videos_.end()) {
        const cv::Size box(item.slot == Slot::centre ? size_.width : size_.width / 2, size_.height);
        videos_.push_back({item, VideoLoop::open(item.file, box)});
        found = std::prev(videos_.end());
        if (!found->loop) {
            log::warning("playlist_video_not_usable", {{"error", found->loop.error().message}});
        }
    }
    return found->loop ? found->loop->picture_at(wall_ms - item.from_ms) : cv::Mat();
}

/// Those whose time is over, or that are no longer in the playlist.
void Scene::close_videos(const Playlist &playlist, std::int64_t wall_ms) {
    std::erase_if(videos_, [&](const Video &video) {
        return !covers(video.item, wall_ms) || std::ranges::none_of(playlist.items, [&](const Item &item) {
            return item.file == video.item.file && item.from_ms == video.item.from_ms;
        });
    });
}

} // namespace xueshi::camera::replay
