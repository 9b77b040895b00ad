#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/unique_fd.hpp"
#include "firmware/core/control_messages/control_messages.hpp"

using namespace xueshi;
using namespace xueshi::control_messages;

namespace {

/// Accepts one connection, reads one line, answers with the given lines and closes.
class OneAnswerServer {
public:
    explicit OneAnswerServer(std::vector<std::string> answers)
        : path_(std::filesystem::temp_directory_path() / ("xueshi-" + random_token(9))),
          listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
        REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0);
        REQUIRE(::listen(listener_.get(), 1) == 0);
        thread_ = std::thread([this, answers = std::move(answers)] { serve(answers); });
    }
    ~OneAnswerServer() {
        thread_.join();
        std::filesystem::remove(path_);
    }
    const std::filesystem::path &path() const { return path_; }

private:
    void serve(const std::vector<std::string> &answers) const {
        const UniqueFd peer(::accept(listener_.get(), nullptr, nullptr));
        char byte = 0;
        while (::read(peer.get(), &byte, 1) == 1 && byte != '\n') {
        }
        for (const auto &answer : answers) {
            const auto line = answer + "\n";
            (void)::send(peer.get(), line.data(), line.size(), MSG_NOSIGNAL);
        }
    }

    std::filesystem::path path_;
    UniqueFd listener_;
    std::thread thread_;
};

} // namespace

TEST_CASE("control_messages: progress lines arrive in order before the result") {
    const OneAnswerServer server(
        {write_progress(1, {{"stage", 1}}), write_progress(1, {{"stage", 2}}), write_result(1, {{"done", true}})});
    auto client = Client::connect(server.path());
    REQUIRE(client);
    std::vector<std::int64_t> stages;
    const auto result = client->call("enrol_finger", {}, 5'000, [&](const json::Object &progress) {
        stages.push_back(progress.at("stage").as_int64());
    });
    REQUIRE(result);
    CHECK(result->at("done").as_bool());
    CHECK(stages == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("control_messages: the peer's error keeps its code and words") {
    const OneAnswerServer server({write_error(1, Error{ErrorCode::not_found, "no such trainee"})});
    auto client = Client::connect(server.path());
    REQUIRE(client);
    const auto result = client->call("erase", {});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::not_found);
    CHECK(result.error().message == "no such trainee");
}

TEST_CASE("control_messages: nonsense from the peer and an early end are errors, not results") {
    for (const auto *line : {"nonsense", R"({"id":9,"result":{}})", R"({"id":1})"}) {
        const OneAnswerServer server({line});
        auto client = Client::connect(server.path());
        REQUIRE(client);
        CHECK_FALSE(client->call("status", {}));
    }
    const OneAnswerServer silent({});
    auto client = Client::connect(silent.path());
    REQUIRE(client);
    const auto result = client->call("status", {});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::unavailable);
}

TEST_CASE("control_messages: a socket where nobody listens is said in plain words") {
    const auto client = Client::connect("/nowhere/control.sock");
    REQUIRE_FALSE(client);
    CHECK(client.error().code == ErrorCode::unavailable);
    CHECK(client.error().message.find("not listening") != std::string::npos);
    CHECK(Client::connect(std::string(200, 'x')).error().code == ErrorCode::invalid_argument);
}
