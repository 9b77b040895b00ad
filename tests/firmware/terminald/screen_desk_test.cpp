// What the screen's desk answers and shows, without devices.
#include "firmware/terminald/screen.hpp"

#include <future>
#include <thread>

#include <boost/asio/use_future.hpp>
#include <doctest/doctest.h>

#include "tests/firmware/kiosk/running_kiosk.hpp"
#include "tests/support/classroom.hpp"
#include "tests/support/fake_gallery.hpp"
#include "tests/support/journal_on_disk.hpp"
#include "tests/support/memory_sink.hpp"
#include "tests/support/tls_web_socket_client.hpp"

using namespace xueshi;
using namespace xueshi::terminald;

namespace {

class SilentTerminal final : public control::Terminal {
public:
    json::Object status() override { return shown; }
    json::Object diagnostics() override { return {}; }
    json::Object shown;
    Expected<json::Object> prove_possession(std::string_view) override { return json::Object(); }
    Expected<json::Object> reload_roster() override { return json::Object(); }
    Expected<record::Sequence> note_nonce(const json::Object &) override { return 0; }
    Expected<record::Sequence> note_sync_rejection(json::Object) override { return 0; }
    Expected<json::Object> take_command(const json::Object &) override { return json::Object(); }
    Expected<record::Sequence> conclude_command(const json::Object &) override { return 0; }
};

struct Desk {
    explicit Desk(ScreenOptions with = {}) : options(std::move(with)) {
        clock.set_quality(ClockQuality::unset);
        screen.set_roster(test::make_classroom());
    }
    Expected<json::Object> pick(std::string_view lesson) {
        return screen.pick_lesson(json::Object{{"class", "c-1"}, {"lesson", lesson}}, "kiosk:teacher");
    }
    /// Number 01's state in each lesson that is open, by start.
    std::vector<std::string> states() {
        std::vector<std::string> found;
        const auto answer = screen.lesson().value();
        for (const auto &lesson : answer.at("lessons").as_array()) {
            found.emplace_back(lesson.at("people").as_array().at(0).at("state").as_string());
        }
        return found;
    }
    std::size_t lessons() { return screen.lesson().value().at("lessons").as_array().size(); }
    /// The event as another start reads it.
    static record::EventBody as_read(const record::EventDraft &draft) {
        record::EventBody body;
        body.kind = record::to_string(draft.kind);
        body.at = draft.at;
        body.data = draft.data;
        return body;
    }

    ScreenOptions options;
    test::JournalOnDisk journal;
    test::FakeClock clock;
    test::MemorySink sink;
    checkin::History history;
    checkin::Candidates candidates;
    checkin::Checkin checkin{{}, {sink, clock, history, candidates, nullptr, nullptr, {}, {}, ""}};
    test::FakeGallery gallery;
    SilentTerminal terminal;
    test::FakeControl control;
    boost::asio::io_context context{1};
    Screen::Parts parts{context,
                        clock,
                        sink,
                        history,
                        checkin,
                        gallery,
                        terminal,
                        control,
                        journal.directory().path(),
                        journal.directory().path(),
                        false,
                        960,
                        540};
    Screen screen{parts, options};
};

ScreenOptions on_any_port() {
    ScreenOptions options;
    options.kiosk.port = 0;
    options.kiosk.lan_address = "127.0.0.1";
    options.kiosk.lan_port = 0;
    return options;
}

/// The same with its pages served, by a loop in a thread of its own.
struct ServedDesk : Desk {
    ServedDesk() : Desk(on_any_port()) {
        screen.start();
        thread = std::thread([this] { context.run(); });
    }
    /// A page at the terminal.
    std::unique_ptr<test::WebSocketClient> open() const {
        auto page = std::make_unique<test::WebSocketClient>(screen.port());
        const auto host = "127.0.0.1:" + std::to_string(screen.port());
        REQUIRE(page->open("/ws", test::Page::headers(host, "http://" + host)).starts_with("HTTP/1.1 101"));
        REQUIRE(page->receive_type("hello").is_object());
        return page;
    }
    ~ServedDesk() {
        boost::asio::post(context, [this] { screen.stop(); });
        work.reset();
        thread.join();
    }
    void set_admin_pin(const std::string &pin) {
        control::Call call;
        call.arguments = json::Object{{"role", "admin"}, {"pin", pin}};
        auto set = (*control.handler("kiosk_pin"))(std::move(call));
        REQUIRE(boost::asio::co_spawn(context, std::move(set), boost::asio::use_future).get());
    }
    /// What `page` is shown of the next second.
    json::Value status(test::WebSocketClient &page) {
        boost::asio::post(context, [this] { screen.every_second(); });
        return page.receive_type("status");
    }
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
    std::thread thread;
};

std::string lan_headers(const ServedDesk &desk, const std::string &more) {
    const auto host = "127.0.0.1:" + std::to_string(desk.screen.lan_port());
    return "Host: " + host + "\r\nOrigin: https://" + host + "\r\n" + more;
}

/// The line of the header that a browser sends from then on.
std::string lan_login(const ServedDesk &desk, const std::string &pin) {
    const auto body = R"({"pin":")" + pin + "\"}";
    test::TlsWebSocketClient client(desk.screen.lan_port());
    client.send_bytes("POST /login HTTP/1.1\r\n" + lan_headers(desk, "Content-Type: application/json\r\n") +
                      "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    const auto head = client.head();
    const auto cookie = head.find("__Host-xueshi=");
    REQUIRE(cookie != std::string::npos);
    return "Cookie: " + head.substr(cookie, head.find(';', cookie) - cookie) + "\r\n";
}

} // namespace

