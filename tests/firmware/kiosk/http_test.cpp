// The page's files and who may ask for them.
#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "firmware/kiosk/static_files.hpp"
#include "tests/firmware/kiosk/running_kiosk.hpp"
#include "tests/support/captured_log.hpp"

using namespace xueshi;
using test::Page;
using test::RunningKiosk;

namespace {

constexpr std::array kProtective{"Content-Security-Policy: default-src 'none'; ",
                                 "Cache-Control: no-store\r\n",
                                 "X-Content-Type-Options: nosniff\r\n",
                                 "Referrer-Policy: no-referrer\r\n",
                                 "Cross-Origin-Opener-Policy: same-origin\r\n",
                                 "Cross-Origin-Resource-Policy: same-origin\r\n",
                                 "Permissions-Policy: camera=(), microphone=(), geolocation=()\r\n"};

/// The head of the answer to a request as the terminal's own page would make it.
std::string get(const RunningKiosk &kiosk, const std::string &target, const std::string &method = "GET",
                std::string host = "") {
    Page page(kiosk.port());
    host = host.empty() ? page.host() : host;
    page.client.send_bytes(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return page.client.head();
}

} // namespace

TEST_CASE("kiosk: the page's files are served with their types under a strict content policy") {
    const RunningKiosk kiosk;
    const auto index = get(kiosk, "/");
    CHECK(index.starts_with("HTTP/1.1 200"));
    CHECK(index.find("Content-Type: text/html") != std::string::npos);
    CHECK(index.find("Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';") !=
          std::string::npos);
    const auto port = std::to_string(kiosk.port());
    CHECK(index.find("connect-src 'self' ws://127.0.0.1:" + port + " ws://localhost:" + port + ";") !=
          std::string::npos);
    CHECK(index.find("unsafe") == std::string::npos);
    CHECK(index.find("X-Content-Type-Options: nosniff") != std::string::npos);
    CHECK(index.find("frame-ancestors 'none'") != std::string::npos);
    CHECK(get(kiosk, "/index.html").starts_with("HTTP/1.1 200"));
    CHECK(get(kiosk, "/assets/page.js").find("Content-Type: text/javascript") != std::string::npos);
    CHECK(get(kiosk, "/", "HEAD").starts_with("HTTP/1.1 200"));
    Page page(kiosk.port());
    page.client.send_bytes("GET /ws HTTP/1.1\r\n" + Page::headers(page.host(), "http://" + page.host()) + "\r\n");
    CHECK(page.client.head().starts_with("HTTP/1.1 426"));
}

TEST_CASE("kiosk: every answer has the protective headers, whoever makes it: files, gate, and the server by itself") {
    const RunningKiosk kiosk;
    const auto host = Page(kiosk.port()).host();
    const auto own = Page::headers(host, "http://" + host);
    const std::string upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const std::vector<std::pair<std::string, std::string>> answers{
        {"101", "GET /ws HTTP/1.1\r\n" + own + upgrade},
        {"200", "GET / HTTP/1.1\r\n" + own},
        {"400", "GET /../x HTTP/1.1\r\n" + own},
        {"400", "no request\r\n"},
        {"403", "GET / HTTP/1.1\r\nHost: evil.example\r\n"},
        {"404", "GET /nothing HTTP/1.1\r\n" + own},
        {"405", "POST / HTTP/1.1\r\n" + own},
        {"413", "GET / HTTP/1.1\r\nContent-Length: 1\r\n" + own},
        {"426", "GET /ws HTTP/1.1\r\n" + own},
        {"431", "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n" + own}};
    const auto check = [&](const std::string &status, const std::string &request) {
        CAPTURE(request.substr(0, 60));
        Page page(kiosk.port());
        page.client.send_bytes(request + "\r\n");
        const auto head = page.client.head();
        CHECK(head.substr(9, 3) == status);
        for (const auto *header : kProtective) {
            CHECK_MESSAGE(head.find(header) != std::string::npos, header);
        }
    };
    for (const auto &[status, request] : answers) {
        check(status, request);
    }
    std::array<std::unique_ptr<Page>, 4> pages; // as many as may be
    for (auto &page : pages) {
        page = std::make_unique<Page>(kiosk.port());
        REQUIRE(page->open().starts_with("HTTP/1.1 101"));
    }
    check("503", answers.front().second);
}

TEST_CASE("F31: what is not in the list of the page's files is not there, whatever the path says") {
    RunningKiosk kiosk;
    REQUIRE(write_file_durably(kiosk.directory / "secret.html", "secret"));
    REQUIRE(write_file_durably(kiosk.directory / "web/late.html", "came after the start"));
    for (const char *target :
         {"/../secret.html", "/assets/../../secret.html", "/%2e%2e/secret.html", "/..%2fsecret.html", "/assets",
          "/assets/", "/late.html", "//index.html", "/index.html/", "/.", "/%00"}) {
        CAPTURE(target);
        CHECK(get(kiosk, target).starts_with("HTTP/1.1 4"));
    }
}

TEST_CASE("F31: links and files of unknown types in the page's directory are not served") {
    test::TemporaryDirectory directory;
    REQUIRE(make_directory(directory / "web"));
    REQUIRE(write_file_durably(directory / "secret.html", "secret"));
    REQUIRE(write_file_durably(directory / "web/index.html", "page"));
    REQUIRE(write_file_durably(directory / "web/page.js.map", "map"));
    std::filesystem::create_symlink(directory / "secret.html", directory / "web/link.html");
    const auto files = kiosk::StaticFiles::list(directory / "web");
    CHECK(files.answer("/index.html").status == 200);
    CHECK(files.answer("/link.html").status == 404);
    CHECK(files.answer("/page.js.map").status == 404);
    std::filesystem::remove(directory / "web/index.html");
    std::filesystem::create_symlink(directory / "secret.html", directory / "web/index.html"); // after the list
    CHECK(files.answer("/index.html").status == 404);
}

TEST_CASE("kiosk: without a built page it says what to do") {
    const test::TemporaryDirectory directory;
    const auto files = kiosk::StaticFiles::list(directory / "nothing");
    CHECK(files.empty());
    const auto answer = files.answer("/");
    CHECK(answer.status == 503);
    CHECK(answer.body.find("kiosk_page") != std::string::npos);
}

TEST_CASE("kiosk: a foreign Host is refused: a name that was made to point here is not the terminal's") {
    const RunningKiosk kiosk;
    const auto port = ":" + std::to_string(kiosk.port());
    CHECK(get(kiosk, "/", "GET", "localhost" + port).starts_with("HTTP/1.1 200"));
    for (const auto &host :
         std::vector<std::string>{"evil.example", "evil.example" + port, "127.0.0.1:1", "127.0.0.1",
                                  "127.0.0.1" + port + ".evil.example", "[::1]" + port, "localhost.evil" + port}) {
        CAPTURE(host);
        CHECK(get(kiosk, "/", "GET", host).starts_with("HTTP/1.1 403"));
    }
    Page page(kiosk.port());
    page.client.send_bytes("GET / HTTP/1.0\r\n\r\n"); // no Host at all
    CHECK(page.client.head().starts_with("HTTP/1.1 403"));
}

TEST_CASE("kiosk: a WebSocket is opened by the terminal's own page only") {
    const RunningKiosk kiosk;
    const auto host = Page(kiosk.port()).host();
    for (const auto &origin :
         std::vector<std::string>{"", "null", "https://" + host, "http://evil.example", "http://" + host + ".evil",
                                  "http://localhost:" + std::to_string(kiosk.port())}) {
        CAPTURE(origin);
        CHECK(Page(kiosk.port()).open(host, origin).starts_with("HTTP/1.1 403"));
    }
    CHECK(Page(kiosk.port()).open("evil.example", "http://evil.example").starts_with("HTTP/1.1 403"));
    CHECK(Page(kiosk.port()).open(host, "http://" + host).starts_with("HTTP/1.1 101"));
}

TEST_CASE("kiosk: other methods than GET and HEAD are refused before their body") {
    const RunningKiosk kiosk;
    for (const char *method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE"}) {
        CHECK(get(kiosk, "/", method).starts_with("HTTP/1.1 405"));
    }
}

TEST_CASE("kiosk: it listens on the loopback interface alone, and a taken port is an error that says so") {
    RunningKiosk running;
    kiosk::Options options;
    options.port = running.port();
    options.web_directory = running.directory / "web";
    options.pins_file = running.directory / "other_pins.json";
    test::FakeControl control;
    boost::asio::io_context context;
    const auto second = kiosk::Kiosk::make({context, running.clock, control, running.desk}, options);
    const auto listening = second->listen();
    REQUIRE_FALSE(listening);
    CHECK(listening.error().code == ErrorCode::unavailable);
    CHECK(listening.error().message.find("127.0.0.1:") != std::string::npos);
}

TEST_CASE("kiosk: a port that is taken is logged once with what to do, and the kiosk listens when it is free") {
    auto running = std::make_unique<RunningKiosk>();
    const test::TemporaryDirectory directory;
    kiosk::Options options;
    options.port = running->port();
    options.web_directory = directory.path();
    options.pins_file = directory / "kiosk_pins.json";
    const test::FakeClock clock;
    test::FakeControl control;
    test::FakeDesk desk;
    boost::asio::io_context context;
    const auto late = kiosk::Kiosk::make({context, clock, control, desk}, options);
    const test::CapturedLog log;
    late->start();
    for (int second = 0; second < 3; ++second) {
        late->tick();
    }
    CHECK(late->port() == 0);
    CHECK(log.count("kiosk_cannot_listen") == 1);
    CHECK(log.count("'sudo ss -ltnp' names it") == 1);
    running.reset();
    late->tick();
    CHECK(late->port() == options.port);
    CHECK(log.count("kiosk_listens") == 1);
    late->tick();
    CHECK(log.count("kiosk_") == 2);
}
