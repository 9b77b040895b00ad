#pragma once

#include <chrono>
#include <filesystem>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace xueshi::sync {

/// Wakes its waiter soon after the journal was written to (inotify on its folder; a commit modifies the -wal), and at
/// the latest after a given time, which also covers a folder that is not there yet. One waiter. Bound to the loop.
class JournalWatch {
public:
    JournalWatch(boost::asio::io_context &io, const std::filesystem::path &journal);
    boost::asio::awaitable<void> wait(std::chrono::milliseconds longest);

private:
    void look();
    void read_changes();

    std::filesystem::path directory_;
    std::string prefix_; ///< the journal's own name; its -wal begins with it
    boost::asio::posix::stream_descriptor inotify_;
    boost::asio::steady_timer timer_;
    int watch_ = -1;
    bool changed_ = false;
};

} // namespace xueshi::sync
