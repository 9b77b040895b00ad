// The admin's views in the local network: certificate, logins, and what a browser gets there.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "firmware/kiosk/lan_certificate.hpp"
#include "firmware/kiosk/lan_logins.hpp"
#include "tests/firmware/kiosk/running_kiosk.hpp"
#include "tests/support/captured_log.hpp"
#include "tests/support/tls_web_socket_client.hpp"

using namespace xueshi;
using namespace xueshi::kiosk;
using test::RunningKiosk;
using test::TlsWebSocketClient;

namespace {

/// A kiosk with its admin page on 127.0.0.1, and a browser in the network.
struct Lan {
    RunningKiosk kiosk{true, "127.0.0.1"};
    std::string cookie;

    std::string host() const { return "127.0.0.1:" + std::to_string(kiosk.kiosk->lan_port()); }
    std::string origin() const { return "https://" + host(); }
    std::string headers(const std::string &origin) const {
        return "Host: " + host() + "\r\nOrigin: " + origin + "\r\n" +
               (cookie.empty() ? "" : "Cookie: other=1; __Host-xueshi=" + cookie + "\r\n");
    }
    /// The head of the answer.
    std::string ask(const std::string &line, const std::string &headers, const std::string &body = {}) const {
        TlsWebSocketClient client(kiosk.kiosk->lan_port());
        client.send_bytes(line + " HTTP/1.1\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
                          "\r\nConnection: close\r\n\r\n" + body);
        return client.head();
    }
    std::string get(const std::string &path) const { return ask("GET " + path, headers(origin())); }
    std::string post(const std::string &path, const std::string &body, const std::string &origin,
                     const std::string &type = "application/json") const {
        return ask("POST " + path, headers(origin) + "Content-Type: " + type + "\r\n", body);
    }
    std::string log_in(const std::string &pin) {
        auto head = post("/login", R"({"pin":")" + pin + "\"}", origin());
        const auto begin = head.find("__Host-xueshi=");
        if (begin != std::string::npos) {
            const auto from = begin + std::string("__Host-xueshi=").size();
            cookie = head.substr(from, head.find(';', from) - from);
        }
        return head;
    }
    std::string status_of(const std::string &head) const { return head.substr(9, 3); }
};

/// A page that has logged in.
struct OpenedPage {
    explicit OpenedPage(Lan &lan) : client(lan.kiosk.kiosk->lan_port()) {
        REQUIRE(client.open("/ws", lan.headers(lan.origin())).starts_with("HTTP/1.1 101"));
    }
    json::Object order(std::string_view verb, json::Object arguments = {}) {
        client.send_text(
            json::serialize(json::Object{{"id", ++last_id}, {"verb", verb}, {"arguments", std::move(arguments)}}));
        auto answer = client.receive_type("answer");
        REQUIRE(answer.is_object());
        return std::move(answer.get_object());
    }
    TlsWebSocketClient client;
    std::int64_t last_id = 0;
};

} // namespace

TEST_CASE("lan: key and certificate are made once, readable by their owner alone, and anew where they are damaged") {
    const test::TemporaryDirectory directory;
    const auto first = open_or_create_lan_certificate(directory.path(), "d-1");
    REQUIRE(first);
    CHECK(first->fingerprint.size() == 32 * 3 - 1);
    CHECK(open_or_create_lan_certificate(directory.path(), "d-1")->fingerprint == first->fingerprint);
    namespace fs = std::filesystem;
    CHECK((fs::status(first->key).permissions() & fs::perms(0077)) == fs::perms::none);
    REQUIRE(write_file_durably(first->certificate, "-----BEGIN CERTIFICATE-----\n")); // a power cut in the middle
    const auto second = open_or_create_lan_certificate(directory.path(), "d-1");
    REQUIRE(second);
    CHECK(second->fingerprint != first->fingerprint);
    const test::TemporaryDirectory other;
    REQUIRE(open_or_create_lan_certificate(other.path(), "d-1"));
    fs::copy_file(other / "lan_key.pem", second->key, fs::copy_options::overwrite_existing);
    CHECK(open_or_create_lan_certificate(directory.path(), "d-1")->fingerprint != second->fingerprint);
}

