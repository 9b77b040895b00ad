// The whole way to the screen: camera, recognition, journal, kiosk, and a page's WebSocket.
#include "firmware/terminald/screen.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/firmware/terminald/screen_classroom.hpp"
#include "tests/support/loudspeaker.hpp"
#include "tests/support/sound.hpp"

using namespace xueshi;
using namespace xueshi::terminald;

namespace {

/// Nothing of a person in it: neither name nor number.
void check_impersonal(const json::Value &value) {
    const auto text = json::serialize(value);
    CHECK(text.find("学员") == std::string::npos);
    CHECK(text.find("p-1") == std::string::npos);
    CHECK(text.find("\"number\"") == std::string::npos);
}

} // namespace

TEST_CASE("screen: a page sees the preview, the lesson that is on, and what the terminal lacks") {
    Classroom room;
    const auto hello = room.page->receive_type("hello");
    CHECK(hello.at("preview").at("width") == 480);
    auto frame = room.page->receive();
    while (frame && frame->opcode != 2) {
        frame = room.page->receive();
    }
    REQUIRE(frame);
    const auto jpeg = frame->payload.substr(kiosk::kPictureHead);
    const auto picture = camera::decode_still(as_bytes(jpeg), {});
    REQUIRE(picture);
    CHECK(picture->bgr.cols == 480);
    CHECK(picture->bgr.rows == 270);
    const auto status = room.receive("status", [](const auto &s) { return s.at("devices").at("camera") == "running"; });
    REQUIRE(status.is_object());
    REQUIRE(status.at("lessons").as_array().size() == 1);
    const auto &lesson = status.at("lessons").as_array()[0];
    CHECK(lesson.at("class_name") == "电工班");
    CHECK(lesson.at("roster") == 4);
    CHECK(lesson.at("present") == 0);
    CHECK(lesson.at("evidence").is_null());
    CHECK(status.at("next").at("title") == "课");
    CHECK(status.at("sync").at("state") == "unknown");
    CHECK(status.at("devices").at("reader") == "none");
    CHECK(status.at("alarms") == json::Array{"no_face_recognition"}); // a camera, and no models
}

