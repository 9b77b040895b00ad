#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "firmware/core/base/unique_fd.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::test {

/// What systemd gives a service to report to (sd_notify(3)), for this process as long as this lives.
class NotifySocket {
public:
    NotifySocket() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        const std::string path = directory_ / "notify";
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        REQUIRE(path.size() < sizeof(address.sun_path));
        std::memcpy(address.sun_path, path.c_str(), path.size());
        REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) == 0);
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    }
    NotifySocket(const NotifySocket &) = delete;
    NotifySocket &operator=(const NotifySocket &) = delete;
    ~NotifySocket() { ::unsetenv("NOTIFY_SOCKET"); }

    /// Of the next report, which must be of `name` alone.
    std::optional<std::int64_t> value_of(std::string_view name) {
        std::array<char, 256> text{};
        const auto count = ::recv(socket_.get(), text.data(), text.size(), 0);
        const std::string_view report(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
        if (!report.starts_with(name) || report.substr(name.size(), 1) != "=") {
            return std::nullopt;
        }
        std::int64_t value = 0;
        std::from_chars(report.data() + name.size() + 1, report.data() + report.size(), value);
        return value;
    }

private:
    TemporaryDirectory directory_;
    UniqueFd socket_;
};

} // namespace xueshi::test
