#include "daemon/transport/curl/loop.hpp"

#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>
#include <curl/curl.h>

namespace xueshi::transport {

namespace asio = boost::asio;
using boost::system::error_code;

static_assert(std::is_same_v<CURL, void> && std::is_same_v<CURLM, void> && std::is_same_v<curl_socket_t, int>);

namespace {
/// Of a device: a request that waits for commands, a clip's chunk, which may take minutes over a slow link, and events,
/// which must not wait behind either.
constexpr long kConnections = 3;
} // namespace

Loop::Loop(asio::io_context &io) : io_(io), timer_(io), multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Loop::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Loop::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, kConnections);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kConnections);
}

Loop::~Loop() {
    for (const auto &entry : running_) {
        curl_multi_remove_handle(multi_, entry.first);
    }
    curl_multi_cleanup(multi_); // closes connections and calls on_socket for each
    while (!sockets_.empty()) {
        forget(sockets_.begin()->first);
    }
}

void Loop::add(void *easy, std::function<void(int code)> on_done) {
    running_[easy] = std::move(on_done);
    if (const auto code = curl_multi_add_handle(multi_, easy); code != CURLM_OK) {
        asio::post(io_, [self = weak_from_this(), easy] {
            const auto loop = self.lock();
            if (!loop) {
                return;
            }
            if (auto entry = loop->running_.extract(easy)) {
                entry.mapped()(CURLE_FAILED_INIT);
            }
        });
    }
}

void Loop::remove(void *easy) {
    if (running_.erase(easy) > 0) {
        curl_multi_remove_handle(multi_, easy);
    }
}

int Loop::on_socket(void *, int fd, int what, void *loop, void *) {
    auto &self = *static_cast<Loop *>(loop);
    if (what == CURL_POLL_REMOVE) {
        self.forget(fd);
    } else {
        self.watch(fd, what);
    }
    return 0;
}

int Loop::on_timer(void *, long timeout_ms, void *loop) {
    static_cast<Loop *>(loop)->start_timer(timeout_ms);
    return 0;
}

void Loop::watch(int fd, int what) {
    auto &socket = sockets_[fd];
    if (!socket) {
        socket = std::make_shared<Socket>(io_, fd);
    }
    socket->wants_read = (what & CURL_POLL_IN) != 0;
    socket->wants_write = (what & CURL_POLL_OUT) != 0;
    arm(socket, fd);
}

/// curl owns and closes the socket; Asio only stops looking at it.
void Loop::forget(int fd) {
    if (const auto entry = sockets_.extract(fd)) {
        entry.mapped()->gone = true;
        entry.mapped()->descriptor.release();
    }
}

void Loop::arm(const std::shared_ptr<Socket> &socket, int fd) {
    if (socket->wants_read && !socket->reading) {
        wait(socket, fd, false);
    }
    if (socket->wants_write && !socket->writing) {
        wait(socket, fd, true);
    }
}

void Loop::wait(const std::shared_ptr<Socket> &socket, int fd, bool write) {
    (write ? socket->writing : socket->reading) = true;
    const auto kind = write ? asio::posix::descriptor_base::wait_write : asio::posix::descriptor_base::wait_read;
    socket->descriptor.async_wait(kind, [self = weak_from_this(), socket, fd, write](error_code error) {
        (write ? socket->writing : socket->reading) = false;
        const auto loop = self.lock();
        if (!loop || socket->gone || error == asio::error::operation_aborted) {
            return;
        }
        if (write ? socket->wants_write : socket->wants_read) {
            loop->act(fd, error ? CURL_CSELECT_ERR : (write ? CURL_CSELECT_OUT : CURL_CSELECT_IN));
        }
        if (!socket->gone) {
            loop->arm(socket, fd);
        }
    });
}

void Loop::start_timer(long timeout_ms) {
    timer_.cancel();
    if (timeout_ms < 0) {
        return;
    }
    timer_.expires_after(std::chrono::milliseconds(timeout_ms));
    timer_.async_wait([self = weak_from_this()](error_code error) {
        if (const auto loop = self.lock(); loop && !error) {
            loop->act(CURL_SOCKET_TIMEOUT, 0);
        }
    });
}

void Loop::act(int fd, int what) {
    int running = 0;
    curl_multi_socket_action(multi_, fd, what, &running);
    report_done();
}

void Loop::report_done() {
    int left = 0;
    while (const CURLMsg *message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        CURL *easy = message->easy_handle;
        const CURLcode code = message->data.result; // read before the handle is removed, which frees the message
        curl_multi_remove_handle(multi_, easy);
        if (auto entry = running_.extract(easy)) {
            entry.mapped()(code);
        }
    }
}

} // namespace xueshi::transport
