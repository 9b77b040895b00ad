#include "tests/flow/sync_faults/tcp_proxy.hpp"

#include <array>
#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace xueshi::test::sync_faults {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using boost::system::error_code;

namespace {

constexpr std::size_t kPiece = 16 * 1024, kSlowPiece = 256;
constexpr auto kSlowPause = 50ms, kDelay = 60ms, kThawLook = 10ms;
constexpr auto kWaiting = asio::as_tuple(asio::use_awaitable);

asio::ip::tcp::endpoint loopback(std::uint16_t port) {
    return {asio::ip::address_v4::loopback(), port};
}

asio::awaitable<void> pause(std::chrono::milliseconds time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(kWaiting);
}

} // namespace

TcpProxy::TcpProxy(asio::io_context &io, std::uint16_t to) : io_(io), to_(to), acceptor_(io, loopback(0)) {
    asio::co_spawn(io_, accept(), asio::detached);
}

void TcpProxy::Pair::close(bool by_reset) {
    for (tcp::socket *socket : {&client, &server}) {
        error_code ignored;
        if (by_reset) {
            socket->set_option(asio::socket_base::linger(true, 0), ignored);
        }
        socket->close(ignored);
    }
}

void TcpProxy::cut() {
    end_all(false);
}
void TcpProxy::reset() {
    end_all(true);
}

void TcpProxy::end_all(bool by_reset) {
    for (const auto &entry : pairs_) {
        if (const auto pair = entry.lock()) {
            pair->close(by_reset);
        }
    }
    pairs_.clear();
}

asio::awaitable<void> TcpProxy::accept() {
    for (;;) {
        auto [error, client] = co_await acceptor_.async_accept(kWaiting);
        if (error) {
            co_return;
        }
        if (weather_ != Weather::refusing) {
            asio::co_spawn(io_, connect(std::move(client)), asio::detached);
        }
    }
}

asio::awaitable<void> TcpProxy::connect(tcp::socket client) {
    tcp::socket server(io_);
    const auto [error] = co_await server.async_connect(loopback(to_), kWaiting);
    if (error) {
        co_return;
    }
    const auto pair = std::make_shared<Pair>(std::move(client), std::move(server));
    std::erase_if(pairs_, [](const auto &entry) { return entry.expired(); });
    pairs_.push_back(pair);
    asio::co_spawn(io_, pump(pair, true), asio::detached);
    asio::co_spawn(io_, pump(pair, false), asio::detached);
}

/// How much may be read now.
asio::awaitable<std::size_t> TcpProxy::weather_the_piece() {
    while (weather_ == Weather::frozen) {
        co_await pause(kThawLook);
    }
    if (weather_ == Weather::slow) {
        co_await pause(kSlowPause);
        co_return kSlowPiece;
    }
    if (weather_ == Weather::delayed) {
        co_await pause(kDelay);
    }
    co_return kPiece;
}

asio::awaitable<void> TcpProxy::pump(std::shared_ptr<Pair> pair, bool up) {
    tcp::socket &from = up ? pair->client : pair->server;
    tcp::socket &to = up ? pair->server : pair->client;
    std::array<char, kPiece> buffer{};
    for (;;) {
        const std::size_t most = co_await weather_the_piece();
        const auto [failed, size] = co_await from.async_read_some(asio::buffer(buffer.data(), most), kWaiting);
        if (failed) {
            break;
        }
        while (weather_ == Weather::frozen) {
            co_await pause(kThawLook);
        }
        const auto [cut, sent] = co_await asio::async_write(to, asio::buffer(buffer.data(), size), kWaiting);
        if (cut || sent != size) {
            break;
        }
    }
    pair->close(false);
}

} // namespace xueshi::test::sync_faults
