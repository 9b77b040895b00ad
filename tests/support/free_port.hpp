#pragma once

#include <cstdint>
#include <random>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace xueshi::test {

/// For a server; not `other`. Below those that the kernel gives to connections (net.ipv4.ip_local_port_range): a port
/// out of these may be taken by anybody's connection before the server has it, here or when it is started again.
inline std::uint16_t free_port(std::int64_t other = 0) {
    boost::asio::io_context io;
    std::random_device random;
    std::uniform_int_distribution<std::uint16_t> some(20'000, 32'000);
    for (;;) {
        const boost::asio::ip::tcp::endpoint place(boost::asio::ip::address_v4::loopback(), some(random));
        boost::asio::ip::tcp::acceptor acceptor(io, place.protocol());
        boost::system::error_code taken;
        acceptor.bind(place, taken);
        if (!taken && place.port() != other) {
            return place.port();
        }
    }
}

} // namespace xueshi::test