TEST_CASE("F11: under an unset clock a teacher picks the lesson: a hint in the chain before the punches it is for") {
    Desk desk;
    CHECK(desk.lessons() == 0);
    CHECK(desk.pick("l-9").error().code == ErrorCode::not_found);
    CHECK(desk.sink.drafts().empty());
    REQUIRE(desk.pick("l-2"));
    REQUIRE(desk.sink.drafts().size() == 1);
    const auto data = desk.sink.drafts()[0].data;
    CHECK(desk.sink.drafts()[0].kind == record::EventKind::operator_action);
    CHECK(data.at("what") == "lesson_picked");
    CHECK(data.at("lesson") == "l-2");
    CHECK(data.at("operator") == "kiosk:teacher");
    CHECK(desk.lessons() == 1);
    REQUIRE(desk.screen.pick_lesson({}, "kiosk:teacher")); // none any more
    CHECK(desk.lessons() == 0);
}

TEST_CASE("F11: under an unset clock nobody is called missing: a punch then belongs to no lesson yet") {
    Desk desk;
    REQUIRE(desk.pick("l-1"));
    CHECK(desk.states() == std::vector<std::string>{"unknown"});
    desk.clock.set_quality(ClockQuality::synchronised);
    CHECK(desk.states() == std::vector<std::string>{"missing"});
}

TEST_CASE("screen: a picked lesson that cannot be journaled is not picked") {
    Desk desk;
    desk.sink.fail_with(Error{ErrorCode::no_space, "full"});
    CHECK(desk.pick("l-1").error().code == ErrorCode::no_space);
    CHECK(desk.lessons() == 0);
}

TEST_CASE("screen: a picked lesson is known after a restart of the program, and not after one of the board") {
    Desk before;
    REQUIRE(before.pick("l-1"));
    const auto picked = Desk::as_read(before.sink.drafts()[0]);
    Desk same_boot;
    same_boot.screen.remember(picked);
    CHECK(same_boot.lessons() == 1);
    Desk other_boot;
    other_boot.clock.reboot("22222222-2222-4333-8444-555555555555");
    other_boot.screen.remember(picked);
    CHECK(other_boot.lessons() == 0);
}