TEST_CASE("screen: the terminal's loudspeaker says what the page asks for; a device that is not there is told") {
    const test::TemporaryDirectory directory;
    test::Loudspeaker loudspeaker(directory.path());
    Classroom room;
    const json::Object sentence{{"language", "ko"}, {"words", json::Array{"check_in"}}};
    CHECK(room.page->receive_type("hello").at("speaks") == false); // none is set: the browser does
    REQUIRE(make_directory(room.directory / "web"));
    test::write_wav(room.directory / "web/say-ko-check_in.ogg", 1'000, 8'000); // whatever its name says
    for (const auto *device : {"loudspeaker", "another"}) {
        room.stop();
        room.settings.screen.speaker = device;
        room.start();
        CHECK(room.page->receive_type("hello").at("speaks") == true);
        const auto answer = room.order("say", sentence);
        CHECK(answer.contains(device == std::string("loudspeaker") ? "result" : "error"));
    }
    CHECK(loudspeaker.take_loudest() > 7'000);
    CHECK(room.order("claim", json::Object{{"number", "02"}}).contains("result")); // the terminal goes on
}

TEST_CASE("screen: a claim and a supervised punch are seen at once, the punch as a result with a receipt that holds") {
    Classroom room;
    CHECK(room.result("claim", json::Object{{"number", "02"}}).at("seq").as_int64() > 0);
    CHECK(room.order("lesson").at("error").at("code") == "denied");
    const auto names = room.result("names").at("people").as_array();
    REQUIRE(names.size() == 4);
    CHECK(names[1].at("number") == "02");
    CHECK(names[1].at("name") == "学*"); // nobody has logged in
    CHECK(names[1].at("class_name") == "电工班");
    room.log_in("teacher");
    const auto claims = room.result("claims").at("claims").as_array();
    REQUIRE(claims.size() == 1);
    CHECK(claims[0].at("number") == "02");
    room.page->send_text(R"({"id":99,"verb":"manual_punch","arguments":{"number":"01","reason":"hand in plaster"}})");
    const auto punched = room.page->receive_type("answer");
    const auto shown = room.page->receive_type("result");
    REQUIRE(shown.is_object());
    CHECK(shown.at("outcome") == "recorded");
    CHECK(shown.at("person") == "p-1"); // what `names` calls them
    CHECK(shown.at("name") == "学*");
    CHECK(shown.at("number") == "01");
    CHECK(shown.at("evidence") == "manual");
    CHECK(shown.at("direction") == "check_in");
    CHECK(shown.at("title") == "课");
    CHECK(shown.at("seq") == punched.at("result").at("seq"));
    const auto &hours = shown.at("hours").as_object(); // the registry's, not counted here
    CHECK(hours.at("proved") == 1);
    CHECK(hours.at("possible") == 2);
    CHECK(hours.at("filed") == 2);
    CHECK(hours.at("as_of_ms").as_int64() > 0);
    const auto status = room.receive("status", [](const auto &s) { return s.at("lessons").at(0).at("present") == 1; });
    CHECK(status.at("lessons").at(0).at("seen") == 1);

    const auto people = room.result("lesson").at("lessons").at(0).at("people").as_array();
    REQUIRE(people.size() == 4);
    CHECK(people[0].at("state") == "present");
    CHECK(people[0].at("name") == "学员");
    CHECK(people[1].at("state") == "missing");

    const auto seq = shown.at("seq").as_int64();
    const auto text = std::string(room.result("receipt", json::Object{{"seq", seq}}).at("text").as_string());
    const auto event = room.events().at(static_cast<std::size_t>(seq - 1));
    CHECK(text.starts_with("XUESHI1/"));
    CHECK(text.find("/" + std::to_string(seq) + "/" + hex(event.hash).substr(0, 16) + "/2") != std::string::npos);
    CHECK(room.order("receipt", json::Object{{"seq", seq - 1}}).at("error").at("code") == "not_found"); // no punch

    room.stop();
    room.start(); // the claim of today is still there, and no receipt of yesterday's screen
    CHECK(room.order("receipt", json::Object{{"seq", seq}}).at("error").at("code") == "not_found");
    room.result("login", json::Object{{"role", "teacher"}, {"pin", "280174"}}); // the PIN is, too
    CHECK(room.result("claims").at("claims").as_array().size() == 1);
}

TEST_CASE("screen: logins, wrong PINs and changed PINs are in the journal, and no PIN is") {
    Classroom room;
    room.log_in("admin");
    CHECK(room.order("login", json::Object{{"role", "admin"}, {"pin", "999111"}}).contains("error"));
    std::vector<std::string> seen;
    for (const auto &event : room.events()) {
        const auto body = record::read_body(event).value();
        for (const std::string pin : {"280174", "999111"}) { // six digits are somewhere in times and ids by chance
            CHECK(json::serialize(body.data).find(pin) == std::string::npos);
            CHECK(event.body.find('"' + pin + '"') == std::string::npos);
        }
        if (event.kind == "operator_action") {
            const auto *outcome = body.data.if_contains("outcome");
            seen.push_back(std::string(body.data.at("what").as_string()) +
                           (outcome == nullptr ? "" : " " + std::string(outcome->as_string())));
        }
    }
    CHECK(seen == std::vector<std::string>{"kiosk_pin", "kiosk_login granted", "kiosk_login wrong_pin"});
}

namespace {

/// A terminal whose claim code stands on the screen, and what the registry's approval makes of it.
struct NewClassroom : Classroom {
    void sync(std::string_view phase, std::string_view code) const {
        const json::Object file{{"as_of_ms", wall_ms()}, {"phase", phase}, {"claim_code", code}};
        REQUIRE(write_file_durably(settings.sync_directory / "status.json", json::serialize(file)));
    }
    void show_code() const {
        sync("waiting_approval", "K7QF2M");
        const auto shown = receive("status", [](const json::Object &status) {
            return status.at("sync").at("claim_code") == "K7QF2M" && status.at("first_pins").as_array().empty();
        });
        REQUIRE(shown.is_object());
    }
    /// What the page is told of whose first PIN may be chosen, after the approval.
    json::Value approve() const {
        sync("delivering", "");
        return receive("status", [](const json::Object &status) { return status.at("sync").at("state") == "online"; })
            .at("first_pins");
    }
    std::string choose(std::string_view role) {
        const auto answer = order("first_pin", json::Object{{"role", role}, {"pin", "280174"}});
        return answer.contains("result") ? "" : std::string(answer.at("error").at("code").as_string());
    }
    void start_again_without_pins() {
        stop();
        REQUIRE(remove_durably(settings.state_directory / "kiosk_pins.json"));
        start();
    }
};

} // namespace

TEST_CASE_FIXTURE(NewClassroom,
                  "F30: a first PIN is chosen at the screen that showed the claim code, journaled, once") {
    CHECK(choose("admin") == "denied");
    show_code();
    CHECK(choose("admin") == "denied");
    CHECK(approve() == json::Array{"admin", "teacher"});
    CHECK(choose("admin") == "");
    CHECK(choose("admin") == "denied");
    result("login", json::Object{{"role", "admin"}, {"pin", "280174"}});
    result("logout");
    stop();
    const auto journaled = events();
    const auto set = std::ranges::find(journaled, "operator_action", &record::StoredEvent::kind);
    REQUIRE(set != journaled.end());
    CHECK(record::read_body(*set).value().data ==
          json::Object{{"what", "kiosk_pin"}, {"role", "admin"}, {"operator", "kiosk:setup"}});
    start_again_without_pins();
    CHECK(approve().as_array().empty());
    CHECK(choose("teacher") == "denied"); // another start
    show_code();
    CHECK(approve() == json::Array{"teacher"}); // the admin had one
}

TEST_CASE_FIXTURE(NewClassroom, "F30: no first PIN is chosen at the screen after the first punch") {
    log_in("teacher");
    result("manual_punch", json::Object{{"number", "03"}, {"reason", "手部受伤"}});
    start_again_without_pins();
    show_code();
    CHECK(approve().as_array().empty());
    CHECK(choose("admin") == "denied");
}

TEST_CASE("screen: diagnostics name no person, the roster and who is enrolled are an admin's") {
    Classroom room;
    room.log_in("admin");
    const auto report = room.result("diagnostics").at("report").as_object();
    check_impersonal(report);
    CHECK(report.at("roster_trainees") == 4);
    CHECK(report.at("storage").at("free_bytes").to_number<std::int64_t>() > 0);
    CHECK(report.at("network").is_array());
    const auto people = room.result("people").at("people").as_array();
    REQUIRE(people.size() == 4);
    CHECK(people[0].at("name") == "学员");
    CHECK(people[0].at("face") == false);
    CHECK(people[0].at("consents").as_array().empty());
    CHECK(room.order("pick_lesson", json::Object{{"class", "c-1"}, {"lesson", "l-1"}}).at("error").at("code") ==
          "conflict"); // the clock is set
    CHECK(room.result("plan").at("lessons").as_array().size() == 2);
    CHECK(room.order("reload_roster").at("error").at("code") == "invalid_argument");
}

TEST_CASE("screen: whom the bureau asks is called until the time is out, then shown as not seen") {
    Classroom room;
    const auto asked = [](std::string_view state) {
        return [state](const json::Object &status) {
            const auto &people = status.at("asked").as_array();
            return !people.empty() && people[0].at("state").as_string() == state;
        };
    };
    const auto until_ms = wall_ms() + 15'000;
    CHECK(room.command(1, "reverify", {{"people", json::Array{"p-2", "p-else"}}}, 15'000) == "settled");
    const auto called = room.receive("status", asked("called"));
    REQUIRE(called.is_object());
    REQUIRE(called.at("asked").as_array().size() == 1); // nobody else is on the roster
    CHECK(called.at("asked").at(0).at("number") == "02");
    CHECK(called.at("asked").at(0).at("name") == "学*");
    CHECK(called.at("asked").at(0).at("until_ms").as_int64() >= until_ms);
    CHECK(room.receive("status", asked("not_seen")).is_object());

    CHECK(room.command(2, "reverify", {{"people", json::Array{"p-1"}}}, 86'400'000) == "settled");
    const auto bounded = room.receive("status", asked("called"));
    REQUIRE(bounded.is_object()); // to the end of the lesson, not for a day
    CHECK(bounded.at("asked").at(0).at("until_ms") == bounded.at("lessons").at(0).at("end_ms"));
}

TEST_CASE("screen: whoever looks at the classroom from afar is named on the screen meanwhile") {
    Classroom room;
    const auto running =
        room.receive("status", [](const auto &s) { return s.at("devices").at("camera") == "running"; });
    REQUIRE(running.is_object());
    CHECK(running.at("watchers").as_array().empty());
    CHECK(room.command(1, "take_picture", {}, 60'000) == "settled");
    const auto watched = room.receive("status", [](const auto &s) { return !s.at("watchers").as_array().empty(); });
    REQUIRE(watched.is_object());
    CHECK(watched.at("watchers").at(0).at("what") == "take_picture");
    CHECK(watched.at("watchers").at(0).at("by") == "city");
    CHECK(room.command(2, "send_clip", {{"clip", "m-1"}}, 60'000) == "for_sync");
    CHECK(room.receive("status", [](const auto &s) { return s.at("watchers").as_array().size() == 2; }).is_object());
}
