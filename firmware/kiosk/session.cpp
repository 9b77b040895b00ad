#include "firmware/kiosk/session.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "firmware/control/arguments.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::kiosk {

namespace asio = boost::asio;

namespace {

// A page that does not read its answers is cut off; status, guidance and pictures do not add up.
constexpr std::size_t kMostWaitingBytes = 1u << 20;

/// The kiosk's own verbs that take no arguments.
struct Question {
    std::string_view verb;
    Expected<json::Object> (Desk::*answer)();
};
constexpr std::array kQuestions{
    Question{"names", &Desk::names}, Question{"lesson", &Desk::lesson},   Question{"claims", &Desk::claims},
    Question{"plan", &Desk::plan},   Question{"changes", &Desk::changes}, Question{"people", &Desk::people},
};

} // namespace

Session::Session(asio::any_io_executor executor, const Parts &parts, std::shared_ptr<http::WebSocket> socket)
    : executor_(std::move(executor)), parts_(parts), socket_(std::move(socket)), something_(executor_),
      used_boot_ms_(parts.clock.now().boot_ms) {
    if (is_lan()) {
        change_role(Role::admin, "login");
    }
}

asio::awaitable<void> Session::run() {
    const auto self = shared_from_this();
    asio::co_spawn(executor_, [self] { return self->write_all(); }, asio::detached);
    while (open_) {
        const auto message = co_await socket_->read();
        if (!message) {
            break; // gone, too silent, or too long: it was told
        }
        take(*message);
    }
    close();
}

void Session::close() {
    if (std::exchange(open_, false)) {
        cancelled_ = true;
        socket_->close(http::CloseCode::going_away);
        something_.cancel();
    }
}

// ---- to the page ----

void Session::send(std::string text) {
    if (!open_) {
        return;
    }
    waiting_bytes_ += text.size();
    waiting_.push_back(std::move(text));
    if (waiting_bytes_ > kMostWaitingBytes) {
        log::warning("kiosk_page_does_not_read");
        socket_->cut();
        close();
        return;
    }
    something_.cancel();
}

void Session::send_status(std::string text) {
    status_ = std::move(text);
    something_.cancel();
}

void Session::send_guidance(std::string text) {
    if (is_lan()) {
        return; // who stands before the camera is seen there
    }
    guidance_ = std::move(text);
    something_.cancel();
}

void Session::send_sound(const SoundShown &sound) {
    if (role_ == Role::admin) {
        sound_ = json::serialize(to_json(sound));
        something_.cancel();
    }
}

void Session::wake() {
    something_.cancel();
}

std::optional<http::Message> Session::take_next() {
    if (!waiting_.empty()) {
        http::Message next(std::move(waiting_.front()));
        waiting_.pop_front();
        waiting_bytes_ -= next.data.size();
        return next;
    }
    for (auto *newest : {&guidance_, &status_, &sound_}) {
        if (*newest) {
            return http::Message(*std::exchange(*newest, std::nullopt));
        }
    }
    const auto &[picture, number] = parts_.newest;
    if (picture && acknowledged_ && number != sent_picture_ && !is_lan()) {
        sent_picture_ = number;
        acknowledged_ = false;
        return http::Message(picture_bytes(*picture, number, parts_.clock.now().boot_ms), true);
    }
    return std::nullopt;
}

