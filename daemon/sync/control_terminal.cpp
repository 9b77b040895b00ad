#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/sync/terminal.hpp"
#include "firmware/core/control_messages/control_messages.hpp"

namespace xueshi::sync {

namespace asio = boost::asio;

namespace {

constexpr int kTimeoutMs = 10'000;

/// Runs on the worker: the parameters are copies.
asio::awaitable<Expected<json::Object>> ask(std::filesystem::path socket, std::string verb, json::Object arguments) {
    auto client = control_messages::Client::connect(socket);
    if (!client) {
        co_return tl::unexpected(client.error());
    }
    co_return client->call(verb, std::move(arguments), kTimeoutMs);
}

class ControlTerminal final : public Terminal {
public:
    explicit ControlTerminal(std::filesystem::path socket) : socket_(std::move(socket)) {}
    ~ControlTerminal() override { worker_.join(); } // at most kTimeoutMs

    asio::awaitable<Expected<json::Object>> call(std::string verb, json::Object arguments) override {
        auto work = ask(socket_, std::move(verb), std::move(arguments));
        co_return co_await asio::co_spawn(worker_, std::move(work), asio::use_awaitable);
    }

private:
    std::filesystem::path socket_;
    asio::thread_pool worker_{1};
};

} // namespace

std::unique_ptr<Terminal> make_control_terminal(std::filesystem::path socket) {
    return std::make_unique<ControlTerminal>(std::move(socket));
}

} // namespace xueshi::sync
