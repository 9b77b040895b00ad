// One page and the kiosk: what it is told, what it may order.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/firmware/kiosk/running_kiosk.hpp"
#include "tests/support/captured_log.hpp"

using namespace xueshi;
using test::Page;
using test::RunningKiosk;

namespace {

struct OpenPage {
    explicit OpenPage(const RunningKiosk &kiosk) : page(kiosk.port()) {
        REQUIRE(page.open().starts_with("HTTP/1.1 101"));
    }
    Page page;
};

kiosk::Picture picture(std::uint8_t content, std::size_t size = 100) {
    kiosk::Picture made;
    made.jpeg.assign(size, content);
    made.width = 480;
    made.height = 270;
    return made;
}

json::Object sentence(json::Array words, std::string_view language = "ko") {
    return {{"language", language}, {"words", std::move(words)}};
}

kiosk::Recorded punch(record::Sequence seq) {
    kiosk::Recorded recorded;
    recorded.seq = seq;
    recorded.name = "王*明";
    return recorded;
}

} // namespace

TEST_CASE("kiosk: a page is told who speaks, then the newest status and guidance") {
    RunningKiosk kiosk(true);
    kiosk.on_loop([&] {
        kiosk::Status status;
        status.institution = "学校";
        kiosk.kiosk->show(status);
        kiosk.kiosk->show(kiosk::GuidanceShown{checkin::Guidance::come_closer, "one", kiosk::Box{1, 2, 3, 4}});
    });
    OpenPage open(kiosk);
    const auto hello = open.page.client.receive_type("hello");
    REQUIRE(hello.is_object());
    CHECK(hello.at("protocol") == 1);
    CHECK(hello.at("version") == "1.2.3");
    CHECK(hello.at("preview").is_null());
    CHECK(hello.at("pins").at("teacher") == true);
    const auto guidance = open.page.client.receive_type("guidance");
    CHECK(guidance.at("code") == "come_closer");
    CHECK(guidance.at("face").at("width") == 3);
    CHECK(open.page.client.receive_type("status").at("institution") == "学校");
}

TEST_CASE("kiosk: results come to every page, in order and none left out") {
    RunningKiosk kiosk;
    OpenPage a(kiosk), b(kiosk);
    for (auto *open : {&a, &b}) {
        REQUIRE(open->page.client.receive_type("hello").is_object());
    }
    kiosk.on_loop([&] {
        for (record::Sequence seq = 1; seq <= 50; ++seq) {
            kiosk.kiosk->show(punch(seq));
        }
    });
    for (auto *open : {&a, &b}) {
        for (record::Sequence seq = 1; seq <= 50; ++seq) {
            CHECK(open->page.client.receive_type("result").at("seq") == seq);
        }
    }
}

TEST_CASE("kiosk: malformed messages are answered and the page goes on") {
    RunningKiosk kiosk;
    OpenPage open(kiosk);
    for (const char *bad : {"", "{", "[]", "\"claim\"", R"({"id":1})", R"({"id":1,"verb":"claim","arguments":7})",
                            R"({"id":1,"verb":"claim","extra":1})", R"({"type":"status"})"}) {
        CAPTURE(bad);
        open.page.client.send_text(bad);
        const auto answer = open.page.answer();
        CHECK(answer.at("id") == 0);
        CHECK(Page::error_of(answer) == "invalid_argument");
    }
    CHECK(Page::error_of(open.page.order("no_such_verb")) == "invalid_argument");
    CHECK(Page::error_of(open.page.order("reload_roster")) == "invalid_argument"); // sync's: not for any screen
    CHECK(Page::error_of(open.page.order("kiosk_pin")) == "invalid_argument");     // root's
    CHECK(open.page.order("claim").at("result").at("operator") == "kiosk:trainee");
}

TEST_CASE("kiosk: what a page asks for is said by the terminal, also while an order runs") {
    RunningKiosk kiosk(true);
    OpenPage open(kiosk);
    CHECK(open.page.client.receive_type("hello").at("speaks") == true);
    CHECK(open.page.order("say", sentence({"call", "digit_0", "digit_7"})).contains("result"));
    CHECK(kiosk.desk.said() == std::vector<std::string>{"say-ko-call.ogg", "say-ko-digit_0.ogg", "say-ko-digit_7.ogg"});
    REQUIRE(open.page.log_in("admin", RunningKiosk::kAdmin).contains("result"));
    open.page.send_order("enrol_face");
    REQUIRE(open.page.client.receive_type("progress").is_object());
    CHECK(open.page.order("say", sentence({"digit_7"})).contains("result"));
    CHECK(kiosk.desk.said().size() == 4);
    kiosk.desk.can_speak = false;
    CHECK(Page::error_of(open.page.order("say", sentence({"digit_7"}))) == "io");
}

