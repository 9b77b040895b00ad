#pragma once

#include <vector>

#include "firmware/face/face.hpp"

namespace xueshi::face {

/// Every face of a picture from 24 pixels of a box's side on, where a search of a whole picture of 1280 x 720 needs 64.
/// There it takes 35 passes of the detector, so one is made at a time: whoever stands before the terminal waits for no
/// more than that.
class WideSearch {
public:
    explicit WideSearch(camera::Frame frame);
    ~WideSearch();

    /// Searches one piece more. False: all have been. An error is the pipeline's, and ends the search.
    Expected<bool> step(Pipeline &pipeline);
    const std::vector<Detection> &found() const { return found_; }

private:
    struct Level;
    camera::Frame frame_;
    std::vector<Level> levels_; ///< the coarsest last: it goes first
    std::vector<Detection> seen_, found_;
};

} // namespace xueshi::face
