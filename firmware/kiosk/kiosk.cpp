#include "firmware/kiosk/kiosk.hpp"

#include <algorithm>
#include <atomic>
#include <list>
#include <map>
#include <mutex>
#include <utility>

#include <boost/asio/post.hpp>

#include "firmware/core/base/log.hpp"
#include "firmware/core/http/server.hpp"
#include "firmware/kiosk/lan_admin.hpp"
#include "firmware/kiosk/pins.hpp"
#include "firmware/kiosk/session.hpp"
#include "firmware/kiosk/static_files.hpp"

namespace xueshi::kiosk {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kSocketPath = "/ws";

/// Of every answer: nothing but the terminal's own files, and no other place to talk to than `sockets`.
http::Headers protection(const std::string &sockets) {
    return {{"Content-Security-Policy",
             "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' "
             "blob:; font-src 'self'; connect-src 'self' " +
                 sockets + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
            {"Cache-Control", "no-store"},
            {"X-Content-Type-Options", "nosniff"},
            {"Referrer-Policy", "no-referrer"},
            {"Cross-Origin-Opener-Policy", "same-origin"},
            {"Cross-Origin-Resource-Policy", "same-origin"},
            {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"}};
}

/// A page among those that are told; until its coroutine ends, however that is.
class Listed {
public:
    Listed(std::list<std::shared_ptr<Session>> &sessions, std::atomic<std::size_t> &pages,
           std::shared_ptr<Session> session)
        : sessions_(sessions), pages_(pages), place_(sessions.insert(sessions.end(), std::move(session))) {
        ++pages_;
    }
    Listed(const Listed &) = delete;
    Listed &operator=(const Listed &) = delete;
    ~Listed() {
        --pages_;
        sessions_.erase(place_);
    }

private:
    std::list<std::shared_ptr<Session>> &sessions_;
    std::atomic<std::size_t> &pages_;
    std::list<std::shared_ptr<Session>>::iterator place_;
};

class LoopbackKiosk final : public Kiosk {
public:
    LoopbackKiosk(const Parts &parts, Options options)
        : parts_(parts), options_(std::move(options)), files_(StaticFiles::list(options_.web_directory)),
          sentences_(files_), pins_(options_.pins_file, parts.clock) {
        parts_.control.add("kiosk_pin", control::Access::root,
                           [this](control::Call call) { return set_pin(std::move(call)); });
        if (!options_.lan_address.empty()) {
            make_lan();
        }
    }
    ~LoopbackKiosk() override { LoopbackKiosk::stop(); }

    Expected<void> listen() override;
    void start() override;
    std::uint16_t port() const override { return server_ ? server_->port() : 0; }
    std::uint16_t lan_port() const override { return lan_ ? lan_->port() : 0; }
    bool watched() const override { return pages_ > 0; }
    bool has_pages() const override { return pages_ + lan_pages_ > 0; }
    void show(const Status &status) override;
    void show(const GuidanceShown &guidance) override;
    void show(const SoundShown &sound) override;
    void show(const Recorded &recorded) override { tell(json::serialize(to_json(recorded))); }
    void show(const Refused &refused) override { tell(json::serialize(to_json(refused))); }
    void offer(Picture picture) override;
    void tick() override;
    void stop() override;

private:
    std::optional<http::Response> gate(const http::Request &request) const;
    asio::awaitable<http::Response> answer(http::Request request) const { co_return files_.answer(request.path); }
    asio::awaitable<void> serve(std::shared_ptr<http::WebSocket> socket, LanLogin lan);
    void make_lan();
    void listen_lan();
    bool is_news(const std::string &event, const Error &error);
    asio::awaitable<Expected<json::Object>> set_pin(control::Call call);
    std::string hello(bool lan) const;
    void say_hello();
    void note_silence(const std::string &error);
    void tell(const std::string &text);
    void pass_picture();

    Parts parts_;
    Options options_;
    StaticFiles files_;
    Sentences sentences_;
    Pins pins_;
    std::list<std::shared_ptr<Session>> sessions_;
    bool silence_noted_ = false;
    std::string status_, lan_status_; ///< the newest, for a page that opens
    std::optional<GuidanceShown> guidance_;
    NewestPicture newest_;
    std::atomic<std::size_t> pages_{0}; ///< that show pictures
    std::atomic<std::size_t> lan_pages_{0};

    std::mutex mutex_;
    std::shared_ptr<const Picture> offered_;         ///< by the camera's thread, not taken over yet
    std::map<std::string, std::string> last_logged_; ///< by event, what is tried again
    std::unique_ptr<LanAdmin> lan_;                  ///< null: none is served
    std::unique_ptr<http::Server> server_;           ///< last: it ends first
};

Expected<void> LoopbackKiosk::listen() {
    http::Server::Options options;
    options.port = options_.port;
    options.limits.body_bytes = 0;
    options.limits.connections = 32;
    options.headers = [](std::uint16_t port) {
        const auto at = ":" + std::to_string(port);
        return protection("ws://127.0.0.1" + at + " ws://localhost" + at); // the names that the gate lets pass
    };
    options.web_socket.path = kSocketPath;
    options.web_socket.message_bytes = kTraineeBytes;
    options.web_socket.connections = options_.pages;
    options.web_socket.handler = [this](const http::Request &, std::shared_ptr<http::WebSocket> socket) {
        return serve(std::move(socket), {});
    };
    auto server = http::Server::listen(
        parts_.context, std::move(options), [this](http::Request request) { return answer(std::move(request)); },
        [this](const http::Request &request) { return gate(request); });
    if (!server) {
        return tl::unexpected(server.error());
    }
    server_ = std::move(*server);
    listen_lan();
    log::info("kiosk_listens", {{"port", server_->port()}, {"page", !files_.empty()}});
    return {};
}

void LoopbackKiosk::start() {
    const auto listening = listen();
    if (!listening && is_news("kiosk_cannot_listen", listening.error())) {
        log::error("kiosk_cannot_listen", {log::Field(listening.error()), {"next", "tried again each second"}});
    }
}

/// A foreign page in the same browser, and a foreign name that was made to point here, get nothing.
std::optional<http::Response> LoopbackKiosk::gate(const http::Request &request) const {
    const auto host = request.header("host");
    const auto port = ":" + std::to_string(server_->port());
    std::optional<http::Response> refusal;
    if (host != "127.0.0.1" + port && host != "localhost" + port) {
        refusal = http::problem(403, "Forbidden", "this is the terminal's own screen: Host must be 127.0.0.1" + port);
    } else if (request.path == kSocketPath && request.header("origin") != "http://" + host) {
        refusal = http::problem(403, "Forbidden", "the WebSocket is for the terminal's own page: wrong Origin");
    } else if (request.method != "GET" && request.method != "HEAD") {
        refusal = http::problem(405, "Method not allowed", "GET and HEAD");
        refusal->headers["Allow"] = "GET, HEAD";
    }
    if (refusal) {
        log::info("kiosk_refused", {{"status", refusal->status}, {"path", request.path}});
    }
    return refusal;
}

void LoopbackKiosk::make_lan() {
    LanAdmin::Parts parts{parts_.context, parts_.clock, files_, pins_, parts_.desk, {}, protection};
    parts.serve = [this](std::shared_ptr<http::WebSocket> socket, LanLogin login) {
        return serve(std::move(socket), std::move(login));
    };
    LanAdmin::Options options{options_.lan_address, options_.lan_port, options_.pins_file.parent_path(),
                              options_.device, options_.session_idle_s * 1'000};
    lan_ = std::make_unique<LanAdmin>(std::move(parts), std::move(options));
}

/// What is tried each second and fails is said once, and again when the reason changes.
bool LoopbackKiosk::is_news(const std::string &event, const Error &error) {
    return std::exchange(last_logged_[event], error.message) != error.message;
}

/// The network may come late, or go: tried again until it listens.
void LoopbackKiosk::listen_lan() {
    if (!lan_ || lan_->listens()) {
        return;
    }
    const auto listening = lan_->listen();
    if (listening) {
        say_hello(); // with the address, which the pages that are open do not know yet
    } else if (is_news("lan_admin_cannot_listen", listening.error())) {
        log::warning("lan_admin_cannot_listen", {log::Field(listening.error()), {"next", "tried again each second"}});
    }
}

asio::awaitable<void> LoopbackKiosk::serve(std::shared_ptr<http::WebSocket> socket, LanLogin lan) {
    const bool is_lan = static_cast<bool>(lan);
    Session::Parts parts{
        parts_.clock,  parts_.control, parts_.desk, pins_, sentences_, newest_, options_.session_idle_s * 1'000,
        std::move(lan)};
    parts.pin_was_set = [this] { say_hello(); };
    parts.browser_is_silent = [this](const std::string &error) { note_silence(error); };
    const auto session = std::make_shared<Session>(parts_.context.get_executor(), parts, std::move(socket));
    const Listed listed(sessions_, is_lan ? lan_pages_ : pages_, session);
    session->send(hello(is_lan));
    parts_.desk.page_opened(); // what was shown last may be of long ago: nobody looked since
    if (!status_.empty()) {
        session->send_status(is_lan ? lan_status_ : status_);
    }
    if (guidance_) {
        session->send_guidance(json::serialize(to_json(*guidance_)));
    }
    co_await session->run();
}

std::string LoopbackKiosk::hello(bool lan) const {
    json::Array languages;
    for (const auto &language : options_.languages) {
        languages.emplace_back(language);
    }
    json::Object out{
        {"type", "hello"},
        {"protocol", 1},
        {"version", options_.version},
        {"device", options_.device},
        {"languages", std::move(languages)},
        {"preview", nullptr},
        {"access", lan ? "lan" : "screen"},
        {"lan", nullptr},
        {"speaks", options_.speaks && !lan},
        {"pins", json::Object{{"teacher", pins_.is_set(Role::teacher)}, {"admin", pins_.is_set(Role::admin)}}},
        {"session_idle_s", options_.session_idle_s}};
    if (lan_ && lan_->listens() && !lan) { // to be compared with what a browser in the network is shown
        out["lan"] = json::Object{{"url", lan_->url()}, {"fingerprint", lan_->fingerprint()}};
    }
    if (options_.preview_frames_per_second > 0 && !lan) {
        out["preview"] = json::Object{{"width", options_.preview_width},
                                      {"height", options_.preview_height},
                                      {"frames_per_second", options_.preview_frames_per_second}};
    }
    return json::serialize(out);
}

asio::awaitable<Expected<json::Object>> LoopbackKiosk::set_pin(control::Call call) {
    auto asked = read_role_and_pin(call.arguments);
    if (!asked) {
        co_return tl::unexpected(asked.error());
    }
    const auto role = asked->role;
    auto set = co_await pins_.set(role, std::move(asked->pin));
    if (!set) {
        co_return tl::unexpected(set.error());
    }
    parts_.desk.note_operator_action(
        json::Object{{"what", "kiosk_pin"}, {"role", to_string(role)}, {"operator", call.operator_name}});
    say_hello();
    co_return json::Object{{"role", to_string(role)}};
}

/// Again, after what it says has changed.
void LoopbackKiosk::say_hello() {
    const auto sessions = sessions_; // one that is cut off leaves the list
    for (const auto &session : sessions) {
        session->send(hello(session->is_lan()));
    }
}

/// Once: a page says so with each connection.
void LoopbackKiosk::note_silence(const std::string &error) {
    if (!std::exchange(silence_noted_, true)) {
        log::warning("kiosk_browser_does_not_speak",
                     {{"error", error}, {"next", "let the terminal speak by kiosk.speaker"}});
    }
}

void LoopbackKiosk::show(const Status &status) {
    auto shown = to_json(status);
    status_ = json::serialize(shown);
    shown["asked"] = json::Array();      // who is in the room is seen there
    shown["first_pins"] = json::Array(); // and chosen there
    lan_status_ = json::serialize(shown);
    for (const auto &session : sessions_) {
        session->send_status(session->is_lan() ? lan_status_ : status_);
    }
}

void LoopbackKiosk::show(const GuidanceShown &guidance) {
    if (guidance_ == guidance) {
        return;
    }
    guidance_ = guidance;
    const auto text = json::serialize(to_json(guidance));
    for (const auto &session : sessions_) {
        session->send_guidance(text);
    }
}

void LoopbackKiosk::show(const SoundShown &sound) {
    for (const auto &session : sessions_) {
        session->send_sound(sound);
    }
}

void LoopbackKiosk::tell(const std::string &text) {
    const auto sessions = sessions_; // one that is cut off leaves the list
    for (const auto &session : sessions) {
        if (!session->is_lan()) {
            session->send(text);
        }
    }
}

void LoopbackKiosk::offer(Picture picture) {
    if (!watched()) {
        return;
    }
    auto newest = std::make_shared<const Picture>(std::move(picture));
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(offered_, std::move(newest))) {
            return; // the loop has not come to the one before: it takes this one instead
        }
    }
    asio::post(parts_.context, [this] { pass_picture(); });
}

void LoopbackKiosk::pass_picture() {
    {
        const std::lock_guard lock(mutex_);
        newest_.picture = std::exchange(offered_, nullptr);
    }
    ++newest_.number;
    for (const auto &session : sessions_) {
        session->wake();
    }
}

void LoopbackKiosk::tick() {
    for (const auto &session : sessions_) {
        session->end_idle_login();
    }
    if (!server_) {
        start();
    }
    listen_lan();
    if (pages_ == 0) {
        newest_.picture = nullptr; // nobody's face is kept for nobody
    }
}

void LoopbackKiosk::stop() {
    const auto sessions = sessions_;
    for (const auto &session : sessions) {
        session->close();
    }
    if (lan_) {
        lan_->stop();
    }
    if (server_) {
        server_->stop();
    }
}

} // namespace

std::unique_ptr<Kiosk> Kiosk::make(const Parts &parts, Options options) {
    return std::make_unique<LoopbackKiosk>(parts, std::move(options));
}

} // namespace xueshi::kiosk
