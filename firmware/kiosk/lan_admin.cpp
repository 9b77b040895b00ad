#include "firmware/kiosk/lan_admin.hpp"

#include <utility>

#include "firmware/core/base/json.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/kiosk/messages.hpp"

namespace xueshi::kiosk {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kSocketPath = "/ws", kLoginPath = "/login", kLogoutPath = "/logout",
                           kSessionPath = "/session";
// The prefix binds it to this very host, to TLS and to all paths (RFC 6265bis section 4.1.3.2).
constexpr std::string_view kCookie = "__Host-xueshi";
constexpr std::size_t kLoginBytes = 256, kMostPinText = 64, kPages = 4, kConnections = 16;
constexpr std::int64_t kSecondMs = 1'000;

std::string cookie(const std::string &token, bool ends = false) {
    return std::string(kCookie) + "=" + token + "; Path=/; Secure; HttpOnly; SameSite=Strict" +
           (ends ? "; Max-Age=0" : "");
}

std::string token_of(const http::Request &request) {
    return cookie_of(request.header("cookie"), kCookie);
}

Expected<std::string> read_pin(const std::string &body) {
    auto value = json::parse(body, json::Limits{.bytes = kLoginBytes, .depth = 2});
    if (!value) {
        return fail(value, "login");
    }
    json::ObjectReader reader(*value, "login");
    auto pin = reader.string("pin", kMostPinText);
    if (auto finished = reader.finish(); !finished) {
        return tl::unexpected(finished.error());
    }
    return pin;
}

/// The same codes and `wait_ms` as at the screen, in a problem of RFC 9457.
http::Response refused_login(const PinRefusal &refusal) {
    const unsigned status = refusal.error.code == ErrorCode::unavailable ? 429 : 403;
    json::Object body{{"type", "about:blank"},
                      {"title", "Login refused"},
                      {"status", status},
                      {"detail", refusal.error.message},
                      {"code", to_string(refusal.error.code)}};
    http::Response response;
    response.status = status;
    response.content_type = "application/problem+json";
    if (refusal.wait_ms >= 0) {
        body["wait_ms"] = refusal.wait_ms;
        response.headers["Retry-After"] = std::to_string((refusal.wait_ms + kSecondMs - 1) / kSecondMs);
    }
    response.body = json::serialize(body);
    return response;
}

http::Response empty(unsigned status) {
    http::Response response;
    response.status = status;
    return response;
}

} // namespace

LanAdmin::LanAdmin(Parts parts, Options options)
    : parts_(std::move(parts)), options_(std::move(options)), logins_(parts_.clock, options_.idle_ms) {}

Expected<void> LanAdmin::listen() {
    auto files = open_or_create_lan_certificate(options_.directory, options_.device);
    if (!files) {
        return tl::unexpected(files.error());
    }
    http::Server::Options options;
    options.address = options_.address;
    options.port = options_.port;
    options.tls.emplace();
    options.tls->certificate_chain = files->certificate;
    options.tls->private_key = files->key;
    options.limits.body_bytes = kLoginBytes;
    options.limits.connections = kConnections;
    options.headers = [this](std::uint16_t port) { return parts_.protection("wss://" + host(port)); };
    options.web_socket.path = kSocketPath;
    options.web_socket.message_bytes = kTraineeBytes;
    options.web_socket.connections = kPages;
    options.web_socket.handler = [this](http::Request request, std::shared_ptr<http::WebSocket> socket) {
        return serve(std::move(request), std::move(socket));
    };
    auto server = http::Server::listen(
        parts_.context, std::move(options), [this](http::Request request) { return answer(std::move(request)); },
        [this](const http::Request &request) { return gate(request); });
    if (!server) {
        return tl::unexpected(server.error());
    }
    server_ = std::move(*server);
    fingerprint_ = std::move(files->fingerprint);
    log::info("lan_admin_listens", {{"address", options_.address}, {"port", port()}, {"fingerprint", fingerprint_}});
    return {};
}

void LanAdmin::stop() {
    if (server_) {
        server_->stop();
    }
}

std::string LanAdmin::host(std::uint16_t port) const {
    const bool six = options_.address.find(':') != std::string::npos;
    return (six ? "[" + options_.address + "]" : options_.address) + ":" + std::to_string(port);
}

/// A name that was made to point here has another Host; another site's page another Origin, and no cookie at all.
std::optional<http::Response> LanAdmin::gate(const http::Request &request) {
    const auto own = host(port());
    if (request.header("host") != own) {
        return http::problem(403, "Forbidden", "Host must be " + own);
    }
    const bool changes = request.path == kLoginPath || request.path == kLogoutPath;
    if ((changes || request.path == kSocketPath) && request.header("origin") != "https://" + own) {
        return http::problem(403, "Forbidden", "this is for the terminal's own page: wrong Origin");
    }
    if (request.path == kSocketPath && !logins_.use(token_of(request))) {
        return http::problem(401, "Unauthorized", "log in first");
    }
    if (changes ? request.method != "POST" : request.method != "GET" && request.method != "HEAD") {
        auto refusal = http::problem(405, "Method not allowed", changes ? "POST" : "GET and HEAD");
        refusal.headers["Allow"] = changes ? "POST" : "GET, HEAD";
        return refusal;
    }
    if (request.path == kLoginPath && request.header("content-type") != "application/json") {
        return http::problem(415, "Unsupported media type", "a login is application/json");
    }
    return std::nullopt;
}

asio::awaitable<http::Response> LanAdmin::answer(http::Request request) {
    http::Response response;
    if (request.path == kLoginPath) {
        response = co_await log_in(std::move(request));
    } else if (request.path == kLogoutPath) {
        logins_.close(token_of(request));
        response = empty(204);
        response.headers["Set-Cookie"] = cookie("", true);
    } else if (request.path == kSessionPath) {
        response = empty(logins_.use(token_of(request)) ? 204 : 401);
    } else {
        response = parts_.files.answer(request.path);
    }
    co_return response;
}

asio::awaitable<http::Response> LanAdmin::log_in(http::Request request) {
    auto pin = read_pin(request.body);
    if (!pin) {
        co_return http::problem(pin.error());
    }
    const auto refusal = co_await parts_.pins.check(Role::admin, std::move(*pin));
    const bool looked_at = !refusal || refusal->error.code == ErrorCode::denied;
    if (looked_at) {
        log::info("lan_login", {{"peer", request.peer}, {"granted", !refusal}});
        json::Object data{{"what", "kiosk_login"},
                          {"role", to_string(Role::admin)},
                          {"outcome", refusal ? "wrong_pin" : "granted"},
                          {"from", "lan"}};
        parts_.desk.note_operator_action(std::move(data));
    }
    if (refusal) {
        co_return refused_login(*refusal);
    }
    auto response = empty(204);
    response.headers["Set-Cookie"] = cookie(logins_.open());
    co_return response;
}

asio::awaitable<void> LanAdmin::serve(http::Request request, std::shared_ptr<http::WebSocket> socket) {
    const auto token = token_of(request);
    LanLogin login;
    login.stands = [this, token] { return logins_.stands(token); };
    login.used = [this, token] { return logins_.use(token); };
    login.ended = [this, token] { logins_.close(token); };
    co_await parts_.serve(std::move(socket), std::move(login));
}

} // namespace xueshi::kiosk
