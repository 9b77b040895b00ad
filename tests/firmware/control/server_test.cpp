#include "tests/firmware/control/running_server.hpp"

#include <atomic>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "firmware/control/connection.hpp"
#include "firmware/core/control_messages/control_messages.hpp"

using namespace xueshi;
using namespace xueshi::control;
using control_messages::Client;
using Answer = boost::asio::awaitable<Expected<json::Object>>;

namespace {

Answer echo(Call call) {
    json::Object progress{{"stage", 1}};
    call.progress(std::move(progress));
    co_return call.arguments;
}

} // namespace

TEST_CASE("control: a verb is answered, with its progress before its result") {
    test::RunningServer running;
    running.server->add("echo", Access::everyone, echo);
    running.run();
    auto client = Client::connect(running.socket());
    REQUIRE(client);
    int stages = 0;
    for (int i = 0; i < 3; ++i) {
        const auto result = client->call("echo", {{"n", i}}, 10'000, [&](const json::Object &) { ++stages; });
        REQUIRE(result);
        CHECK(result->at("n").as_int64() == i);
    }
    CHECK(stages == 3);
}

TEST_CASE("control: malformed JSON and an unknown verb have clear answers, and the connection goes on") {
    test::RunningServer running;
    running.server->add("echo", Access::everyone, echo);
    running.run();
    const auto fd = running.connect();
    for (const auto *line : {"nonsense\n", "[]\n", "{\"id\":1}\n", "{\"id\":1,\"verb\":\"echo\",\"extra\":1}\n"}) {
        const auto answer = test::RunningServer::exchange(fd, line);
        CHECK(answer.find("\"error\"") != std::string::npos);
        CHECK(answer.find("invalid_argument") != std::string::npos);
    }
    const auto answer = test::RunningServer::exchange(fd, "{\"id\":2,\"verb\":\"open_door\"}\n");
    CHECK(answer.find("not_found") != std::string::npos);
    CHECK(answer.find("echo") != std::string::npos);
    CHECK(test::RunningServer::exchange(fd, "{\"id\":3,\"verb\":\"echo\"}\n").find("progress") != std::string::npos);
}

TEST_CASE("F34: a line over the limit is refused and the connection closed") {
    test::RunningServer running;
    running.run();
    const auto fd = running.connect();
    const std::string endless(control_messages::kMaxLineBytes + 2, 'x');
    const auto answer = test::RunningServer::exchange(fd, endless);
    CHECK(answer.find("too_large") != std::string::npos);
    CHECK(test::RunningServer::exchange(fd, "").empty());
}

TEST_CASE("F34: idle connections are closed, and no more than allowed are open") {
    Server::Options options;
    options.max_connections = 2;
    options.idle = std::chrono::milliseconds(200);
    test::RunningServer running(options);
    running.server->add("echo", Access::everyone, echo);
    running.run();
    const auto first = running.connect();
    const auto second = running.connect();
    const auto third = running.connect();
    // Too many: closed at once; the others: closed when their time is over.
    CHECK(test::RunningServer::exchange(third, "").empty());
    CHECK(test::RunningServer::exchange(first, "").empty());
    CHECK(test::RunningServer::exchange(second, "").empty());
    auto client = Client::connect(running.socket());
    REQUIRE(client);
    CHECK(client->call("echo", {}));
}

TEST_CASE("control: a handler learns that its peer has hung up") {
    test::RunningServer running;
    std::atomic<bool> gone = false;
    std::atomic<bool> asked = false;
    running.server->add("wait", Access::everyone, [&](Call call) -> Answer {
        boost::asio::steady_timer timer(running.context);
        while (call.still_there()) {
            asked = true;
            timer.expires_after(std::chrono::milliseconds(5));
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        gone = true;
        co_return json::Object{};
    });
    running.run();
    {
        const auto fd = running.connect();
        const std::string_view line = "{\"id\":1,\"verb\":\"wait\"}\n";
        REQUIRE(::send(fd.get(), line.data(), line.size(), MSG_NOSIGNAL) > 0);
        while (!asked) {
            std::this_thread::yield();
        }
        CHECK_FALSE(gone);
    }
    for (int i = 0; i < 2'000 && !gone; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    CHECK(gone);
}

TEST_CASE("control: a socket left by a killed program is replaced, a living one and other files are not") {
    test::RunningServer running;
    running.run();
    Server::Options options;
    options.socket = running.socket();
    boost::asio::io_context other;
    CHECK(Server::listen(other, options).error().code == ErrorCode::conflict);

    const test::TemporaryDirectory directory;
    options.socket = directory / "left.sock";
    {
        const UniqueFd left(::socket(AF_UNIX, SOCK_STREAM, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, options.socket.c_str(), sizeof(address.sun_path) - 1);
        REQUIRE(::bind(left.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0);
    }
    CHECK(Server::listen(other, options));
    options.socket = directory / "folder";
    std::filesystem::create_directory(options.socket);
    CHECK(Server::listen(other, options).error().code == ErrorCode::conflict);
}

TEST_CASE("control: what is root's alone is neither an operator's nor the sync daemon's") {
    const Rights all_but_root{.operators = true, .sync = true, .root = false};
    CHECK_FALSE(all_but_root.may(Access::root));
    CHECK(Rights{.operators = false, .sync = false, .root = true}.may(Access::root));
    CHECK_FALSE(Rights{}.may(Access::operators));
    CHECK(Rights{}.may(Access::everyone));
}

TEST_CASE("control: others who answer the same verbs find their handlers, and no unknown one") {
    test::RunningServer running;
    running.server->add("echo", Access::sync, echo);
    CHECK(running.server->handler("echo") != nullptr);
    CHECK(running.server->handler("ech") == nullptr);
    running.run();
}