asio::awaitable<void> Session::write_all() {
    const auto self = shared_from_this();
    while (open_) {
        auto next = take_next();
        if (next) {
            const auto written = co_await socket_->write(*next);
            if (!written) {
                close();
            }
            continue;
        }
        if (leaving_) {
            close();
            continue;
        }
        something_.expires_at(asio::steady_timer::time_point::max());
        boost::system::error_code cancelled;
        co_await something_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
}

// ---- from the page ----

void Session::take(const http::Message &message) {
    if (message.binary) {
        socket_->close(http::CloseCode::unsupported_data);
        return;
    }
    auto read = read_message(message.data);
    if (!read) {
        send(error_text(0, read.error()));
    } else if (const auto *shown = std::get_if<Acknowledgement>(&*read)) {
        if (shown->number == sent_picture_) {
            acknowledged_ = true;
            wake();
        }
    } else if (std::holds_alternative<Used>(*read)) {
        keep_login(true);
    } else {
        begin(std::move(std::get<Order>(*read)));
    }
}

/// `used`: somebody is there. False: the login ended elsewhere, and has ended here with it.
bool Session::keep_login(bool used) {
    if (used) {
        used_boot_ms_ = parts_.clock.now().boot_ms;
    }
    if (!is_lan() || (used ? parts_.lan.used() : parts_.lan.stands())) {
        return true;
    }
    end_login("logout");
    return false;
}

void Session::begin(Order order) {
    if (!keep_login(!comes_by_itself(order.verb))) {
        send(error_text(order.id, Error{ErrorCode::denied, "the login has ended"}));
        return;
    }
    if (order.verb == "cancel") {
        const bool running = running_;
        cancelled_ = running;
        send(result_text(order.id, json::Object{{"cancelled", running}}));
        return;
    }
    if (order.verb == "say") {
        say(order);
        return;
    }
    if (running_) {
        send(error_text(order.id, Error{ErrorCode::conflict, "another order is running: wait, or cancel it"}));
        return;
    }
    running_ = true;
    cancelled_ = false;
    auto work = [self = shared_from_this(), order = std::move(order)]() mutable {
        return self->carry_out(std::move(order));
    };
    asio::co_spawn(executor_, std::move(work), asio::detached);
}

asio::awaitable<void> Session::carry_out(Order order) {
    const auto self = shared_from_this();
    order_id_ = order.id;
    wait_ms_ = -1;
    auto result = Expected<json::Object>(json::Object());
    try {
        result = co_await dispatch(order);
    } catch (const std::exception &exception) {
        log::error("kiosk_order_failed", {{"verb", order.verb}, {"error", exception.what()}});
        result = fail(ErrorCode::io, "the terminal could not do this; its log says more");
    }
    running_ = false;
    keep_login(!comes_by_itself(order.verb)); // it may have taken minutes
    send(result ? result_text(order.id, *result) : error_text(order.id, result.error(), wait_ms_));
}

/// Beside the order that runs, whose guidance it may be. Answered when the sentence has ended, however that is.
void Session::say(const Order &order) {
    auto files =
        may(order.verb).and_then([&] { return parts_.sentences.read(order.arguments, parts_.clock.now().boot_ms); });
    if (!files) {
        send(error_text(order.id, files.error()));
        return;
    }
    parts_.desk.say(std::move(*files), [page = weak_from_this(), id = order.id](const Expected<void> &said) {
        if (const auto self = page.lock()) {
            self->send(said ? result_text(id, {}) : error_text(id, said.error()));
        }
    });
}

Expected<void> Session::may(const std::string &verb) const {
    const auto least = role_for(verb);
    if (!least) {
        return fail(ErrorCode::invalid_argument, "the kiosk has no verb " + verb);
    }
    if (role_ < *least) {
        return fail(ErrorCode::denied, verb + " needs a login as " + std::string(to_string(*least)));
    }
    if (is_lan() && !is_for_lan(verb)) {
        return fail(ErrorCode::denied, verb + " is done at the terminal itself");
    }
    return {};
}

asio::awaitable<Expected<json::Object>> Session::dispatch(Order &order) {
    if (const auto allowed = may(order.verb); !allowed) {
        co_return tl::unexpected(allowed.error());
    }
    if (order.verb == "login") {
        co_return co_await log_in(order.arguments);
    }
    if (order.verb == "first_pin") {
        co_return co_await set_first_pin(order.arguments);
    }
    if (order.verb == "logout") {
        end_login("logout");
        co_return json::Object{{"role", to_string(role_)}};
    }
    if (parts_.control.handler(order.verb) != nullptr) {
        co_return co_await shared_verb(order);
    }
    co_return own_verb(order);
}

asio::awaitable<Expected<json::Object>> Session::shared_verb(Order &order) {
    control::Call call;
    call.arguments = std::move(order.arguments);
    call.operator_name = operator_name();
    call.progress = [this, id = order.id](const json::Object &progress) { send(progress_text(id, progress)); };
    call.still_there = [this] { return open_ && !cancelled_; };
    const auto &handler = *parts_.control.handler(order.verb);
    co_return co_await handler(std::move(call));
}

Expected<json::Object> Session::own_verb(const Order &order) {
    auto &desk = parts_.desk;
    if (order.verb == "receipt") {
        return desk.receipt(order.arguments);
    }
    if (order.verb == "pick_lesson") {
        return desk.pick_lesson(order.arguments, operator_name());
    }
    if (order.verb == "not_said") {
        return note_silence(order.arguments);
    }
    if (order.verb == "request_change") {
        return desk.request_change(order.arguments, operator_name());
    }
    if (auto nothing = control::expect_nothing(order.arguments); !nothing) {
        return tl::unexpected(nothing.error());
    }
    const auto *found = std::ranges::find(kQuestions, order.verb, &Question::verb);
    return found == kQuestions.end() ? fail(ErrorCode::unsupported, "this terminal has no verb " + order.verb)
                                     : (desk.*found->answer)();
}

/// Where the browser speaks and may not, nobody else would know.
Expected<json::Object> Session::note_silence(const json::Object &arguments) {
    constexpr std::size_t kMostError = 64; // a DOMException's name
    const json::Value value(arguments);
    json::ObjectReader reader(value, "arguments");
    const auto error = reader.string("error", kMostError);
    if (auto finished = reader.finish(); !finished) {
        return tl::unexpected(finished.error());
    }
    parts_.browser_is_silent(error);
    return json::Object();
}

asio::awaitable<Expected<json::Object>> Session::log_in(const json::Object &arguments) {
    auto asked = read_role_and_pin(arguments);
    if (!asked) {
        co_return tl::unexpected(asked.error());
    }
    const auto role = asked->role;
    const auto refusal = co_await parts_.pins.check(role, std::move(asked->pin));
    if (refusal && refusal->error.code != ErrorCode::denied) {
        wait_ms_ = refusal->wait_ms;
        co_return tl::unexpected(refusal->error);
    }
    parts_.desk.note_operator_action(json::Object{
        {"what", "kiosk_login"}, {"role", to_string(role)}, {"outcome", refusal ? "wrong_pin" : "granted"}});
    if (refusal) {
        wait_ms_ = refusal->wait_ms;
        co_return tl::unexpected(refusal->error);
    }
    change_role(role, "login");
    co_return json::Object{{"role", to_string(role)}};
}

/// A terminal that is being put up has no PIN, and nobody else at it yet: whoever puts it up chooses the first.
asio::awaitable<Expected<json::Object>> Session::set_first_pin(const json::Object &arguments) {
    auto asked = read_role_and_pin(arguments);
    if (!asked) {
        co_return tl::unexpected(asked.error());
    }
    const auto role = asked->role;
    if (!parts_.desk.may_choose_pin(role)) {
        co_return fail(ErrorCode::denied, "only while the terminal is put up: root sets a PIN by xueshictl kiosk-pin");
    }
    auto set = co_await parts_.pins.set_first(role, std::move(asked->pin));
    if (!set) {
        co_return tl::unexpected(set.error());
    }
    parts_.desk.note_operator_action(
        json::Object{{"what", "kiosk_pin"}, {"role", to_string(role)}, {"operator", "kiosk:setup"}});
    parts_.pin_was_set();
    co_return json::Object{{"role", to_string(role)}};
}

void Session::change_role(Role role, std::string_view reason) {
    if (role == role_) {
        return;
    }
    role_ = role;
    socket_->set_message_limit(role == Role::trainee ? kTraineeBytes : kLoggedInBytes);
    send(session_text(role, reason));
}

void Session::end_idle_login() {
    if (role_ == Role::trainee) {
        return;
    }
    if (running_) {
        keep_login(true);
    } else if (is_lan()) { // which its other pages use as well
        keep_login(false);
    } else if (parts_.clock.now().boot_ms - used_boot_ms_ >= parts_.idle_ms) {
        end_login("idle");
    }
}

/// A page of the local network is nobody without its login: it is told, and closed.
void Session::end_login(std::string_view reason) {
    if (is_lan()) {
        parts_.lan.ended();
        leaving_ = true;
    }
    change_role(Role::trainee, reason);
}

std::string Session::operator_name() const {
    return (is_lan() ? "lan:" : "kiosk:") + std::string(to_string(role_));
}

} // namespace xueshi::kiosk
