#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "firmware/control/server.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/http/websocket.hpp"
#include "firmware/kiosk/desk.hpp"
#include "firmware/kiosk/lan_admin.hpp"
#include "firmware/kiosk/messages.hpp"
#include "firmware/kiosk/pins.hpp"
#include "firmware/kiosk/sentences.hpp"
#include "firmware/kiosk/status.hpp"

/// Internal to the room.
namespace xueshi::kiosk {

/// The newest picture, as all sessions see it.
struct NewestPicture {
    std::shared_ptr<const Picture> picture; ///< null: none came yet
    std::uint32_t number = 0;
};

/// One page. Lives as long as its reading, its writing or its order: hence shared. Thread-bound.
class Session : public std::enable_shared_from_this<Session> {
public:
    /// All outlive the session.
    struct Parts {
        const Clock &clock;
        control::Server &control;
        Desk &desk;
        Pins &pins;
        Sentences &sentences;
        const NewestPicture &newest;
        std::int64_t idle_ms;
        /// Of a page in the local network: it begins as admin, sees no picture, and ends with the login.
        LanLogin lan = {};
        std::function<void()> pin_was_set = {}; ///< all pages are to know
        std::function<void(const std::string &error)> browser_is_silent = {};
    };
    Session(boost::asio::any_io_executor executor, const Parts &parts, std::shared_ptr<http::WebSocket> socket);

    /// Reads until the page is gone.
    boost::asio::awaitable<void> run();

    /// Kept until it is sent, in order.
    void send(std::string text);
    /// In place of the one that is not sent yet.
    void send_status(std::string text);
    void send_guidance(std::string text);
    /// To an admin only.
    void send_sound(const SoundShown &sound);
    /// There is a newer picture.
    void wake();
    void end_idle_login();
    bool is_lan() const { return static_cast<bool>(parts_.lan); }
    void close();

private:
    boost::asio::awaitable<void> write_all();
    std::optional<http::Message> take_next();
    void take(const http::Message &message);
    void begin(Order order);
    void say(const Order &order);
    Expected<void> may(const std::string &verb) const;
    bool keep_login(bool used);
    void end_login(std::string_view reason);
    boost::asio::awaitable<void> carry_out(Order order);
    boost::asio::awaitable<Expected<json::Object>> dispatch(Order &order);
    boost::asio::awaitable<Expected<json::Object>> shared_verb(Order &order);
    boost::asio::awaitable<Expected<json::Object>> log_in(const json::Object &arguments);
    boost::asio::awaitable<Expected<json::Object>> set_first_pin(const json::Object &arguments);
    Expected<json::Object> own_verb(const Order &order);
    Expected<json::Object> note_silence(const json::Object &arguments);
    void change_role(Role role, std::string_view reason);
    std::string operator_name() const;

    boost::asio::any_io_executor executor_;
    Parts parts_;
    std::shared_ptr<http::WebSocket> socket_;
    boost::asio::steady_timer something_; ///< cancelled when there is something to write
    Role role_ = Role::trainee;
    bool open_ = true;
    bool leaving_ = false;                     ///< closed when all is written
    bool running_ = false, cancelled_ = false; ///< an order
    std::int64_t order_id_ = 0, used_boot_ms_ = 0;
    std::int64_t wait_ms_ = -1; ///< of the login that was just refused
    std::deque<std::string> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::optional<std::string> status_, guidance_, sound_;
    std::uint32_t sent_picture_ = 0; ///< number; 0: none
    bool acknowledged_ = true;
};

} // namespace xueshi::kiosk
