#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "firmware/core/base/error.hpp"

namespace xueshi::control {

/// Who is at the other end of the socket, as the kernel says (SO_PEERCRED, SO_PEERGROUPS).
struct Peer {
    uid_t uid = 0;
    std::vector<gid_t> groups; ///< the primary one first
};
Expected<Peer> peer_of(int socket);

/// The account's name, or "uid 1234": goes into events as the operator.
std::string account(uid_t uid);

/// Users and groups that may use a set of verbs.
struct PeerList {
    std::vector<uid_t> users;
    std::vector<gid_t> groups;

    bool has(const Peer &peer) const;
};
/// From configuration: "name", "1000" or "@group". Error: not_found names the entry.
Expected<PeerList> parse_peers(const std::vector<std::string> &entries);

} // namespace xueshi::control
