#include "firmware/face/pieces.hpp"

#include <algorithm>

namespace xueshi::face {

namespace {

/// Of the smaller box, from which two are one face: a search that is finer sees parts of a face that is too large for
/// it.
constexpr float kSame = 0.5F;

int pieces_along(int picture, int piece, int shared) {
    return picture <= piece ? 1 : (picture - shared + piece - shared - 1) / (piece - shared);
}

/// Where the piece of this number begins.
int start(int number, int pieces, int picture, int piece) {
    return pieces == 1 ? 0 : number * (picture - piece) / (pieces - 1);
}

bool is_same(const cv::Rect2f &a, const cv::Rect2f &b) {
    return (a & b).area() > kSame * std::min(a.area(), b.area());
}

} // namespace

Pieces::Pieces(const cv::Size &picture, const cv::Size &piece, int shared)
    : picture_(picture), piece_(std::min(piece.width, picture.width), std::min(piece.height, picture.height)),
      columns_(pieces_along(picture.width, piece.width, shared)),
      rows_(pieces_along(picture.height, piece.height, shared)) {}

cv::Rect Pieces::at(int index) const {
    const cv::Point corner(start(index % columns_, columns_, picture_.width, piece_.width),
                           start(index / columns_, rows_, picture_.height, piece_.height));
    return {corner, piece_};
}

bool Pieces::is_cut(const cv::Rect2f &box, const cv::Rect &place) const {
    const cv::Point2f least = place.tl(), most = place.br();
    return (place.x > 0 && box.x < least.x) || (place.y > 0 && box.y < least.y) ||
           (place.br().x < picture_.width && box.br().x > most.x) ||
           (place.br().y < picture_.height && box.br().y > most.y);
}

void Pieces::add(std::span<const Detection> seen, int index, float scale, std::vector<Detection> &all) const {
    const auto place = at(index);
    const cv::Point2f origin = place.tl();
    const auto known = all.size(); // two of one piece are two: the detector compared them
    for (Detection detection : seen) {
        detection.box += origin;
        const bool cut = is_cut(detection.box, place);
        detection.box = {detection.box.tl() / scale, detection.box.size() / scale};
        const auto is_this = [&](const Detection &other) { return is_same(other.box, detection.box); };
        if (cut || std::any_of(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(known), is_this)) {
            continue;
        }
        for (auto &landmark : detection.landmarks) {
            landmark = (origin + landmark) / scale;
        }
        all.push_back(detection);
    }
}

} // namespace xueshi::face
