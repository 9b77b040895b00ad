#pragma once

#include <cstdint>

#include "firmware/checkin/status.hpp"
#include "firmware/face/face.hpp"

namespace xueshi::checkin {

/// Turn the head as asked: two turns, each to a side chosen by chance, the face forward before each; a plain turn to
/// the other side ends it. So what was recorded before it was asked passes by chance one time in four; whoever can read
/// the screen and move a likeness at will is stopped by liveness alone.
class ActiveCheck {
public:
    /// `chance`: one random bit a turn.
    void begin(std::uint8_t chance);
    /// What to say now.
    Guidance guidance() const;
    enum class Outcome { open, passed, failed };
    /// A frame of the same living person. After `passed` or `failed`: begin again.
    Outcome look(const face::Pose &pose);

    static constexpr int kTurns = 2;

private:
    bool left() const { return ((chance_ >> done_) & 1U) != 0; }

    std::uint8_t chance_ = 0;
    int done_ = 0;
    bool forward_ = false;
};

} // namespace xueshi::checkin