TEST_CASE("screen: once the clock is set it says by itself which lesson it is") {
    Desk desk;
    REQUIRE(desk.pick("l-2"));
    desk.clock.set_quality(ClockQuality::synchronised);
    desk.clock.advance(60'000);
    CHECK(desk.pick("l-2").error().code == ErrorCode::conflict);
    const auto lessons = desk.screen.lesson().value().at("lessons").as_array();
    REQUIRE(lessons.size() == 1);
    CHECK(lessons[0].at("lesson") == "l-1");
}

TEST_CASE("screen: a page in the local network gets the status while none is open at the terminal") {
    ServedDesk desk;
    desk.set_admin_pin("280174");
    test::TlsWebSocketClient page(desk.screen.lan_port());
    const auto headers = lan_headers(desk, lan_login(desk, "280174"));
    REQUIRE(page.open("/ws", headers).starts_with("HTTP/1.1 101"));
    REQUIRE(page.receive_type("hello").is_object());
    const auto status = desk.status(page);
    REQUIRE(status.is_object());
    CHECK(status.at("institution") == "培训学校");
    CHECK_FALSE(desk.screen.is_looked_at()); // no preview is made for it
}

TEST_CASE("screen: a page that opens sees the present, not what the last page saw") {
    ServedDesk desk;
    {
        const auto before = desk.open();
        REQUIRE(desk.status(*before).is_object());
    }
    desk.clock.advance(3'600'000);
    const auto page = desk.open();
    const auto status = page->receive_type("status");
    REQUIRE(status.is_object());
    CHECK(status.at("wall_ms") == desk.clock.now().wall_ms);
}

TEST_CASE("screen: a receipt is had for two minutes, and says of a clock that was not set no time") {
    Desk desk;
    record::Punch punch;
    punch.person = PersonId("p-1");
    punch.room = RoomId("r-1");
    const auto punched = [&](ClockQuality quality) {
        auto draft = desk.journal.draft();
        draft.kind = record::EventKind::punch;
        draft.at.quality = quality;
        draft.data = record::to_json(punch);
        const auto seq = desk.journal.writer().append(draft).value();
        desk.screen.saved(draft, seq);
        return seq;
    };
    const auto receipt = [&](record::Sequence seq) { return desk.screen.receipt(json::Object{{"seq", seq}}); };
    const auto timed = punched(ClockQuality::synchronised);
    const auto untimed = punched(ClockQuality::unset);
    const auto ends = [&](record::Sequence seq, const std::string &end) {
        return receipt(seq).value().at("text").as_string().ends_with(end);
    };
    CHECK(ends(timed, "Z"));
    CHECK(ends(untimed, "/unset"));
    desk.clock.advance(120'000);
    CHECK(receipt(timed));
    desk.clock.advance(1);
    CHECK(receipt(timed).error().code == ErrorCode::not_found);
}

TEST_CASE("screen: who said that they were not recognised leaves the next person's first refusal a first one") {
    ServedDesk desk;
    const auto page = desk.open();
    record::Sequence seq = 0;
    const auto save = [&](record::EventKind kind, json::Object data) {
        record::EventDraft draft;
        draft.kind = kind;
        draft.at = desk.clock.now();
        draft.data = std::move(data);
        boost::asio::post(desk.context, [&desk, draft, number = ++seq] { desk.screen.saved(draft, number); });
    };
    const auto advice = [&] {
        save(record::EventKind::refused_attempt, json::Object{{"reason", "unknown_person"}, {"factor", "face"}});
        const auto result = page->receive_type("result");
        REQUIRE(result.is_object());
        return std::string(result.at("advice").as_string());
    };
    CHECK(advice() == "retry");
    CHECK(advice() == "claim"); // there is no reader
    record::PendingClaim claim;
    claim.person = PersonId("p-1");
    claim.room = RoomId("r-1");
    save(record::EventKind::pending_claim, record::to_json(claim));
    CHECK(advice() == "retry");
}

namespace {

constexpr std::int64_t kHour = 3'600'000;

/// Somebody says that they were not recognised, in this start of the program or as another one reads it.
struct ClaimsDesk : Desk {
    record::EventDraft claim(const Instant &at) {
        record::PendingClaim said;
        said.person = PersonId("p-1");
        said.room = RoomId("r-1");
        record::EventDraft draft;
        draft.kind = record::EventKind::pending_claim;
        draft.at = at;
        draft.data = record::to_json(said);
        return draft;
    }
    void save() { screen.saved(claim(clock.now()), ++seq); }
    void read(const Instant &at) { screen.remember(as_read(claim(at))); }
    json::Array claims() { return screen.claims().value().at("claims").as_array(); }
    record::Sequence seq = 0;
};

} // namespace

TEST_CASE_FIXTURE(ClaimsDesk,
                  "F11: a claim made before the clock was set stays for a day, and is said to have no time") {
    clock.set_wall(7 * kHour); // of 1970
    save();
    clock.advance(kHour);
    clock.set_wall(test::FakeClock::kStartMs);
    clock.set_quality(ClockQuality::synchronised);
    save();
    const auto both = claims();
    REQUIRE(both.size() == 2);
    CHECK(both[0].at("clock") == "synchronised");
    CHECK(both[0].at("wall_ms") == test::FakeClock::kStartMs);
    CHECK(both[1].at("clock") == "unset");
    clock.advance(23 * kHour);
    CHECK(claims().size() == 2);
    clock.advance(1);
    CHECK(claims().size() == 1); // nobody says anything, and yet the first is a day old
    clock.set_wall(test::FakeClock::kStartMs + 400 * 24 * kHour);
    CHECK(claims().size() == 1); // by boot time within the boot, whatever the clock is set to
}

TEST_CASE_FIXTURE(ClaimsDesk, "F11: a claim of another boot goes by the next event that knew the time") {
    auto at = clock.now();
    at.boot_id = "another";
    at.wall_ms = 7 * kHour; // of 1970
    read(at);
    at.wall_ms = test::FakeClock::kStartMs;
    at.quality = ClockQuality::synchronised;
    record::EventBody heartbeat;
    heartbeat.kind = record::to_string(record::EventKind::heartbeat);
    heartbeat.at = at;
    screen.remember(heartbeat);
    CHECK(claims().size() == 1); // the clock is not set yet: its age is not known
    clock.set_quality(ClockQuality::synchronised);
    clock.set_wall(test::FakeClock::kStartMs + 24 * kHour);
    CHECK(claims().size() == 1);
    clock.advance(1);
    CHECK(claims().empty());
}

TEST_CASE_FIXTURE(ClaimsDesk, "F11: a claim of which no later time is known is as old as this boot at least") {
    auto at = clock.now();
    at.boot_id = "another";
    read(at);
    clock.set_quality(ClockQuality::synchronised);
    CHECK(claims().size() == 1);
    clock.advance(24 * kHour);
    CHECK(claims().empty()); // the board has been up for longer than a day
}

TEST_CASE_FIXTURE(ClaimsDesk, "screen: what was claimed before a claim that is a day old is older") {
    auto at = clock.now();
    at.boot_id = "another";
    at.quality = ClockQuality::synchronised;
    at.wall_ms = test::FakeClock::kStartMs + 30 * kHour; // set forward, and then right
    read(at);
    at.wall_ms = test::FakeClock::kStartMs;
    read(at);
    clock.set_quality(ClockQuality::synchronised);
    clock.set_wall(test::FakeClock::kStartMs + 25 * kHour);
    CHECK(claims().empty());
}

TEST_CASE("screen: hours come with how many punches there were since the registry counted them") {
    ServedDesk desk;
    desk.clock.set_quality(ClockQuality::synchronised);
    const auto roster = test::make_classroom();
    roster->hours_as_of_ms = test::FakeClock::kStartMs;
    roster->hours[{ClassId("c-1"), PersonId("p-1")}] = {3, 4};
    const auto page = desk.open();
    const auto since = [&](int punches) {
        std::promise<void> done;
        boost::asio::post(desk.context, [&] {
            desk.screen.set_roster(roster);
            record::Punch punch;
            punch.person = PersonId("p-1");
            punch.room = RoomId("r-1");
            punch.training_class = ClassId("c-1");
            punch.lesson = LessonId("l-1");
            record::EventDraft draft;
            draft.kind = record::EventKind::punch;
            for (int i = 0; i < punches; ++i) {
                draft.at = desk.clock.now();
                desk.history.note(punch, draft.at);
                desk.clock.advance(1'000);
            }
            draft.data = record::to_json(punch);
            desk.screen.saved(draft, 1);
            done.set_value();
        });
        done.get_future().get();
        return page->receive_type("result").at("hours");
    };
    const auto first = since(2); // the first one was at the very moment that is counted in
    CHECK(first.at("proved") == 3);
    CHECK(first.at("punches_since") == 1);
    CHECK(first.at("more_since") == false);
    CHECK(since(1).at("punches_since") == 2);
    const auto many = since(80);
    CHECK(many.at("punches_since") == static_cast<std::int64_t>(checkin::History::kPunchesKept));
    CHECK(many.at("more_since") == true);
}

TEST_CASE("screen: video that one class hour has too much of does not count for an hour that has none") {
    constexpr std::int64_t kMinute = 60'000;
    ServedDesk desk;
    desk.clock.set_quality(ClockQuality::synchronised);
    const auto hour = [](std::int64_t usable, std::int64_t owed) {
        return json::Object{{"usable_ms", usable * kMinute}, {"owed_ms", owed * kMinute}};
    };
    json::Object lesson{
        {"class", "c-1"},          {"lesson", "l-1"}, {"recorded_ms", 41 * kMinute}, {"usable_ms", 40 * kMinute},
        {"owed_ms", 20 * kMinute}, {"faces", 25}};
    lesson["hours"] = json::Array{hour(36, 10), hour(4, 10)};
    desk.terminal.shown["video"] = json::Object{{"lessons", json::Array{lesson}}};
    const auto page = desk.open();
    const auto status = desk.status(*page);
    REQUIRE(status.is_object());
    const auto &evidence = status.at("lessons").at(0).at("evidence");
    CHECK(evidence.at("usable_ms") == 40 * kMinute);
    CHECK(evidence.at("counted_ms") == 14 * kMinute);
    CHECK(evidence.at("owed_ms") == 20 * kMinute);
}

TEST_CASE("screen: a punch inside a lesson leaves its person missing in the next, whose time to check in runs") {
    constexpr std::int64_t kMinute = 60'000;
    const auto roster = test::make_classroom();
    auto &lessons = roster->classes[0].lessons;
    const auto start = lessons[0].end_ms() + 5 * kMinute;
    lessons[1].hours = {training::ClassHour{start, start + 45 * kMinute}};
    Desk desk;
    desk.clock.set_quality(ClockQuality::synchronised);
    desk.screen.set_roster(roster);
    const auto punch = [&] {
        record::Punch one;
        one.person = PersonId("p-1");
        one.room = RoomId("r-1");
        desk.history.note(one, desk.clock.now());
    };
    using States = std::vector<std::string>;
    CHECK(desk.states() == States{"missing"});
    desk.clock.advance(40 * kMinute);
    punch();
    CHECK(desk.states() == States{"present", "missing"});
    desk.clock.advance(7 * kMinute);
    punch(); // between the two: out of one, into the other
    CHECK(desk.states() == States{"left", "present"});
}

TEST_CASE("F30: a first PIN is chosen by a token's right where nothing let the terminal in, or made it wait, before") {
    Desk desk(on_any_port());
    const auto sync = [&](std::string_view phase, std::string_view code) {
        const json::Object status{{"phase", phase}, {"claim_code", code}};
        REQUIRE(write_file_durably(desk.parts.sync / "status.json", json::serialize(status)));
    };
    bool may = false;
    SUBCASE("a new terminal") {
        may = true;
    }
    SUBCASE("one that was started without a network before") {
        sync("claiming", "");
        may = true;
    }
    SUBCASE("let in before") {
        REQUIRE(write_file_durably(desk.parts.sync / "registry_key.pem", "key"));
    }
    SUBCASE("waited for its approval before") {
        sync("waiting_approval", "K7QF2M");
    }
    SUBCASE("nobody can say") {
        REQUIRE(make_directory(desk.parts.sync / "status.json"));
    }
    Screen started(desk.parts, desk.options);
    std::filesystem::remove(desk.parts.sync / "status.json");
    sync("delivering", "");
    started.every_second();
    CHECK(started.may_choose_pin(kiosk::Role::admin) == may);
}
