// The whole way to the screen: camera, recognition, journal, kiosk, and a page's WebSocket.
#include "firmware/terminald/screen.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "firmware/core/control_messages/control_messages.hpp"
#include "firmware/core/journal/reader.hpp"
#include "firmware/terminald/terminal.hpp"
#include "tests/firmware/terminald/signed_roster.hpp"
#include "tests/support/face_samples.hpp"
#include "tests/support/web_socket_client.hpp"

using namespace xueshi;
using namespace xueshi::terminald;
using test::wall_ms;

namespace {

/// A terminal before which `photograph` stands (empty: nobody), in a lesson that began a minute ago, and a page that
/// shows it.
class Classroom {
public:
    explicit Classroom(const std::string &photograph = "", bool recognition = false) {
        settings.state_directory = directory / "terminal";
        settings.sync_directory = directory / "sync";
        settings.control_socket = directory / "control.sock";
        settings.clock_source = "host";
        settings.models_manifest = recognition ? std::filesystem::path(test::kModelManifest) : directory / "none.json";
        settings.models_files = test::kModelFiles;
        settings.clip.media_directory = directory / "terminal/media";
        settings.camera_kind = "replay";
        settings.camera.kind = camera::Kind::replay;
        settings.camera.playlist = directory / "playlist.json";
        settings.camera.analysis_width = 960;
        settings.camera.analysis_height = 540;
        settings.camera.preview_frames_per_second = 15;
        settings.enrolment = {.document = false, .witnesses = 0, .least_photographs = 2};
        settings.screen.enabled = true;
        settings.screen.kiosk.port = 0;
        settings.screen.kiosk.web_directory = directory / "web";
        settings.screen.kiosk.preview_width = settings.camera.preview_width;
        settings.screen.kiosk.preview_height = settings.camera.preview_height;
        settings.screen.kiosk.preview_frames_per_second = 15;
        show(photograph);
        start();
    }
    ~Classroom() { stop(); }

