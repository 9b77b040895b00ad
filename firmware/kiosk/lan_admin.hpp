#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "firmware/core/http/server.hpp"
#include "firmware/kiosk/desk.hpp"
#include "firmware/kiosk/lan_certificate.hpp"
#include "firmware/kiosk/lan_logins.hpp"
#include "firmware/kiosk/pins.hpp"
#include "firmware/kiosk/static_files.hpp"

namespace xueshi::kiosk {

/// A page's hold on its login in the local network, which another page of the same browser shares.
struct LanLogin {
    std::function<bool()> stands;
    std::function<bool()> used; ///< whether it stands; then it is used now
    std::function<void()> ended;
    explicit operator bool() const { return static_cast<bool>(used); }
};

/// The admin's views for browsers of the local network: HTTPS on one address, a login with the admin's PIN, whose
/// cookie opens the WebSocket. Thread-bound.
class LanAdmin {
public:
    struct Options {
        std::string address;
        std::uint16_t port = 0;
        std::filesystem::path directory; ///< of key and certificate
        std::string device;
        std::int64_t idle_ms = 0;
    };
    /// All outlive this one.
    struct Parts {
        boost::asio::io_context &context;
        const Clock &clock;
        const StaticFiles &files;
        Pins &pins;
        Desk &desk;
        /// Serves a page that has logged in until it is gone.
        std::function<boost::asio::awaitable<void>(std::shared_ptr<http::WebSocket>, LanLogin)> serve;
        /// The headers of every answer; `socket`: where the page may open its WebSocket.
        std::function<http::Headers(const std::string &socket)> protection;
    };
    LanAdmin(Parts parts, Options options);

    /// Error: unavailable while the address or its port cannot be had; may be called again then.
    Expected<void> listen();
    bool listens() const { return server_ != nullptr; }
    std::uint16_t port() const { return server_ ? server_->port() : 0; }
    std::string url() const { return "https://" + host(port()) + "/"; }
    const std::string &fingerprint() const { return fingerprint_; }
    void stop();

private:
    std::string host(std::uint16_t port) const; ///< as browsers name it in Host
    std::optional<http::Response> gate(const http::Request &request);
    boost::asio::awaitable<http::Response> answer(http::Request request);
    boost::asio::awaitable<http::Response> log_in(http::Request request);
    boost::asio::awaitable<void> serve(http::Request request, std::shared_ptr<http::WebSocket> socket);

    Parts parts_;
    Options options_;
    LanLogins logins_;
    std::string fingerprint_;
    std::unique_ptr<http::Server> server_; ///< last: it ends first
};

} // namespace xueshi::kiosk
