#pragma once

#include <span>
#include <vector>

#include "firmware/face/face.hpp"

namespace xueshi::face {

/// A picture in pieces of one size, row by row, evenly laid. Neighbours share at least so many pixels that what is no
/// larger lies whole in one of them. A picture smaller than a piece is one.
class Pieces {
public:
    /// `shared` is less than the piece's sides.
    Pieces(const cv::Size &picture, const cv::Size &piece, int shared);

    const cv::Size &picture() const { return picture_; }
    int count() const { return columns_ * rows_; }
    cv::Rect at(int index) const;
    /// Puts what was seen in that piece of the picture, shrunk by `scale`, to `all`, in pixels of the whole picture as
    /// it was: but not what an edge inside it cuts, which the piece beside sees whole, nor what lies in `all` already.
    void add(std::span<const Detection> seen, int index, float scale, std::vector<Detection> &all) const;

private:
    bool is_cut(const cv::Rect2f &box, const cv::Rect &place) const;

    cv::Size picture_, piece_;
    int columns_, rows_;
};

} // namespace xueshi::face
