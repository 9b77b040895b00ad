// The program itself, against a server that keeps what it was asked.
#include <doctest/doctest.h>

#include <thread>

#include "firmware/core/base/file.hpp"
#include "tests/support/emulator.hpp"
#include "tests/support/process.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

namespace {

struct Registry {
    boost::asio::io_context io;
    test::TestPki pki;
    test::TestPki::Issued identity = pki.issue({});
    test::ScriptedServer server{io, identity};
    test::TemporaryDirectory directory;
    std::thread thread;

    Registry() {
        REQUIRE(write_file_durably(directory / "ca.pem", pki.ca_pem()));
        REQUIRE(write_file_durably(directory / "token", "t-1"));
        server.answer = [](const std::string &) {
            const std::string body = R"({"command":"c","expires_ms":1764230400000})";
            return "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: " +
                   std::to_string(body.size()) + "\r\n\r\n" + body;
        };
        thread = std::thread([this] { io.run(); });
    }
    ~Registry() {
        io.stop();
        thread.join();
    }
    /// Exit code of `command d-1 reverify` with `more`.
    int reverify(const std::vector<std::string> &more) const {
        auto words = test::words_to_run(XUESHI_REGISTRYCTL, XUESHI_EMULATOR);
        words.insert(words.end(), {"--url", server.url(""), "--ca", directory / "ca.pem", "--token-file",
                                   directory / "token", "command", "d-1", "reverify"});
        words.insert(words.end(), more.begin(), more.end());
        return test::Process(words, directory / "log").wait();
    }
    std::string log() const { return read_file(directory / "log", 1U << 16).value_or(""); }
};

} // namespace

TEST_CASE("registryctl: the registry is asked to draw so many of a class, and nobody is named") {
    Registry registry;
    CHECK_MESSAGE(registry.reverify({"--class", "c-1", "--draw", "3"}) == 0, registry.log());
    REQUIRE(registry.server.requests.size() == 1);
    const auto &request = registry.server.requests.front();
    CHECK(request.starts_with("POST /v1/devices/d-1/commands "));
    CHECK(request.find(R"("kind":"reverify","arguments":{"class":"c-1","draw":3})") != std::string::npos);
}

TEST_CASE("registryctl: a draw needs its class, is for nobody by name, and for a class at most") {
    Registry registry;
    for (const std::vector<std::string> &wrong : {std::vector<std::string>{"--draw", "3"},
                                                  {"--class", "c-1"},
                                                  {"--class", "c-1", "--draw", "3", "--person", "p-1"},
                                                  {"--class", "c-1", "--draw", "0"},
                                                  {"--class", "c-1", "--draw", "61"}}) {
        CAPTURE(wrong.size());
        CHECK(registry.reverify(wrong) != 0);
    }
    CHECK(registry.log().find("--draw") != std::string::npos); // said in words
    CHECK(registry.server.connections == 0);
}
