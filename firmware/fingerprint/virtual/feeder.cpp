#include "firmware/fingerprint/virtual/feeder.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace xueshi::fingerprint {
namespace {

using namespace std::chrono_literals;
constexpr auto kRetryEvery = 50ms;
constexpr auto kLookEvery = 5ms;

void put_int32(Bytes &message, std::int32_t value) { // the machine's own byte order: the driver reads it so
    std::uint8_t bytes[sizeof(value)];
    std::memcpy(bytes, &value, sizeof(value));
    message.insert(message.end(), std::begin(bytes), std::end(bytes));
}

Bytes message_of(std::int32_t first, std::int32_t second) {
    Bytes message;
    put_int32(message, first);
    put_int32(message, second);
    return message;
}

bool over(std::chrono::steady_clock::time_point deadline) {
    return std::chrono::steady_clock::now() >= deadline;
}

/// False when the other side has closed.
bool alive(int fd) {
    pollfd state{fd, POLLRDHUP, 0};
    return ::poll(&state, 1, 0) == 0;
}

} // namespace

Expected<void> Feeder::connect(std::chrono::milliseconds patience) {
    return connect_until(std::chrono::steady_clock::now() + patience);
}

Expected<void> Feeder::connect_until(Deadline deadline) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string &path = socket_.native();
    if (path.size() >= sizeof(address.sun_path)) {
        return fail(ErrorCode::invalid_argument, "socket path is longer than 107 bytes");
    }
    std::copy(path.begin(), path.end(), address.sun_path);
    while (true) {
        fd_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (::connect(fd_.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) == 0) {
            return {};
        }
        const int why = errno;
        fd_.reset();
        if (over(deadline)) {
            return fail(ErrorCode::timeout, "nobody listens on " + path + ": " + std::strerror(why));
        }
        std::this_thread::sleep_for(kRetryEvery);
    }
}

Expected<void> Feeder::show(const Picture &picture, std::chrono::milliseconds patience) {
    Bytes message = message_of(picture.width, picture.height);
    message.insert(message.end(), picture.pixels.begin(), picture.pixels.end());
    return deliver(message, patience);
}

Expected<void> Feeder::report_retry(int code, std::chrono::milliseconds patience) {
    return deliver(message_of(-1, code), patience);
}

Expected<void> Feeder::unplug(std::chrono::milliseconds patience) {
    return deliver(message_of(-5, -5), patience);
}

Expected<void> Feeder::deliver(const Bytes &message, std::chrono::milliseconds patience) {
    const Deadline deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        if (!fd_ || !alive(fd_.get())) {
            if (auto connected = connect_until(deadline); !connected) {
                return connected;
            }
        }
        auto delivered = deliver_once(message, deadline);
        if (delivered || delivered.error().code != ErrorCode::unavailable) {
            return delivered;
        }
        fd_.reset();
    }
}

Expected<void> Feeder::deliver_once(const Bytes &message, Deadline deadline) {
    std::size_t sent = 0;
    while (true) {
        if (sent < message.size()) {
            const auto count = ::send(fd_.get(), message.data() + sent, message.size() - sent, MSG_NOSIGNAL);
            sent += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
            if (count < 0 && errno != EAGAIN && errno != EINTR) {
                return fail(ErrorCode::unavailable, std::strerror(errno));
            }
        } else {
            int unread = 0;
            if (::ioctl(fd_.get(), SIOCOUTQ, &unread) == 0 && unread == 0) {
                return {};
            }
            if (!alive(fd_.get())) {
                return fail(ErrorCode::unavailable, "the driver closed the connection");
            }
        }
        if (over(deadline)) {
            fd_.reset();
            return fail(ErrorCode::timeout, "no scan took the finger");
        }
        std::this_thread::sleep_for(kLookEvery);
    }
}

} // namespace xueshi::fingerprint
