#include "firmware/camera/replay/picture_cache.hpp"

#include <algorithm>

#include <opencv2/imgproc.hpp>

#include "firmware/camera/gst/still.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::camera::replay {
namespace {

/// About 2 MB each; more people than stand before a camera in a minute.
constexpr std::size_t kMaxPictures = 16;
/// A person at arm's length of a kiosk: a third of the picture's height.
constexpr double kFaceShare = 0.32;
/// A photograph leaves room to move.
constexpr double kPhotographShare = 0.92;

bool same_picture(const Item &a, const Item &b) {
    return a.file == b.file && a.slot == b.slot && a.face == b.face;
}

Expected<cv::Mat> load(const Item &item) {
    const auto file = read_file(item.file, gst::kMaxStillBytes);
    if (!file) {
        return tl::unexpected<Error>(file.error());
    }
    return gst::decode_picture(as_bytes(*file));
}

PictureCache::Picture prepare(const Item &item, cv::Size canvas) {
    const auto loaded = load(item);
    if (!loaded) {
        log::warning("playlist_picture_not_usable", {{"error", loaded.error().message}});
        return {};
    }
    const double scale = fitting_scale(item, loaded->size(), canvas);
    PictureCache::Picture picture;
    cv::resize(*loaded, picture.bgr, {}, scale, scale, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
    picture.anchor = {picture.bgr.cols / 2.0, picture.bgr.rows / 2.0};
    if (item.face) {
        picture.anchor = {scale * (item.face->x + item.face->width / 2.0),
                          scale * (item.face->y + item.face->height / 2.0)};
    }
    return picture;
}

} // namespace

double fitting_scale(const Item &item, cv::Size photograph, cv::Size canvas) {
    const double slot_width = item.slot == Slot::centre ? canvas.width : canvas.width / 2.0;
    const double fit =
        kPhotographShare * std::min(slot_width / photograph.width, double{1} * canvas.height / photograph.height);
    if (!item.face) {
        return fit;
    }
    // No photograph is blown up beyond what the memory of a terminal bears.
    return std::clamp(kFaceShare * canvas.height / item.face->height, 0.05, 4.0 * std::max(fit, 0.25));
}

const PictureCache::Picture &PictureCache::get(const Item &item) {
    const auto found =
        std::ranges::find_if(entries_, [&](const Entry &entry) { return same_picture(entry.item, item); });
    if (found != entries_.end()) {
        entries_.splice(entries_.begin(), entries_, found);
        return entries_.front().picture;
    }
    if (entries_.size() == kMaxPictures) {
        entries_.pop_back();
    }
    entries_.push_front({item, prepare(item, canvas_)});
    return entries_.front().picture;
}

} // namespace xueshi::camera::replay
