#pragma once

#include <chrono>
#include <filesystem>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "daemon/sync/pause.hpp"

namespace xueshi::sync {

/// Wakes its waiter soon after the journal was written to (inotify on its folder; a commit modifies the -wal), and at
/// the latest after a given time, which also covers a folder that is not there yet. One waiter. Bound to the loop.
class JournalWatch {
public:
    JournalWatch(boost::asio::io_context &io, const std::filesystem::path &journal)
        : JournalWatch(io, journal, pauses_of(io)()) {}
    JournalWatch(boost::asio::io_context &io, const std::filesystem::path &journal, std::unique_ptr<Pause> pause);
    boost::asio::awaitable<void> wait(std::chrono::milliseconds longest);

private:
    void look();
    void read_changes();

    std::filesystem::path directory_;
    std::string prefix_; ///< the journal's own name; its -wal begins with it
    boost::asio::posix::stream_descriptor inotify_;
    std::unique_ptr<Pause> pause_;
    int watch_ = -1;
    bool changed_ = false;
};

} // namespace xueshi::sync
