#include "daemon/sync/network_watch.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "firmware/core/base/log.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::sync {

NetworkWatch::NetworkWatch(boost::asio::io_context &io, std::function<void()> on_change)
    : socket_(io), on_change_(std::move(on_change)) {
    UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
    if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0) {
        log::warning("network_watch_unavailable", {{"reason", std::strerror(errno)}});
        return;
    }
    socket_.assign(socket.release());
    look();
}

void NetworkWatch::look() {
    socket_.async_wait(boost::asio::posix::descriptor_base::wait_read, [this](boost::system::error_code error) {
        if (error) {
            return;
        }
        if (drain()) {
            on_change_();
        }
        look();
    });
}

/// True: there was something. ENOBUFS says that there was more than the socket could keep.
bool NetworkWatch::drain() {
    std::array<char, 8'192> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): written before read
    bool any = false;
    for (;;) {
        const auto size = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0 && errno == ENOBUFS) {
            any = true;
            continue;
        }
        if (size <= 0) {
            return any;
        }
        any = true;
    }
}

} // namespace xueshi::sync
