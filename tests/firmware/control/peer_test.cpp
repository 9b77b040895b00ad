#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include <doctest/doctest.h>

#include "firmware/control/connection.hpp"
#include "firmware/control/peer.hpp"
#include "firmware/core/base/unique_fd.hpp"

using namespace xueshi;
using namespace xueshi::control;

TEST_CASE("control: the kernel says who the peer is") {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    const UniqueFd left(ends[0]), right(ends[1]);
    const auto peer = peer_of(left.get());
    REQUIRE(peer);
    CHECK(peer->uid == ::geteuid());
    CHECK(peer->groups.front() == ::getegid());
}

TEST_CASE("control: users and groups of the configuration are found, unknown ones named") {
    const auto list = parse_peers({"root", "12345", "@root", "@777"});
    REQUIRE(list);
    CHECK(list->users == std::vector<uid_t>{0, 12345});
    CHECK(list->groups == std::vector<gid_t>{0, 777});
    CHECK(list->has(Peer{12345, {5}}));
    CHECK(list->has(Peer{9, {5, 777}}));
    CHECK_FALSE(list->has(Peer{9, {5}}));
    const auto unknown = parse_peers({"no-such-user-here"});
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().message.find("no-such-user-here") != std::string::npos);
}

TEST_CASE("control: each peer has the verbs of its list and no others") {
    const Rights nobody, operators{true, false}, sync{false, true};
    CHECK(nobody.may(Access::everyone));
    CHECK_FALSE(nobody.may(Access::operators));
    CHECK_FALSE(nobody.may(Access::sync));
    CHECK(operators.may(Access::operators));
    CHECK_FALSE(operators.may(Access::sync));
    CHECK(sync.may(Access::sync));
    CHECK_FALSE(sync.may(Access::operators));
}
