#pragma once

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/kiosk/kiosk.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/web_socket_client.hpp"

namespace xueshi::test {

/// The verbs of a control socket without the socket: `claim` answers who ordered it, `enrol_face` goes on until the
/// other end is gone.
class FakeControl final : public control::Server {
public:
    FakeControl() {
        FakeControl::add("claim", control::Access::operators,
                         [](control::Call call) { return claim(std::move(call)); });
        FakeControl::add("enrol_face", control::Access::operators,
                         [](control::Call call) { return enrol(std::move(call)); });
        FakeControl::add("diagnostics", control::Access::operators,
                         [](control::Call call) { return claim(std::move(call)); });
        FakeControl::add("reload_roster", control::Access::sync,
                         [](control::Call call) { return claim(std::move(call)); });
    }
    void add(std::string verb, control::Access, control::Handler handler) override {
        handlers_[std::move(verb)] = std::move(handler);
    }
    const control::Handler *handler(std::string_view verb) const override {
        const auto found = handlers_.find(verb);
        return found == handlers_.end() ? nullptr : &found->second;
    }
    void stop() override {}

private:
    static boost::asio::awaitable<Expected<json::Object>> claim(control::Call call) {
        co_return json::Object{{"operator", call.operator_name}, {"arguments", call.arguments}};
    }
    static boost::asio::awaitable<Expected<json::Object>> enrol(control::Call call) {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
        call.progress(json::Object{{"stage", 1}});
        while (call.still_there()) {
            timer.expires_after(std::chrono::milliseconds(5));
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        co_return fail(ErrorCode::cancelled, "nobody waits for it any more");
    }
    std::map<std::string, control::Handler, std::less<>> handlers_;
};

class FakeDesk final : public kiosk::Desk {
public:
    Expected<json::Object> receipt(const json::Object &arguments) override {
        return json::Object{{"text", "XUESHI1"}, {"arguments", arguments}};
    }
    Expected<json::Object> names() override { return json::Object{{"people", json::Array()}}; }
    Expected<json::Object> lesson() override { return json::Object{{"lessons", json::Array()}}; }
    Expected<json::Object> claims() override { return json::Object{{"claims", json::Array()}}; }
    Expected<json::Object> plan() override { return json::Object{{"lessons", json::Array()}}; }
    Expected<json::Object> pick_lesson(const json::Object &, const std::string &operator_name) override {
        return json::Object{{"operator", operator_name}};
    }
    Expected<json::Object> changes() override { return json::Object{{"changes", json::Array()}}; }
    Expected<json::Object> request_change(const json::Object &, const std::string &operator_name) override {
        return json::Object{{"operator", operator_name}};
    }
    Expected<json::Object> people() override { return json::Object{{"people", json::Array()}}; }
    void say(std::vector<std::filesystem::path> files, std::function<void(const Expected<void> &)> said) override {
        {
            const std::lock_guard lock(mutex_);
            for (const auto &file : files) {
                said_.push_back(file.filename().string());
            }
        }
        said(can_speak ? Expected<void>() : fail(ErrorCode::io, "no such device"));
    }
    std::atomic<bool> can_speak = true;
    std::vector<std::string> said() const {
        const std::lock_guard lock(mutex_);
        return said_;
    }
    void page_opened() override {}
    bool may_choose_pin(kiosk::Role) override { return is_new; }
    std::atomic<bool> is_new = false; ///< a terminal that is being put up
    void note_operator_action(json::Object data) override {
        const std::lock_guard lock(mutex_);
        actions_.push_back(std::move(data));
    }
    std::vector<json::Object> actions() const {
        const std::lock_guard lock(mutex_);
        return actions_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<json::Object> actions_;
    std::vector<std::string> said_; ///< names of files
};

/// A page's connection, and the verbs it orders.
class Page {
public:
    explicit Page(std::uint16_t port) : client(port), port_(port) {}
    /// Opened as the terminal's own page does it.
    std::string open() { return client.open("/ws", headers(host(), "http://" + host())); }
    std::string open(const std::string &host_header, const std::string &origin) {
        return client.open("/ws", headers(host_header, origin));
    }
    std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
    static std::string headers(const std::string &host_header, const std::string &origin) {
        return "Host: " + host_header + "\r\n" + (origin.empty() ? "" : "Origin: " + origin + "\r\n");
    }

