#pragma once

#include <cstdint>
#include <list>
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace xueshi::test::sync_faults {

/// What a network does to the bytes between a device and its registry. Runs on the io_context, which outlives it;
/// io_context and proxy are one thread's.
class TcpProxy {
public:
    enum class Weather {
        clear,
        refusing, ///< new connections are closed at once
        frozen,   ///< nothing moves in any direction, connections stay (half-open)
        delayed,  ///< each piece comes late
        slow,     ///< a few kB/s
    };

    TcpProxy(boost::asio::io_context &io, std::uint16_t to);
    TcpProxy(const TcpProxy &) = delete;
    TcpProxy &operator=(const TcpProxy &) = delete;

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    void set(Weather weather) { weather_ = weather; }
    void cut();   ///< ends all connections, by FIN
    void reset(); ///< ends all connections, by RST

private:
    using tcp = boost::asio::ip::tcp;
    struct Pair {
        Pair(tcp::socket to_client, tcp::socket to_server)
            : client(std::move(to_client)), server(std::move(to_server)) {}
        tcp::socket client, server;
        void close(bool by_reset);
    };

    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> connect(tcp::socket client);
    boost::asio::awaitable<void> pump(std::shared_ptr<Pair> pair, bool up);
    boost::asio::awaitable<std::size_t> weather_the_piece();
    void end_all(bool by_reset);

    boost::asio::io_context &io_;
    std::uint16_t to_;
    tcp::acceptor acceptor_;
    Weather weather_ = Weather::clear;
    std::list<std::weak_ptr<Pair>> pairs_; ///< shared by their two pumps
};

} // namespace xueshi::test::sync_faults