TEST_CASE("F31: what is no prompt of the page's is not said, however it is spelt") {
    RunningKiosk kiosk;
    OpenPage open(kiosk);
    CHECK(Page::error_of(open.page.order("say", sentence({"call", "digit_8"}))) == "not_found");
    CHECK(Page::error_of(open.page.order("say", sentence({"call"}, "en"))) == "not_found");
    CHECK(Page::error_of(open.page.order("say", sentence({"../../kiosk_pins.json"}))) == "not_found");
    CHECK(Page::error_of(open.page.order("say", sentence({"call.ogg"}))) == "not_found");
    kiosk.clock.advance(1'000);
    CHECK(Page::error_of(open.page.order("say", sentence({std::string(65, 'a')}))) == "invalid_argument");
    CHECK(Page::error_of(open.page.order("say", sentence({7}))) == "invalid_argument");
    CHECK(Page::error_of(open.page.order("say", sentence({}))) == "invalid_argument");
    CHECK(Page::error_of(open.page.order("say", sentence(json::Array(65, "call")))) == "invalid_argument");
    CHECK(Page::error_of(open.page.order("say")) == "invalid_argument");
    CHECK(kiosk.desk.said().empty());
}

TEST_CASE("F34: of more sentences a second than anybody understands the rest is refused") {
    RunningKiosk kiosk;
    OpenPage open(kiosk), other(kiosk);
    for (int i = 0; i < 8; ++i) {
        CHECK(open.page.order("say", sentence({"call"})).contains("result"));
    }
    CHECK(Page::error_of(open.page.order("say", sentence({"call"}))) == "unavailable");
    CHECK(Page::error_of(other.page.order("say", sentence({"call"}))) == "unavailable"); // there is one loudspeaker
    kiosk.clock.advance(1'000);
    CHECK(open.page.order("say", sentence({"call"})).contains("result"));
    CHECK(kiosk.desk.said().size() == 9);
}

TEST_CASE("kiosk: a browser that speaks and may not is logged once") {
    const test::CapturedLog log;
    {
        RunningKiosk kiosk;
        OpenPage open(kiosk);
        for (const char *error : {"NotAllowedError", "NotAllowedError", "NotSupportedError"}) {
            CHECK(open.page.order("not_said", json::Object{{"error", error}}).contains("result"));
        }
        const json::Object much{{"error", std::string(65, 'a')}};
        CHECK(Page::error_of(open.page.order("not_said", much)) == "invalid_argument");
    }
    CHECK(log.count("warning kiosk_browser_does_not_speak error=NotAllowedError") == 1);
    CHECK(log.count("kiosk_browser_does_not_speak") == 1);
}

TEST_CASE("F34: a message over the limit, or a binary one, closes the page and no other") {
    RunningKiosk kiosk(true);
    OpenPage other(kiosk), open(kiosk);
    SUBCASE("too long for a trainee") {
        open.page.client.send_text(std::string(kiosk::kTraineeBytes + 1, ' '));
        CHECK(open.page.client.receive_close() == 1009);
    }
    SUBCASE("a photograph is not too long for an admin, until the login ends") {
        CHECK(open.page.log_in("admin", RunningKiosk::kAdmin).contains("result"));
        open.page.client.send_text(std::string(200'000, ' '));
        CHECK(Page::error_of(open.page.answer()) == "invalid_argument"); // read, and no JSON
        CHECK(open.page.order("logout").contains("result"));
        open.page.client.send_text(std::string(200'000, ' '));
        CHECK(open.page.client.receive_close() == 1009);
    }
    SUBCASE("binary") {
        open.page.client.send(2, "x");
        CHECK(open.page.client.receive_close() == 1003);
    }
    CHECK(other.page.order("claim").contains("result"));
}

TEST_CASE("kiosk: without a login nothing but a trainee's verbs is done") {
    RunningKiosk kiosk(true);
    OpenPage open(kiosk);
    for (const char *verb :
         {"lesson", "claims", "plan", "pick_lesson", "changes", "request_change", "manual_punch", "people", "consent",
          "photograph_document", "enrol_face", "enrol_finger", "accommodate", "erase", "status", "diagnostics"}) {
        CAPTURE(verb);
        CHECK(Page::error_of(open.page.order(verb)) == "denied");
    }
    CHECK(open.page.order("receipt", json::Object{{"seq", 1}}).contains("result"));
    CHECK(open.page.order("names").contains("result"));
}

TEST_CASE("kiosk: a teacher sees the lesson and not the administration, an admin both; a login is that page's alone") {
    RunningKiosk kiosk(true);
    OpenPage open(kiosk), other(kiosk);
    CHECK(open.page.log_in("teacher", RunningKiosk::kTeacher).at("result").at("role") == "teacher");
    CHECK(open.page.order("lesson").contains("result"));
    CHECK(open.page.order("pick_lesson").at("result").at("operator") == "kiosk:teacher");
    CHECK(open.page.order("request_change").at("result").at("operator") == "kiosk:teacher");
    CHECK(Page::error_of(open.page.order("people")) == "denied");
    CHECK(Page::error_of(other.page.order("lesson")) == "denied");
    CHECK(Page::error_of(open.page.log_in("admin", RunningKiosk::kTeacher)) ==
          "denied"); // a teacher's PIN is no admin's
    CHECK(open.page.log_in("admin", RunningKiosk::kAdmin).contains("result"));
    CHECK(open.page.order("people").contains("result"));
    CHECK(open.page.order("lesson").contains("result"));
    CHECK(open.page.order("logout").at("result").at("role") == "trainee");
    CHECK(Page::error_of(open.page.order("lesson")) == "denied");
    CHECK(Page::error_of(open.page.order("lesson", json::Object{{"more", 1}})) == "denied");
}

TEST_CASE("kiosk: how loud the microphone is goes to an admin, who tests it, and to nobody else") {
    RunningKiosk kiosk(true);
    OpenPage admin(kiosk), anybody(kiosk);
    REQUIRE(admin.page.log_in("admin", RunningKiosk::kAdmin).contains("result"));
    REQUIRE(anybody.page.order("names").contains("result"));
    kiosk.on_loop([&] {
        kiosk.kiosk->show(kiosk::SoundShown{-31, -65});
        kiosk.kiosk->show(kiosk::Recorded{});
    });
    const auto heard = admin.page.client.receive_type("sound");
    REQUIRE(heard.is_object());
    CHECK(heard.at("dbfs") == -31);
    CHECK(heard.at("silent_below") == -65);
    for (auto frame = anybody.page.client.receive(); frame; frame = anybody.page.client.receive()) {
        const auto message = json::parse(frame->payload);
        REQUIRE(message);
        CHECK(message->at("type") != "sound");
        if (message->at("type") == "result") {
            break;
        }
    }
}

TEST_CASE("kiosk: what an order has too much is refused") {
    RunningKiosk kiosk(true);
    OpenPage open(kiosk);
    REQUIRE(open.page.log_in("admin", RunningKiosk::kAdmin).contains("result"));
    for (const char *verb : {"names", "lesson", "claims", "plan", "changes", "people"}) {
        CHECK(Page::error_of(open.page.order(verb, json::Object{{"more", 1}})) == "invalid_argument");
    }
    CHECK(Page::error_of(open.page.order("login", json::Object{{"role", "trainee"}, {"pin", "1"}})) ==
          "invalid_argument");
    CHECK(Page::error_of(open.page.order("login", json::Object{{"role", "admin"}})) == "invalid_argument");
}

TEST_CASE("F30: at the screen a PIN cannot be guessed: each wrong one is journaled, then the role is locked") {
    RunningKiosk kiosk(true);
    OpenPage open(kiosk);
    for (int i = 0; i < 3; ++i) {
        CHECK(Page::error_of(open.page.log_in("teacher", "111222")) == "denied");
    }
    const auto locked = open.page.log_in("teacher", RunningKiosk::kTeacher);
    CHECK(Page::error_of(locked) == "unavailable");
    CHECK(locked.at("error").at("wait_ms") == 30'000);
    OpenPage another(kiosk); // another page is no other lock
    CHECK(Page::error_of(another.page.log_in("teacher", RunningKiosk::kTeacher)) == "unavailable");
    kiosk.stop();
    kiosk.start(); // nor is a restart
    OpenPage again(kiosk);
    CHECK(Page::error_of(again.page.log_in("teacher", RunningKiosk::kTeacher)) == "unavailable");
    kiosk.clock.advance(30'000);
    CHECK(again.page.log_in("teacher", RunningKiosk::kTeacher).contains("result"));

    std::vector<std::string> outcomes;
    for (const auto &action : kiosk.desk.actions()) {
        if (action.at("what") == "kiosk_login") {
            outcomes.emplace_back(action.at("outcome").as_string());
            CHECK_FALSE(action.contains("pin"));
        }
    }
    CHECK(outcomes == std::vector<std::string>{"wrong_pin", "wrong_pin", "wrong_pin", "granted"});
}

TEST_CASE("F30: where no PIN is set nobody can log in, and setting one is journaled without it") {
    RunningKiosk kiosk;
    OpenPage open(kiosk);
    CHECK(open.page.client.receive_type("hello").at("pins").at("admin") == false);
    CHECK(Page::error_of(open.page.log_in("admin", "000000")) == "not_found");
    CHECK(kiosk.set_pin("admin", "123456") == "invalid_argument");
    CHECK(kiosk.set_pin("trainee", RunningKiosk::kAdmin) == "invalid_argument");
    CHECK(kiosk.desk.actions().empty());
    CHECK(kiosk.set_pin("admin", RunningKiosk::kAdmin) == "");
    REQUIRE(kiosk.desk.actions().size() == 1);
    CHECK(json::serialize(kiosk.desk.actions()[0]).find(RunningKiosk::kAdmin) == std::string::npos);
    CHECK(kiosk.desk.actions()[0].at("operator") == "root");
    CHECK(open.page.log_in("admin", RunningKiosk::kAdmin).contains("result"));
}

TEST_CASE("F30: the first PIN is chosen at the screen while the terminal is put up, and can never replace one") {
    RunningKiosk kiosk;
    OpenPage open(kiosk), other(kiosk);
    CHECK(other.page.client.receive_type("hello").at("pins").at("admin") == false);
    const auto choose = [&](std::string_view role, std::string_view pin) {
        return Page::error_of(open.page.order("first_pin", json::Object{{"role", role}, {"pin", pin}}));
    };
    CHECK(choose("admin", RunningKiosk::kAdmin) == "denied"); // it is in use
    kiosk.desk.is_new = true;
    CHECK(choose("trainee", RunningKiosk::kAdmin) == "invalid_argument");
    CHECK(choose("admin", "123456") == "invalid_argument");
    CHECK(kiosk.desk.actions().empty());
    CHECK(choose("admin", RunningKiosk::kAdmin) == "");
    CHECK(other.page.client.receive_type("hello").at("pins").at("admin") == true); // every page is told
    CHECK(choose("admin", "493817") == "conflict");
    const auto told = kiosk.desk.actions();
    REQUIRE(told.size() == 1);
    CHECK(told[0] == json::Object{{"what", "kiosk_pin"}, {"role", "admin"}, {"operator", "kiosk:setup"}});
    CHECK(Page::error_of(open.page.log_in("admin", "493817")) == "denied");
    CHECK(open.page.log_in("admin", RunningKiosk::kAdmin).contains("result"));
}

TEST_CASE("kiosk: a login that nobody uses ends by itself, and the page is told") {
    RunningKiosk kiosk(true);
    OpenPage open(kiosk);
    REQUIRE(open.page.log_in("teacher", RunningKiosk::kTeacher).contains("result"));
    const auto pass = [&](std::int64_t ms) {
        kiosk.clock.advance(ms);
        kiosk.on_loop([&] { kiosk.kiosk->tick(); });
        return open.page.order("lesson").contains("result"); // as the page asks every few seconds: nobody's use
    };
    CHECK(pass(119'999));
    open.page.send(json::Object{{"used", true}}); // a touch begins the time anew
    CHECK(pass(0));
    CHECK(pass(119'999));
    CHECK(open.page.order("pick_lesson").contains("result")); // and so does an order
    CHECK(pass(119'999));
    kiosk.clock.advance(1);
    kiosk.on_loop([&] { kiosk.kiosk->tick(); });
    const auto session = open.page.client.receive_type("session");
    CHECK(session.at("role") == "trainee");
    CHECK(session.at("reason") == "idle");
    CHECK(Page::error_of(open.page.order("lesson")) == "denied");
}

TEST_CASE("kiosk: one order at a time, which cancel and the page's end end; a login waits for it") {
    RunningKiosk kiosk(true);
    OpenPage open(kiosk);
    REQUIRE(open.page.log_in("admin", RunningKiosk::kAdmin).contains("result"));
    open.page.send_order("enrol_face");
    CHECK(open.page.client.receive_type("progress").at("progress").at("stage") == 1);
    CHECK(Page::error_of(open.page.order("people")) == "conflict");
    kiosk.clock.advance(600'000);
    kiosk.on_loop([&] { kiosk.kiosk->tick(); });
    SUBCASE("cancelled") {
        CHECK(open.page.order("cancel").at("result").at("cancelled") == true);
        CHECK(Page::error_of(open.page.answer()) == "cancelled");
        CHECK(open.page.order("people").contains("result")); // the login did not end meanwhile
        CHECK(open.page.order("cancel").at("result").at("cancelled") == false);
    }
    SUBCASE("the page is gone") {} // the kiosk's end waits for the order: it would hang
}

TEST_CASE("kiosk: a slow page gets the newest picture and never an old one, and the next only when it asks") {
    RunningKiosk kiosk;
    OpenPage open(kiosk);
    REQUIRE(open.page.client.receive_type("hello").is_object());
    const auto offer = [&](std::uint8_t content) {
        kiosk.kiosk->offer(picture(content));
        kiosk.on_loop([] {});
    };
    offer(1);
    const auto first = open.page.picture();
    CHECK(first.second == std::string(100, 1));
    for (std::uint8_t content = 2; content < 100; ++content) {
        offer(content);
    }
    CHECK(open.page.order("claim").contains("result"));     // answers do not wait for pictures, and none came between
    open.page.send(json::Object{{"ack", first.first + 1}}); // of a picture that it never got: means nothing
    CHECK(open.page.order("claim").contains("result"));
    open.page.send(json::Object{{"ack", first.first}});
    const auto next = open.page.picture();
    CHECK(next.second == std::string(100, 99));
    CHECK(next.first > first.first + 1); // the numbers say that some were left out
    open.page.send(json::Object{{"ack", next.first}});
    CHECK(open.page.order("claim").contains("result")); // the same one is not sent again
    offer(100);
    CHECK(open.page.picture().second == std::string(100, 100));
}

TEST_CASE("kiosk: pictures are dropped where they are made while no page is open") {
    RunningKiosk kiosk;
    CHECK_FALSE(kiosk.kiosk->watched());
    kiosk.kiosk->offer(picture(1));
    OpenPage open(kiosk);
    REQUIRE(open.page.client.receive_type("hello").is_object());
    CHECK(kiosk.kiosk->watched());
    kiosk.kiosk->offer(picture(2));
    CHECK(open.page.picture().second == std::string(100, 2));
}

TEST_CASE("kiosk: a page that does not read is cut off; the others and the terminal do not wait for it") {
    RunningKiosk kiosk;
    OpenPage slow(kiosk), other(kiosk);
    slow.page.client.set_receive_buffer(64 << 10);
    auto long_result = punch(1);
    long_result.title.assign(2'000, 'x');
    const auto tell = [&](int results) {
        kiosk.on_loop([&] {
            for (int i = 0; i < results; ++i) {
                kiosk.kiosk->show(long_result);
                kiosk.kiosk->show(kiosk::Status{}); // of these only the newest waits
            }
        });
        CHECK(other.page.order("claim").contains("result")); // and reads all that came before
    };
    constexpr int kRounds = 80, kResults = 100; // 16 MB: more than the socket and the outbox hold
    for (int round = 0; round < kRounds; ++round) {
        tell(kResults);
    }
    int received = 0;
    while (slow.page.client.receive()) {
        ++received;
    }
    CHECK(received < kRounds * kResults);
    tell(1);
}

TEST_CASE("F34: a fifth page is refused, and a page that leaves makes room") {
    RunningKiosk kiosk;
    std::vector<std::unique_ptr<OpenPage>> pages;
    for (int i = 0; i < 4; ++i) {
        pages.push_back(std::make_unique<OpenPage>(kiosk));
    }
    CHECK(Page(kiosk.port()).open().starts_with("HTTP/1.1 503"));
    pages.pop_back();
    std::string head;
    for (int i = 0; i < 1'000 && !head.starts_with("HTTP/1.1 101"); ++i) { // until its end was noticed
        head = Page(kiosk.port()).open();
    }
    CHECK(head.starts_with("HTTP/1.1 101"));
}
