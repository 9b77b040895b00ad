#include "daemon/sync/network_watch.hpp"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

#include <doctest/doctest.h>

#include <boost/asio/post.hpp>

#include "firmware/core/base/unique_fd.hpp"

using namespace xueshi;
using namespace std::chrono_literals;

namespace {

bool set_loopback(bool up) {
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strncpy(request.ifr_name, "lo", sizeof(request.ifr_name) - 1);
    request.ifr_flags = static_cast<short>(up ? IFF_UP : 0);
    return socket && ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
}

/// In a network of its own: 0 told of the change; 1 not told; 2 there is no such network here.
int in_own_network() {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWNET) != 0) {
        return 2;
    }
    boost::asio::io_context io;
    int changes = 0;
    const sync::NetworkWatch watch(io, [&] {
        ++changes;
        io.stop();
    });
    io.poll();
    if (!watch.works() || changes != 0 || !set_loopback(true)) {
        return 2;
    }
    io.restart();
    io.run_for(30s);
    return changes > 0 ? 0 : 1;
}

} // namespace

TEST_CASE("network: a link that comes up is told") {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::_exit(in_own_network());
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 2) {
        MESSAGE("skipped: no right to a network of its own");
        return;
    }
    CHECK(WEXITSTATUS(status) == 0);
}
