#include "firmware/terminald/directory_watch.hpp"

#include <sys/inotify.h>

#include <boost/asio/buffer.hpp>

#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::terminald {

DirectoryWatch::DirectoryWatch(boost::asio::io_context &context, std::filesystem::path directory, Callback callback)
    : directory_(std::move(directory)), callback_(std::move(callback)), descriptor_(context) {}

bool DirectoryWatch::try_start() {
    if (descriptor_.is_open()) {
        return true;
    }
    UniqueFd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!fd || ::inotify_add_watch(fd.get(), directory_.c_str(), IN_MOVED_TO | IN_ONLYDIR) < 0) {
        return false;
    }
    descriptor_.assign(fd.release());
    read();
    return true;
}

void DirectoryWatch::stop() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
}

void DirectoryWatch::read() {
    descriptor_.async_read_some(boost::asio::buffer(buffer_),
                                [this](const boost::system::error_code &error, std::size_t bytes) {
                                    if (!error) {
                                        tell(bytes);
                                        read();
                                    }
                                });
}

void DirectoryWatch::tell(std::size_t bytes) {
    for (std::size_t at = 0; at + sizeof(inotify_event) <= bytes;) {
        const auto *event = reinterpret_cast<const inotify_event *>(buffer_.data() + at);
        if (event->len > 0) {
            callback_(event->name);
        }
        at += sizeof(inotify_event) + event->len;
    }
}

} // namespace xueshi::terminald
