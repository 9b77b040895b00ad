#include "daemon/sync/journal_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "firmware/core/base/log.hpp"

namespace xueshi::sync {

namespace asio = boost::asio;

JournalWatch::JournalWatch(asio::io_context &io, const std::filesystem::path &journal, std::unique_ptr<Pause> pause)
    : directory_(journal.parent_path()), prefix_(journal.filename().string()), inotify_(io), pause_(std::move(pause)) {
    const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) { // out of instances: the poll alone must do
        log::warning("journal_watch_unavailable", {{"reason", std::strerror(errno)}});
        return;
    }
    inotify_.assign(fd);
    look();
}

asio::awaitable<void> JournalWatch::wait(std::chrono::milliseconds longest) {
    if (inotify_.is_open() && watch_ < 0) {
        watch_ = ::inotify_add_watch(inotify_.native_handle(), directory_.c_str(),
                                     IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF);
    }
    if (!changed_) {
        co_await pause_->wait(longest);
    }
    changed_ = false;
}

void JournalWatch::look() {
    inotify_.async_wait(asio::posix::descriptor_base::wait_read, [this](boost::system::error_code error) {
        if (error) {
            return;
        }
        read_changes();
        look();
    });
}

void JournalWatch::read_changes() {
    alignas(inotify_event) std::array<char, 4096> buffer;
    bool ours = false;
    for (;;) {
        const auto size = ::read(inotify_.native_handle(), buffer.data(), buffer.size());
        if (size <= 0) {
            break;
        }
        for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
            const auto *event = reinterpret_cast<const inotify_event *>(buffer.data() + at);
            at += sizeof(inotify_event) + event->len;
            if ((event->mask & IN_IGNORED) != 0) {
                watch_ = -1; // the folder went away: watched again at the next wait
            }
            ours = ours || (event->len > 0 && std::string_view(event->name).starts_with(prefix_));
        }
    }
    if (ours) {
        changed_ = true;
        pause_->wake();
    }
}

} // namespace xueshi::sync
