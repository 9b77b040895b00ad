#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace xueshi::sync {

/// Where one of sync's loops waits: by the kernel's time or, in a test, by a time that the test moves. One waiter at a
/// time. Bound to the loop.
class Pause {
public:
    virtual ~Pause() = default;
    /// Ends after `time`, or when somebody wakes it.
    virtual boost::asio::awaitable<void> wait(std::chrono::milliseconds time) = 0;
    virtual void wake() = 0;
};
using MakePause = std::function<std::unique_ptr<Pause>()>;

/// By asio's steady timer. `io` outlives them.
MakePause pauses_of(boost::asio::io_context &io);

} // namespace xueshi::sync
