#pragma once

#include "firmware/camera/frame.hpp"

namespace xueshi::face {

/// Whether anything moved before the camera since a frame that was kept: coarse, and a thousandth of a search's cost.
/// Thread-bound; allocates only at the first frame.
class Motion {
public:
    /// The frame to compare with.
    void keep(const camera::Frame &frame);
    /// True also before the first `keep`.
    bool moved(const camera::Frame &frame);

private:
    cv::Mat kept_, now_;
};

} // namespace xueshi::face