    void send(const json::Object &message) { client.send_text(json::serialize(message)); }
    void send_order(std::string_view verb, json::Object arguments = {}) {
        send(json::Object{{"id", ++last_id_}, {"verb", verb}, {"arguments", std::move(arguments)}});
    }
    /// The answer to an order.
    json::Object order(std::string_view verb, json::Object arguments = {}) {
        send_order(verb, std::move(arguments));
        return answer();
    }
    json::Object answer() {
        auto value = client.receive_type("answer");
        REQUIRE_MESSAGE(value.is_object(), "the kiosk did not answer");
        return std::move(value.get_object());
    }
    json::Object log_in(std::string_view role, std::string_view pin) {
        return order("login", json::Object{{"role", role}, {"pin", pin}});
    }
    static std::string error_of(const json::Object &answer) {
        const auto *error = answer.if_contains("error");
        return error == nullptr ? "" : std::string(error->at("code").as_string());
    }
    /// The next preview picture: its number and the JPEG.
    std::pair<std::int64_t, std::string> picture() {
        while (auto frame = client.receive()) {
            if (frame->opcode == 2 && frame->payload.size() >= kiosk::kPictureHead) {
                std::int64_t number = 0;
                for (std::size_t i = 0; i < 4; ++i) {
                    number = number << 8 | static_cast<unsigned char>(frame->payload[i]);
                }
                return {number, frame->payload.substr(kiosk::kPictureHead)};
            }
        }
        return {-1, ""};
    }

    WebSocketClient client;

private:
    std::uint16_t port_;
    std::int64_t last_id_ = 0;
};

/// A kiosk on a loop in a thread of its own.
class RunningKiosk {
public:
    static constexpr const char *kTeacher = "280174", *kAdmin = "935206";

    /// `lan_address`: of the admin page in the local network; empty: none.
    explicit RunningKiosk(bool with_pins = false, std::string lan_address = {}) : lan(std::move(lan_address)) {
        REQUIRE(make_directory(directory / "web/assets"));
        REQUIRE(write_file_durably(directory / "web/index.html", "<!doctype html>"));
        REQUIRE(write_file_durably(directory / "web/assets/page.js", "void 0;"));
        for (const char *word : {"call", "digit_0", "digit_7"}) {
            REQUIRE(write_file_durably(directory / ("web/say-ko-" + std::string(word) + ".ogg"), "OggS"));
        }
        start();
        if (with_pins) {
            set_pin("teacher", kTeacher);
            set_pin("admin", kAdmin);
        }
    }
    ~RunningKiosk() { stop(); }

    void start() {
        context.restart();
        kiosk::Options options;
        options.port = 0;
        options.web_directory = directory / "web";
        options.pins_file = directory / "kiosk_pins.json";
        options.version = "1.2.3";
        options.device = "d-1";
        options.lan_address = lan;
        options.lan_port = 0;
        options.speaks = true;
        kiosk = kiosk::Kiosk::make({context, clock, control, desk}, options);
        REQUIRE(kiosk->listen());
        work.emplace(context.get_executor());
        thread = std::thread([this] { context.run(); });
    }
    void stop() {
        if (!kiosk) {
            return;
        }
        boost::asio::post(context, [this] { kiosk->stop(); });
        work.reset();
        thread.join();
        kiosk.reset();
    }
    /// Runs `what` on the loop and waits for it.
    template <typename Work>
    void on_loop(Work what) {
        std::packaged_task<void()> task(std::move(what));
        auto done = task.get_future();
        boost::asio::post(context, [&task] { task(); });
        done.get();
    }
    /// As `xueshictl kiosk-pin` does it.
    std::string set_pin(std::string_view role, std::string_view pin) {
        std::promise<std::string> done;
        control::Call call;
        call.arguments = json::Object{{"role", role}, {"pin", pin}};
        call.operator_name = "root";
        auto finished = [&done](const std::exception_ptr &, const Expected<json::Object> &result) {
            done.set_value(result ? "" : std::string(to_string(result.error().code)));
        };
        boost::asio::co_spawn(context, (*control.handler("kiosk_pin"))(std::move(call)), finished);
        return done.get_future().get();
    }
    std::uint16_t port() const { return kiosk->port(); }

    const std::string lan;
    TemporaryDirectory directory;
    FakeClock clock;
    FakeControl control;
    FakeDesk desk;
    boost::asio::io_context context{1};
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work;
    std::unique_ptr<kiosk::Kiosk> kiosk;
    std::thread thread;
};

} // namespace xueshi::test
