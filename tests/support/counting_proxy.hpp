#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace xueshi::test {

/// A TCP proxy on loopback that counts what goes to the server. Connections end when either side ends; a server that
/// is away is a connection that closes at once. With `most_bytes_per_s` it is a link of that speed, before which what
/// is to be sent piles up; 0: as fast as it goes.
class CountingProxy {
public:
    explicit CountingProxy(std::uint16_t to, std::int64_t most_bytes_per_s = 0)
        : to_(to), most_bytes_per_s_(most_bytes_per_s) {
        accept();
    }
    ~CountingProxy() {
        boost::asio::post(io_, [this] { acceptor_.close(); });
        io_.stop();
        thread_.join();
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    std::int64_t bytes_up() const { return up_; }

private:
    using tcp = boost::asio::ip::tcp;
    struct Pair {
        explicit Pair(boost::asio::io_context &io) : client(io), server(io), pause(io) {}
        tcp::socket client, server;
        boost::asio::steady_timer pause;
        std::array<char, 65'536> up{}, down{};
    };

    void accept() {
        auto pair = std::make_shared<Pair>(io_);
        acceptor_.async_accept(pair->client, [this, pair](boost::system::error_code error) {
            if (error) {
                return;
            }
            pair->server.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), to_), error);
            if (error) {
                pair->client.close();
            } else {
                pair->server.set_option(tcp::socket::send_buffer_size(64 * 1024), error); // a wire holds little
                pump(pair, pair->client, pair->server, pair->up, &up_);
                pump(pair, pair->server, pair->client, pair->down, nullptr);
            }
            accept();
        });
    }
    void pump(std::shared_ptr<Pair> pair, tcp::socket &from, tcp::socket &to, std::array<char, 65'536> &buffer,
              std::atomic<std::int64_t> *count) {
        from.async_read_some(boost::asio::buffer(buffer), [=, this, &from, &to, &buffer](auto error, std::size_t size) {
            if (error) {
                boost::system::error_code ignored;
                from.close(ignored);
                to.close(ignored);
                return;
            }
            if (count != nullptr) {
                *count += static_cast<std::int64_t>(size);
            }
            boost::asio::async_write(to, boost::asio::buffer(buffer.data(), size),
                                     [=, this, &from, &to, &buffer](auto failed, std::size_t sent) {
                                         if (failed) {
                                             return;
                                         }
                                         if (count == nullptr || most_bytes_per_s_ == 0) {
                                             pump(pair, from, to, buffer, count);
                                             return;
                                         }
                                         const auto took =
                                             1'000'000 * static_cast<std::int64_t>(sent) / most_bytes_per_s_;
                                         pair->pause.expires_after(std::chrono::microseconds(took));
                                         pair->pause.async_wait([=, this, &from, &to, &buffer](auto) {
                                             pump(pair, from, to, buffer, count);
                                         });
                                     });
        });
    }

    std::uint16_t to_;
    std::int64_t most_bytes_per_s_;
    boost::asio::io_context io_;
    tcp::acceptor acceptor_{io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
    std::atomic<std::int64_t> up_ = 0;
    std::thread thread_{[this] {
        const auto work = boost::asio::make_work_guard(io_);
        io_.run();
    }};
};

} // namespace xueshi::test