TEST_CASE("F30: a login of the local network ends when nobody uses it, at logout, and where there are too many") {
    test::FakeClock clock;
    LanLogins logins(clock, 60'000);
    const auto first = logins.open(), second = logins.open();
    CHECK(first != second);
    CHECK(first.size() >= 40);
    clock.advance(59'999);
    CHECK(logins.use(first));
    clock.advance(1);
    CHECK(logins.use(first));
    CHECK_FALSE(logins.use(second));
    CHECK_FALSE(logins.use(""));
    logins.close(first);
    CHECK_FALSE(logins.use(first));
    const auto oldest = logins.open();
    clock.advance(1);
    for (std::size_t i = 0; i < LanLogins::kMost; ++i) {
        logins.open();
    }
    CHECK_FALSE(logins.use(oldest));
}

TEST_CASE("lan: a cookie is found by its whole name, among others") {
    CHECK(cookie_of("a=1; __Host-xueshi=t; b=2", "__Host-xueshi") == "t");
    CHECK(cookie_of("__Host-xueshi=t", "__Host-xueshi") == "t");
    CHECK(cookie_of("x__Host-xueshi=t;__Host-xueshi2=u; __Host-xueshi", "__Host-xueshi").empty());
    CHECK(cookie_of("", "__Host-xueshi").empty());
    CHECK(cookie_of(";;; =; ;", "__Host-xueshi").empty());
}

TEST_CASE(
    "lan: off by default; where it is on, the screen shows the fingerprint of the certificate that browsers get") {
    RunningKiosk silent;
    CHECK(silent.kiosk->lan_port() == 0);
    Lan lan;
    test::Page screen(lan.kiosk.port());
    REQUIRE(screen.open().starts_with("HTTP/1.1 101"));
    const auto hello = screen.client.receive_type("hello");
    CHECK(hello.at("access") == "screen");
    CHECK(hello.at("lan").at("url").as_string() == lan.origin() + "/");
    auto shown = std::string(hello.at("lan").at("fingerprint").as_string());
    std::erase(shown, ':');
    const TlsWebSocketClient browser(lan.kiosk.kiosk->lan_port());
    const auto digest = browser.certificate_digest();
    CHECK(parse_hex(shown) == digest);
}

TEST_CASE("lan: a screen that is open already is told the address when the network comes late") {
    Lan lan;
    lan.kiosk.stop();
    const auto key = lan.kiosk.directory / "lan_key.pem";
    REQUIRE(std::filesystem::remove(key));
    REQUIRE(make_directory(key)); // it cannot listen, as without the address
    lan.kiosk.start();
    test::Page page(lan.kiosk.port());
    REQUIRE(page.open().starts_with("HTTP/1.1 101"));
    CHECK(page.client.receive_type("hello").at("lan").is_null());
    REQUIRE(std::filesystem::remove(key));
    lan.kiosk.on_loop([&] { lan.kiosk.kiosk->tick(); });
    const auto again = page.client.receive_type("hello");
    REQUIRE(again.is_object());
    CHECK(again.at("lan").at("url").as_string() == lan.origin() + "/");
}

TEST_CASE("lan: why its page cannot be served is logged once, and again when the reason is another") {
    const test::CapturedLog log;
    boost::asio::io_context others;
    boost::asio::ip::tcp::acceptor other(others, {boost::asio::ip::make_address("127.0.0.1"), 0}, false);
    const test::TemporaryDirectory directory;
    kiosk::Options options;
    options.port = 0;
    options.pins_file = directory / "kiosk_pins.json";
    options.lan_address = "127.0.0.1";
    options.lan_port = other.local_endpoint().port();
    REQUIRE(make_directory(directory / "lan_key.pem")); // no key can be there
    const test::FakeClock clock;
    test::FakeControl control;
    test::FakeDesk desk;
    boost::asio::io_context context;
    const auto kiosk = kiosk::Kiosk::make({context, clock, control, desk}, options);
    const auto wait = [&] {
        for (int second = 0; second < 3; ++second) {
            kiosk->tick();
        }
        return log.count("lan_admin_cannot_listen");
    };
    CHECK(wait() == 1);
    REQUIRE(std::filesystem::remove(directory / "lan_key.pem"));
    CHECK(wait() == 2);
    CHECK(log.count("names it") == 1);
    CHECK(kiosk->lan_port() == 0);
    other.close();
    CHECK(wait() == 2);
    CHECK(kiosk->lan_port() == options.lan_port);
}

TEST_CASE("lan: every answer has the protective headers, also one that the server gives by itself") {
    Lan lan;
    REQUIRE(lan.status_of(lan.log_in(RunningKiosk::kAdmin)) == "204");
    const auto own = lan.headers(lan.origin());
    const std::vector<std::pair<std::string, std::string>> answers{
        {"200", lan.get("/")},
        {"204", lan.get("/session")},
        {"400", lan.ask("GET /../x", own)},
        {"403", lan.ask("GET /", "Host: evil.example\r\n")},
        {"413", lan.post("/login", std::string(300, 'x'), lan.origin())},
        {"426", lan.get("/ws")}};
    for (const auto &[status, head] : answers) {
        CAPTURE(status);
        CHECK(lan.status_of(head) == status);
        CHECK(head.find("Content-Security-Policy: default-src 'none'; ") != std::string::npos);
        CHECK(head.find("connect-src 'self' wss://" + lan.host() + ";") != std::string::npos);
        CHECK(head.find("Cache-Control: no-store\r\n") != std::string::npos);
    }
}

TEST_CASE(
    "F30: in the local network nothing but the page's files is had without the admin's PIN, and guesses lock it") {
    Lan lan;
    const auto page = lan.get("/");
    CHECK(lan.status_of(page) == "200");
    CHECK(page.find("connect-src 'self' wss://" + lan.host() + ";") != std::string::npos);
    CHECK(lan.status_of(lan.get("/session")) == "401");
    TlsWebSocketClient socket(lan.kiosk.kiosk->lan_port());
    CHECK(lan.status_of(socket.open("/ws", lan.headers(lan.origin()))) == "401");
    CHECK(lan.status_of(lan.log_in(RunningKiosk::kTeacher)) == "403"); // a teacher's PIN is no admin's
    CHECK(lan.status_of(lan.log_in("111222")) == "403");
    CHECK(lan.status_of(lan.log_in("111333")) == "403");
    const auto locked = lan.log_in(RunningKiosk::kAdmin);
    CHECK(lan.status_of(locked) == "429");
    CHECK(locked.find("Retry-After: 30") != std::string::npos);
    CHECK(lan.cookie.empty());
    lan.kiosk.clock.advance(30'001);
    const auto granted = lan.log_in(RunningKiosk::kAdmin);
    CHECK(lan.status_of(granted) == "204");
    CHECK(granted.find("; Path=/; Secure; HttpOnly; SameSite=Strict") != std::string::npos);
    CHECK(lan.status_of(lan.get("/session")) == "204");
    std::vector<std::string> outcomes;
    for (const auto &action : lan.kiosk.desk.actions()) {
        if (action.contains("from")) {
            CHECK(action.at("from") == "lan");
            outcomes.emplace_back(action.at("outcome").as_string());
        }
    }
    CHECK(outcomes == std::vector<std::string>{"wrong_pin", "wrong_pin", "wrong_pin", "granted"});
}

TEST_CASE("lan: another site's page, another host's name and a form log nobody in or out") {
    Lan lan;
    const auto body = R"({"pin":")" + std::string(RunningKiosk::kAdmin) + "\"}";
    CHECK(lan.status_of(lan.post("/login", body, "https://elsewhere.example")) == "403");
    CHECK(lan.status_of(lan.post("/login", body, lan.origin(), "text/plain")) == "415");
    CHECK(lan.status_of(lan.ask("POST /login", "Host: terminal.example\r\nOrigin: " + lan.origin() + "\r\n", body)) ==
          "403");
    CHECK(lan.status_of(lan.get("/login")) == "405");
    CHECK(lan.status_of(lan.post("/", body, lan.origin())) == "405");
    CHECK(lan.status_of(lan.post("/login", std::string(300, 'x'), lan.origin())) == "413");
    CHECK(lan.status_of(lan.post("/login", R"({"pin":1})", lan.origin())) == "400");
    CHECK(lan.kiosk.desk.actions().size() == 2); // the two PINs that were set
    REQUIRE(lan.status_of(lan.log_in(RunningKiosk::kAdmin)) == "204");
    CHECK(lan.status_of(lan.post("/logout", "", "https://elsewhere.example")) == "403");
    TlsWebSocketClient foreign(lan.kiosk.kiosk->lan_port());
    CHECK(lan.status_of(foreign.open("/ws", lan.headers("https://elsewhere.example"))) == "403");
    CHECK(lan.status_of(lan.get("/session")) == "204");
    const auto left = lan.post("/logout", "", lan.origin());
    CHECK(lan.status_of(left) == "204");
    CHECK(left.find("Max-Age=0") != std::string::npos);
    CHECK(lan.status_of(lan.get("/session")) == "401");
}

TEST_CASE("lan: a page there administers, sees nobody's face or punch, and says of nobody that they are in the room") {
    Lan lan;
    REQUIRE(lan.status_of(lan.log_in(RunningKiosk::kAdmin)) == "204");
    OpenedPage page(lan);
    const auto first = page.client.receive();
    REQUIRE(first);
    CHECK(json::parse(first->payload)->at("role") == "admin");
    const auto hello = page.client.receive_type("hello");
    CHECK(hello.at("access") == "lan");
    CHECK(hello.at("preview").is_null());
    CHECK(hello.at("speaks") == false);      // in that room
    CHECK_FALSE(lan.kiosk.kiosk->watched()); // no preview is made for it
    CHECK(page.order("people").contains("result"));
    for (const char *verb :
         {"manual_punch", "claim", "lesson", "login", "first_pin", "pick_lesson", "say", "photograph_document"}) {
        CHECK(test::Page::error_of(page.order(verb)) == "denied");
    }
    lan.kiosk.on_loop([&] {
        lan.kiosk.kiosk->show(Recorded{});
        lan.kiosk.kiosk->show(GuidanceShown{});
        Status status;
        status.asked.push_back({"王*明", "12"});
        status.first_pins = {kiosk::Role::admin};
        lan.kiosk.kiosk->show(status);
    });
    const auto next = page.client.receive();
    REQUIRE(next);
    const auto status = json::parse(next->payload);
    CHECK(status->at("type") == "status");
    CHECK(status->at("asked").as_array().empty());
    CHECK(status->at("first_pins").as_array().empty());
    OpenedPage later(lan);
    CHECK(later.client.receive_type("status").at("asked").as_array().empty());
    CHECK(page.order("logout").contains("result"));
    CHECK(page.client.receive_close() == 1001);
    CHECK(lan.status_of(lan.get("/session")) == "401");
}

TEST_CASE("F30: a logout in the local network ends the login of the browser's other pages, at once and for good") {
    Lan lan;
    REQUIRE(lan.status_of(lan.log_in(RunningKiosk::kAdmin)) == "204");
    OpenedPage page(lan);
    SUBCASE("which order something") {
        REQUIRE(lan.status_of(lan.post("/logout", "", lan.origin())) == "204");
        CHECK(test::Page::error_of(page.order("erase")) == "denied");
    }
    SUBCASE("which ask something") {
        REQUIRE(lan.status_of(lan.post("/logout", "", lan.origin())) == "204");
        CHECK(test::Page::error_of(page.order("people")) == "denied");
    }
    SUBCASE("which do nothing") {
        REQUIRE(page.order("people").contains("result"));
        REQUIRE(lan.status_of(lan.post("/logout", "", lan.origin())) == "204");
        lan.kiosk.on_loop([&] { lan.kiosk.kiosk->tick(); });
    }
    CHECK(page.client.receive_close() == 1001);
}

TEST_CASE("F30: a page of the local network that is used keeps the login of the browser's other pages") {
    Lan lan;
    REQUIRE(lan.status_of(lan.log_in(RunningKiosk::kAdmin)) == "204");
    OpenedPage used(lan), idle(lan);
    lan.kiosk.clock.advance(119'000);
    REQUIRE(used.order("diagnostics").contains("result"));
    lan.kiosk.clock.advance(119'000);
    lan.kiosk.on_loop([&] { lan.kiosk.kiosk->tick(); });
    CHECK(idle.order("people").contains("result"));
    CHECK(used.order("people").contains("result"));
}

TEST_CASE("F30: a page of the local network that nobody uses is logged out and closed") {
    Lan lan;
    REQUIRE(lan.status_of(lan.log_in(RunningKiosk::kAdmin)) == "204");
    OpenedPage page(lan);
    REQUIRE(page.order("people").contains("result"));
    lan.kiosk.clock.advance(119'000);
    page.client.send_text(R"({"used":true})");
    REQUIRE(page.order("people").contains("result")); // by then it has taken the message before
    lan.kiosk.clock.advance(119'000);
    lan.kiosk.on_loop([&] { lan.kiosk.kiosk->tick(); });
    CHECK(lan.status_of(lan.get("/session")) == "204");
    lan.kiosk.clock.advance(120'000);
    lan.kiosk.on_loop([&] { lan.kiosk.kiosk->tick(); });
    CHECK(page.client.receive_close() == 1001);
    CHECK(lan.status_of(lan.get("/session")) == "401");
}
