#include "firmware/terminald/network.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <array>
#include <map>
#include <memory>
#include <string>

namespace xueshi::terminald {

namespace {

std::string address_of(const sockaddr *address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void *bytes = nullptr;
    if (address != nullptr && address->sa_family == AF_INET) {
        bytes = &reinterpret_cast<const sockaddr_in *>(address)->sin_addr;
    } else if (address != nullptr && address->sa_family == AF_INET6) {
        bytes = &reinterpret_cast<const sockaddr_in6 *>(address)->sin6_addr;
    }
    return bytes == nullptr || ::inet_ntop(address->sa_family, bytes, text.data(), text.size()) == nullptr
               ? std::string()
               : std::string(text.data());
}

} // namespace

json::Array describe_network() {
    ifaddrs *first = nullptr;
    if (::getifaddrs(&first) != 0) {
        return {};
    }
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, ::freeifaddrs);
    std::map<std::string, json::Object> interfaces;
    for (const auto *each = first; each != nullptr; each = each->ifa_next) {
        if ((each->ifa_flags & IFF_LOOPBACK) != 0) {
            continue;
        }
        auto &found = interfaces[each->ifa_name];
        if (found.empty()) {
            found = json::Object{{"name", each->ifa_name}, {"addresses", json::Array()}};
        }
        found["up"] = (each->ifa_flags & IFF_RUNNING) != 0;
        if (auto address = address_of(each->ifa_addr); !address.empty()) {
            found["addresses"].as_array().emplace_back(address);
        }
    }
    json::Array out;
    for (auto &[name, found] : interfaces) {
        out.push_back(std::move(found));
    }
    return out;
}

} // namespace xueshi::terminald
