#pragma once

#include <cstdint>

#include "firmware/checkin/status.hpp"
#include "firmware/face/face.hpp"

namespace xueshi::checkin {

/// Turn the head as asked: two turns, each to a side chosen by chance, the face
/// forward before each. A print can be turned too, but not to the right side
/// twice by chance more than one time in four, and liveness looks on.
class ActiveCheck {
public:
    /// `chance`: one random bit a turn.
    void begin(std::uint8_t chance);
    /// What to say now.
    Guidance guidance() const;
    /// A frame of the same living person; true when the last turn is done.
    bool look(const face::Pose &pose);

    static constexpr int kTurns = 2;

private:
    bool left() const { return ((chance_ >> done_) & 1U) != 0; }

    std::uint8_t chance_ = 0;
    int done_ = 0;
    bool forward_ = false;
};

} // namespace xueshi::checkin
