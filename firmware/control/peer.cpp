#include "firmware/control/peer.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace xueshi::control {

namespace {

std::optional<unsigned> parse_number(std::string_view text) {
    unsigned number = 0;
    const auto *end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stopped == end && !text.empty() ? std::optional(number) : std::nullopt;
}

} // namespace

Expected<Peer> peer_of(int socket) {
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return tl::unexpected(error_from_errno(errno, "SO_PEERCRED"));
    }
    Peer peer{credentials.uid, {credentials.gid}};
    std::array<gid_t, 256> groups{};
    size = sizeof(groups);
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0) {
        peer.groups.insert(peer.groups.end(), groups.begin(), groups.begin() + size / sizeof(gid_t));
    }
    return peer;
}

std::string account(uid_t uid) {
    std::array<char, 16'384> buffer{};
    passwd entry{};
    passwd *found = nullptr;
    ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    return found == nullptr ? fmt::format("uid {}", uid) : std::string(found->pw_name);
}

bool PeerList::has(const Peer &peer) const {
    return std::find(users.begin(), users.end(), peer.uid) != users.end() ||
           std::find_first_of(groups.begin(), groups.end(), peer.groups.begin(), peer.groups.end()) != groups.end();
}

Expected<PeerList> parse_peers(const std::vector<std::string> &entries) {
    PeerList list;
    std::array<char, 16'384> buffer{};
    for (const auto &entry : entries) {
        const bool is_group = entry.starts_with('@');
        const auto name = is_group ? entry.substr(1) : entry;
        if (const auto number = parse_number(name)) {
            is_group ? list.groups.push_back(*number) : list.users.push_back(*number);
        } else if (is_group) {
            group found{};
            group *result = nullptr;
            ::getgrnam_r(name.c_str(), &found, buffer.data(), buffer.size(), &result);
            if (result == nullptr) {
                return fail(ErrorCode::not_found, fmt::format("there is no group {}", name));
            }
            list.groups.push_back(result->gr_gid);
        } else {
            passwd found{};
            passwd *result = nullptr;
            ::getpwnam_r(name.c_str(), &found, buffer.data(), buffer.size(), &result);
            if (result == nullptr) {
                return fail(ErrorCode::not_found, fmt::format("there is no user {}", name));
            }
            list.users.push_back(result->pw_uid);
        }
    }
    return list;
}

} // namespace xueshi::control
