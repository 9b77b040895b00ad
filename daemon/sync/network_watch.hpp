#pragma once

#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace xueshi::sync {

/// Says when the kernel's network changed: a link, an address or a route (rtnetlink(7)). What changed is not looked at:
/// whoever waited for the network tries again. Without the socket nobody is told, and pauses end by themselves.
class NetworkWatch {
public:
    /// `io` outlives it. `on_change` is called from the loop, once for what came together.
    NetworkWatch(boost::asio::io_context &io, std::function<void()> on_change);
    bool works() const { return socket_.is_open(); }

private:
    void look();
    bool drain();

    boost::asio::posix::stream_descriptor socket_;
    std::function<void()> on_change_;
};

} // namespace xueshi::sync
