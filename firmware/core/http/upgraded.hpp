#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "firmware/core/http/server.hpp"
#include "firmware/core/http/stream.hpp"
#include "firmware/core/http/websocket.hpp"

/// Internal to the room: what becomes of a connection whose client asked for a WebSocket.
namespace xueshi::http {

class Upgraded : public WebSocket {
public:
    /// Answers the request; no error: it is open.
    virtual boost::asio::awaitable<boost::system::error_code>
    accept(const boost::beast::http::request<boost::beast::http::string_body> &request) = 0;
};

/// `headers`: of the answer.
std::shared_ptr<Upgraded> upgrade(std::unique_ptr<Stream> stream, const WebSocketOptions &options, Headers headers);

} // namespace xueshi::http