    void show(const std::string &photograph) const {
        json::Array items;
        if (!photograph.empty()) {
            const auto file = std::filesystem::absolute(test::kModelFiles) / "samples" / photograph;
            items.push_back(json::Object{{"file", file.string()},
                                         {"from_ms", wall_ms() - 1'000},
                                         {"until_ms", wall_ms() + 3'600'000},
                                         {"motion_seed", 7}});
        }
        const json::Object playlist{{"version", 1}, {"items", std::move(items)}};
        REQUIRE(write_file_durably(settings.camera.playlist, json::serialize(playlist)));
    }
    void start() {
        context.restart();
        auto created = Terminal::create(context, settings);
        REQUIRE_MESSAGE(created, (created ? "" : created.error().message));
        terminal = std::move(*created);
        registry.pin(settings.sync_directory);
        registry.publish(settings.sync_directory, DeviceId(std::string(terminal->status().at("device").as_string())),
                         wall_ms(), wall_ms() - 60'000 - test::FakeClock::kStartMs);
        REQUIRE(terminal->start());
        port = terminal->kiosk_port();
        REQUIRE(port != 0);
        thread = std::thread([this] { context.run(); });
        page = std::make_unique<test::WebSocketClient>(port);
        page->set_deadline(120);
        const auto host = "127.0.0.1:" + std::to_string(port);
        REQUIRE(page->open("/ws", "Host: " + host + "\r\nOrigin: http://" + host + "\r\n").starts_with("HTTP/1.1 101"));
    }
    void stop() {
        if (terminal) {
            page.reset();
            boost::asio::post(context, [this] { terminal->stop(); });
            thread.join();
            terminal.reset();
        }
    }
    json::Object order(std::string_view verb, json::Object arguments = {}) {
        page->send_text(
            json::serialize(json::Object{{"id", ++last_id}, {"verb", verb}, {"arguments", std::move(arguments)}}));
        auto answer = page->receive_type("answer");
        REQUIRE_MESSAGE(answer.is_object(), verb);
        return std::move(answer.get_object());
    }
    json::Object result(std::string_view verb, json::Object arguments = {}) {
        auto answer = order(verb, std::move(arguments));
        REQUIRE_MESSAGE(answer.contains("result"), json::serialize(answer));
        return answer.at("result").as_object();
    }
    /// As root does it at the control socket.
    void set_pin(std::string_view role, std::string_view pin) {
        auto client = control_messages::Client::connect(settings.control_socket);
        REQUIRE(client);
        const auto set = client->call("kiosk_pin", json::Object{{"role", role}, {"pin", pin}}, 60'000);
        REQUIRE_MESSAGE(set, (set ? "" : set.error().message));
    }
    void log_in(std::string_view role, std::string_view pin = "280174") {
        set_pin(role, pin);
        result("login", json::Object{{"role", role}, {"pin", pin}});
    }
    /// The first message of this type that is so; null: none came.
    json::Value receive(std::string_view type, const std::function<bool(const json::Object &)> &is_so) const {
        while (true) {
            auto message = page->receive_type(type);
            if (!message.is_object() || is_so(message.get_object())) {
                return message;
            }
        }
    }
    /// Takes consent of number 03 and enrols the face of two photographs.
    void enrol_face() {
        const auto texts = result("consent_texts").at("texts").as_array();
        REQUIRE_FALSE(texts.empty());
        result("consent", json::Object{{"number", "03"},
                                       {"purpose", texts[0].at("purpose")},
                                       {"text_hash", texts[0].at("text_hash")}});
        json::Array photographs;
        for (const char *name : {"obama2.jpg", "obama3.jpg"}) {
            const auto file = std::filesystem::path(test::kModelFiles) / "samples" / name;
            photographs.emplace_back(base64(as_bytes(read_file(file, 10'000'000).value())));
        }
        result("enrol_face", json::Object{{"number", "03"}, {"photographs", std::move(photographs)}});
    }
    /// The registry orders, as syncd hands it on; `state` of the answer.
    std::string command(std::int64_t number, const std::string &kind, json::Object arguments, std::int64_t valid_ms) {
        identity::Command order;
        order.id = Uuid::v7(wall_ms() + number);
        order.device = DeviceId(std::string(terminal->status().at("device").as_string()));
        order.number = number;
        order.kind = kind;
        order.arguments = std::move(arguments);
        order.ordered_by = "city";
        order.issued_ms = wall_ms();
        order.expires_ms = wall_ms() + valid_ms;
        const auto document = identity::sign_command(registry.signer(), order).value();
        auto client = control_messages::Client::connect(settings.control_socket);
        REQUIRE(client);
        const auto taken = client->call("command", identity::document_fields(document), 60'000);
        REQUIRE_MESSAGE(taken, (taken ? "" : taken.error().message));
        return std::string(taken->at("state").as_string());
    }
    std::vector<record::StoredEvent> events() const {
        auto reader = journal::JournalReader::open(settings.state_directory / "journal.db");
        REQUIRE(reader);
        auto read = reader->read(0, 500);
        REQUIRE(read);
        return *read;
    }

    test::TemporaryDirectory directory;
    test::RosterRegistry registry;
    Settings settings;
    boost::asio::io_context context{1};
    std::unique_ptr<Terminal> terminal;
    std::thread thread;
    std::uint16_t port = 0;
    std::unique_ptr<test::WebSocketClient> page;
    std::int64_t last_id = 0;
};

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

TEST_CASE("screen: a claim and a supervised punch are seen at once, the punch as a result with a receipt that holds") {
    Classroom room;
    CHECK(room.result("claim", json::Object{{"number", "02"}}).at("seq").as_int64() > 0);
    CHECK(room.order("lesson").at("error").at("code") == "denied");
    const auto names = room.result("names").at("people").as_array();
    REQUIRE(names.size() == 4);
    CHECK(names[1].at("number") == "02");
    CHECK(names[1].at("name") == "学*"); // nobody has logged in
    room.log_in("teacher");
    const auto claims = room.result("claims").at("claims").as_array();
    REQUIRE(claims.size() == 1);
    CHECK(claims[0].at("number") == "02");
    room.page->send_text(R"({"id":99,"verb":"manual_punch","arguments":{"number":"01","reason":"hand in plaster"}})");
    const auto punched = room.page->receive_type("answer");
    const auto shown = room.page->receive_type("result");
    REQUIRE(shown.is_object());
    CHECK(shown.at("outcome") == "recorded");
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
        CHECK(event.body.find("280174") == std::string::npos);
        CHECK(event.body.find("999111") == std::string::npos);
        if (event.kind == "operator_action") {
            const auto body = record::read_body(event).value();
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

TEST_CASE("screen: a stranger and then an enrolled face, from the camera to the page") {
    Classroom room("astronaut.png", true);
    const auto refused = room.receive("result", [](const auto &result) { return result.at("outcome") == "refused"; });
    REQUIRE(refused.is_object());
    CHECK(refused.at("reason") == "unknown_person");
    CHECK(refused.at("advice") == "retry");
    CHECK_FALSE(refused.as_object().contains("name"));

    room.log_in("admin");
    room.enrol_face();
    room.result("logout");

    room.show("obama.jpg");
    const auto guided = room.receive("guidance", [](const auto &guidance) { return guidance.at("face").is_object(); });
    REQUIRE(guided.is_object());
    CHECK(guided.at("crowd") == "one");
    const auto &face = guided.at("face");
    CHECK(face.at("x").as_int64() + face.at("width").as_int64() / 2 > 300); // the photograph stands in the middle
    CHECK(face.at("x").as_int64() + face.at("width").as_int64() / 2 < 700);
    const auto shown = room.receive("result", [](const auto &result) { return result.at("outcome") == "recorded"; });
    REQUIRE(shown.is_object());
    CHECK(shown.at("number") == "03");
    CHECK(shown.at("name") == "学*");
    CHECK(shown.at("evidence") == "face");
    CHECK(shown.at("direction") == "check_in");
    REQUIRE(shown.at("punches").as_array().size() == 1);
    CHECK(shown.at("punches").at(0).at("direction") == "check_in");
    CHECK_FALSE(shown.at("reverification").as_bool());
    CHECK(room.receive("guidance", [](const auto &guidance) { return guidance.at("code") == "recorded"; }).is_object());

    CHECK(room.command(1, "reverify", {{"people", json::Array{"p-3"}}}, 3'600'000) == "settled");
    const auto called = room.receive("status", [](const auto &s) { return !s.at("asked").as_array().empty(); });
    REQUIRE(called.is_object());
    CHECK(called.at("asked").at(0).at("state") == "called");
    room.stop(); // the call is still there after a restart; who stands there steps up anew
    room.start();
    const auto answer = room.receive("result", [](const auto &result) { return result.at("outcome") == "recorded"; });
    REQUIRE(answer.is_object());
    CHECK(answer.at("reverification").as_bool());
    CHECK(answer.at("direction") == "moment");
    const auto seen =
        room.receive("status", [](const auto &s) { return s.at("asked").at(0).at("state") == "present"; });
    CHECK(seen.is_object());
}

TEST_CASE("screen: whom the bureau asks is called until the time is out, then shown as not seen") {
    Classroom room;
    const auto asked = [](std::string_view state) {
        return [state](const json::Object &status) {
            const auto &people = status.at("asked").as_array();
            return !people.empty() && people[0].at("state").as_string() == state;
        };
    };
    const auto until_ms = wall_ms() + 5'000;
    CHECK(room.command(1, "reverify", {{"people", json::Array{"p-2", "p-else"}}}, 5'000) == "settled");
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
