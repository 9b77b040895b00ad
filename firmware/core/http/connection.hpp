#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "firmware/core/http/server.hpp"

namespace boost::asio::ssl {
class context;
}

/// Internal to the room: one accepted connection, from the handshake to the close.
namespace xueshi::http {

/// An open connection as the server sees it.
struct Slot {
    std::function<void()> close;
    bool idle = true;      ///< between requests or in the handshake: may be closed to make room
    bool upgraded = false; ///< a WebSocket: ends when the server does
};

/// What all connections of one server share. Used on the server's io_context only.
struct Shared {
    Limits limits;
    Handler handler;
    Gate gate;
    std::function<bool(const Request &)> streamed;
    WebSocketOptions web_socket;
    Headers headers; ///< of every answer
    std::size_t web_sockets = 0;
    bool stopping = false;
    std::list<Slot> slots; ///< idle ones in the order in which they became idle
};

/// `tls` is null for plain TCP; else it must outlive the connection.
boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context *tls,
                                   std::shared_ptr<Shared> shared);

} // namespace xueshi::http
