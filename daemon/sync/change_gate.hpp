#pragma once

#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "daemon/sync/pause.hpp"

namespace xueshi::sync {

/// Hands changes on so that one that flaps makes no hot loop: the first at once, and what comes within kSettles after
/// one that was handed on, together, at the end of that time, which doubles as long as changes go on. A network comes
/// up in steps: the carrier first, the address and the route, with which the registry can be reached, later. Bound to
/// the loop.
class ChangeGate {
public:
    /// `io` outlives it, and runs nothing any more once it is gone.
    ChangeGate(boost::asio::io_context &io, std::unique_ptr<Pause> pause, std::function<void()> on_change)
        : io_(io), pause_(std::move(pause)), on_change_(std::move(on_change)) {}
    void change();

    static constexpr std::chrono::milliseconds kSettles{10'000}, kLongest{600'000};

private:
    boost::asio::awaitable<void> settle();

    boost::asio::io_context &io_;
    std::unique_ptr<Pause> pause_;
    std::function<void()> on_change_;
    bool settling_ = false;
    bool again_ = false; ///< something came meanwhile
};

} // namespace xueshi::sync
