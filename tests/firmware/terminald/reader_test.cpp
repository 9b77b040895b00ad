// A fingerprint reader that matches by itself, from the configuration to the journal.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <thread>

#include "firmware/checkin/consent_texts.hpp"
#include "firmware/core/control_messages/control_messages.hpp"
#include "firmware/fingerprint/uart/simulator.hpp"
#include "firmware/fingerprint/virtual/feeder.hpp"
#include "firmware/fingerprint/virtual/synthetic.hpp"
#include "tests/firmware/terminald/bare_terminal.hpp"
#include "tests/support/virtual_chip_reader.hpp"

using namespace xueshi;
using namespace xueshi::terminald;
using control_messages::Client;
using fingerprint::uart::Simulator;

namespace {

/// A terminal with a roster, whose loop runs in a thread of its own, and somebody at its control socket.
class TerminalWithReader : public test::BareTerminal {
public:
    TerminalWithReader() : BareTerminal(false) {}
    ~TerminalWithReader() override { end(); }

    /// Lessons are open now: whoever is enrolled may punch.
    void begin() {
        start();
        registry.pin(directory / "sync");
        registry.publish(directory / "sync", device(), 5, test::wall_ms() - test::FakeClock::kStartMs);
        REQUIRE(terminal->reload_roster());
        loop_ = std::thread([this] { context.run(); });
        REQUIRE(wait_for([this] { return reader().at("running").as_bool(); }));
    }
    void end() {
        if (loop_.joinable()) {
            boost::asio::post(context, [this] { terminal->stop(); });
            loop_.join();
            terminal.reset();
        }
    }
    Expected<json::Object> call(std::string_view verb, json::Object arguments,
                                const std::function<void(const json::Object &)> &progress = {}) const {
        auto client = Client::connect(directory / "control.sock");
        REQUIRE(client);
        return client->call(verb, std::move(arguments), 20'000, progress);
    }
    json::Object status() const { return call("status", {}).value(); }
    json::Object reader() const { return status().at("reader").as_object(); }
    std::string outcome() const { return std::string(status().at("checkin").as_object().at("finger").as_string()); }
    void agree(const char *number) const {
        const auto *text = checkin::consent_text("finger", "zh-CN");
        REQUIRE(call("consent", {{"number", number}, {"purpose", "finger"}, {"text_hash", checkin::hash_of(*text)}}));
    }
    static bool wait_for(const std::function<bool()> &condition) {
        for (int i = 0; i < 300; ++i) {
            if (condition()) {
                return true;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        return false;
    }
    /// Bodies of the events of a kind.
    std::vector<record::EventBody> of_kind(const char *kind) const {
        std::vector<record::EventBody> found;
        for (const auto &event : events()) {
            if (event.kind == kind) {
                found.push_back(record::read_body(event).value());
            }
        }
        return found;
    }
    std::vector<std::string> texts_of(const char *kind, const char *field) const {
        std::vector<std::string> texts;
        for (const auto &body : of_kind(kind)) {
            texts.emplace_back(body.data.at(field).as_string());
        }
        return texts;
    }

private:
    std::thread loop_;
};

/// With a simulated module on its serial line.
class TerminalWithModule : public TerminalWithReader {
public:
    TerminalWithModule() : simulator(Simulator::start({}).value()) {
        plug();
        begin();
    }
    ~TerminalWithModule() override { end(); }

    Settings settings() const override {
        auto made = BareTerminal::settings();
        made.fingerprint.driver = "uart";
        made.fingerprint.module.device = directory / "module";
        made.fingerprint.module.patience = std::chrono::seconds(2); // a busy machine is late, not gone
        return made;
    }
    void plug() const {
        std::filesystem::remove(directory / "module");
        std::filesystem::create_symlink(simulator->device(), directory / "module");
    }
    void unplug() {
        simulator->vanish();
        REQUIRE(wait_for([this] { return !reader().at("running").as_bool(); }));
    }
    void plug_again() {
        REQUIRE(simulator->come_back());
        plug();
        REQUIRE(wait_for([this] { return reader().at("running").as_bool(); }));
    }
    void begin_again() {
        REQUIRE(simulator->come_back());
        plug();
        begin();
        REQUIRE(wait_for([this] { return simulator->stored() == 0; }));
        REQUIRE(wait_for([this] { return reader().at("still_to_erase").as_int64() == 0; }));
    }
    void let_it_look() const {
        const auto orders = simulator->orders();
        CHECK(wait_for([&] { return simulator->orders() >= orders + 3; }));
    }
    /// A hand that does as it is told.
    Expected<json::Object> enrol(const char *number, const char *finger, int print) {
        auto answer = call("enrol_finger", {{"number", number}, {"finger", finger}}, [&](const json::Object &line) {
            if (!line.contains("guidance")) {
                return;
            }
            told.emplace_back(line.at("guidance").as_string());
            simulator->lay(std::nullopt);
            let_it_look();
            if (told.back() != "finger_taken") {
                simulator->lay(print);
            }
        });
        simulator->lay(std::nullopt);
        let_it_look();
        return answer;
    }
    void touch(int print) {
        simulator->lay(print);
        CHECK(wait_for([&] { return outcome() != "none" && outcome() != "reader_absent"; }));
        let_it_look();
        simulator->lay(std::nullopt);
        let_it_look();
    }

    std::unique_ptr<Simulator> simulator;
    std::vector<std::string> told;
};

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE_FIXTURE(TerminalWithModule,
                  "terminald: with a serial module a finger is enrolled and punches, without a margin") {
    agree("03");
    const auto enrolled = enrol("03", "left_index", 33);
    REQUIRE_MESSAGE(enrolled, (enrolled ? "" : enrolled.error().message));
    CHECK(told == Texts{"finger_please", "lift_and_retry", "finger_taken"});
    const auto enrolment = of_kind("enrolment");
    REQUIRE(enrolment.size() == 1);
    CHECK(std::string_view(enrolment[0].data.at("model").as_string()).starts_with("uart-"));
    CHECK(enrolment[0].source == record::Source{record::SourceKind::virtual_device, "uart"});

    touch(33);
    REQUIRE(wait_for([this] { return of_kind("punch").size() == 1; }));
    const auto punch = of_kind("punch")[0];
    CHECK(punch.data.at("person").as_string() == "p-3");
    CHECK(punch.data.at("matched_by").as_string() == "reader");
    CHECK_FALSE(punch.data.contains("margin_millionths"));
    CHECK(outcome() == "matched");
    touch(44);
    REQUIRE(wait_for([this] { return of_kind("refused_attempt").size() == 1; }));
    CHECK(of_kind("refused_attempt")[0].data.at("reason").as_string() == "no_match_finger");
    CHECK(outcome() == "not_matched");
    agree("04");
    const auto duplicate = enrol("04", "left_index", 33);
    REQUIRE_FALSE(duplicate);
    CHECK(duplicate.error().code == ErrorCode::conflict);
    CHECK(simulator->stored() == 1);
}

TEST_CASE_FIXTURE(TerminalWithModule,
                  "F35: an erasure is done in the module too, and is said to be when it confirmed") {
    agree("03");
    REQUIRE(enrol("03", "left_index", 33));
    const auto erased = call("erase", {{"number", "03"}, {"reason", "consent withdrawn"}});
    REQUIRE(erased);
    CHECK(erased->at("left_in_reader").as_int64() == 0);
    CHECK(simulator->stored() == 0);
    CHECK(texts_of("erasure", "factor") == Texts{"all", "reader"});
    CHECK(of_kind("erasure")[0].data.at("left_in_reader").as_int64() == 1);
    CHECK(of_kind("erasure")[1].source.driver == "uart");
}

TEST_CASE_FIXTURE(TerminalWithModule, "F35: a module that is away at the erasure is erased when it comes back") {
    agree("03");
    REQUIRE(enrol("03", "left_index", 33));
    unplug();
    CHECK(outcome() == "reader_absent");
    const auto erased = call("erase", {{"number", "03"}, {"reason", "consent withdrawn"}});
    REQUIRE(erased);
    CHECK(erased->at("left_in_reader").as_int64() == 1);
    CHECK(texts_of("erasure", "factor") == Texts{"all"});
    CHECK(reader().at("still_to_erase").as_int64() == 1);
    CHECK(simulator->stored() == 1);
    end(); // also over a restart
    begin_again();
    CHECK(texts_of("erasure", "factor") == Texts{"all", "reader"});
    CHECK(simulator->stored() == 0);
    CHECK(reader().at("still_to_erase").as_int64() == 0);
}

TEST_CASE_FIXTURE(TerminalWithModule, "terminald: a reader that is unplugged and back is journaled, and goes on") {
    agree("03");
    REQUIRE(enrol("03", "left_index", 33));
    unplug();
    plug_again();
    CHECK(texts_of("reader_gap", "state") == Texts{"up", "down", "up"});
    CHECK(of_kind("reader_gap")[1].source.driver == "uart");
    CHECK(of_kind("reader_gap")[1].data.at("reason").as_string() == "unplugged");
    CHECK(of_kind("reader_gap")[2].data.at("lost_ms").as_int64() >= 0);
    touch(33);
    CHECK(wait_for([this] { return of_kind("punch").size() == 1; }));
}

TEST_CASE_FIXTURE(TerminalWithModule,
                  "F28: somebody else's finger stored in a person's place makes no punch but an alarm") {
    agree("03");
    REQUIRE(enrol("03", "left_index", 33));
    simulator->put(0, 66);
    touch(66);
    REQUIRE(wait_for([this] { return of_kind("tamper").size() == 1; }));
    CHECK(of_kind("tamper")[0].data.at("what").as_string() == "reader_print");
    CHECK(of_kind("tamper")[0].data.at("person").as_string() == "p-3");
    CHECK(of_kind("punch").empty());
}

TEST_CASE_FIXTURE(TerminalWithModule,
                  "terminald: another module is another family: its fingers are named, and not used") {
    agree("03");
    REQUIRE(enrol("03", "left_index", 33));
    unplug();
    simulator = Simulator::start({}).value();
    plug();
    REQUIRE(wait_for([this] { return reader().at("running").as_bool(); }));
    const auto foreign = reader().at("foreign_fingers").as_array();
    REQUIRE(foreign.size() == 1);
    CHECK(foreign[0].as_object().at("number").as_string() == "03");
    CHECK(foreign[0].as_object().at("finger").as_string() == "left_index");
    CHECK(foreign[0].as_object().at("family").as_string() != reader().at("family").as_string());
    simulator->put(0, 33); // the other terminal's module has such a finger
    touch(33);
    CHECK(of_kind("punch").empty());
}

namespace {

/// With libfprint's simulation of a reader that matches on its chip and keeps the prints in itself.
class TerminalWithChip : public TerminalWithReader {
public:
    TerminalWithChip() { begin(); }
    ~TerminalWithChip() override { end(); }
    Settings settings() const override {
        auto made = BareTerminal::settings();
        made.fingerprint.driver = "virtual_device_storage";
        return made;
    }

    test::VirtualChipReader chip{"", "virtual_device_storage"};
};

} // namespace

TEST_CASE_FIXTURE(TerminalWithChip,
                  "terminald: with a reader that matches on its chip a finger is enrolled, punches and is erased") {
    agree("03");
    std::atomic<int> stages = -1;
    std::thread hand([&] {
        for (int stage = 0; stage < 5; ++stage) {
            CHECK(wait_for([&] { return stages >= stage; }));
            CHECK(chip.tell("SCAN thumb"));
        }
    });
    const auto enrolled = call("enrol_finger", {{"number", "03"}, {"finger", "right_thumb"}},
                               [&](const json::Object &line) { stages = line.at("stage").to_number<int>(); });
    hand.join();
    REQUIRE_MESSAGE(enrolled, (enrolled ? "" : enrolled.error().message));
    CHECK(enrolled->at("samples").as_int64() == 5);
    CHECK(of_kind("enrolment")[0].data.at("model").as_string() == "libfprint-virtual_device_storage-1");

    REQUIRE(wait_for([this] {
        CHECK(chip.tell("SCAN thumb"));
        return of_kind("punch").size() == 1;
    }));
    CHECK(of_kind("punch")[0].data.at("matched_by").as_string() == "reader");
    CHECK(of_kind("punch")[0].source == record::Source{record::SourceKind::virtual_device, "virtual_device_storage"});

    REQUIRE(chip.tell("UNPLUG"));
    CHECK(wait_for([this] { return texts_of("reader_gap", "state") == Texts{"up", "down", "up"}; }));
    const auto erased = call("erase", {{"number", "03"}, {"reason", "consent withdrawn"}});
    REQUIRE(erased);
    CHECK(erased->at("left_in_reader").as_int64() == 0);
    CHECK(texts_of("erasure", "factor") == Texts{"all", "reader"});
}

namespace {

/// With libfprint's virtual image reader, and pictures of synthetic fingers laid on it.
class TerminalWithPictures : public TerminalWithReader {
public:
    explicit TerminalWithPictures(bool bozorth3) : bozorth3_(bozorth3), feeder_(directory / "finger") {
        ::setenv("FP_VIRTUAL_IMAGE", (directory / "finger").c_str(), 1);
        begin();
    }
    ~TerminalWithPictures() override { end(); }
    Settings settings() const override {
        auto made = BareTerminal::settings();
        made.fingerprint.driver = "virtual_image";
        made.fingerprint.bozorth3 = bozorth3_;
        return made;
    }
    void show(const fingerprint::SyntheticFinger &finger, int impression) {
        CHECK(feeder_.show(finger.impression(impression), std::chrono::seconds(20)));
    }
    Expected<json::Object> enrol(const char *number, const fingerprint::SyntheticFinger &finger) {
        agree(number);
        std::atomic<int> stages = -1;
        std::thread hand([&] {
            for (int stage = 0; stage < 5; ++stage) {
                CHECK(wait_for([&] { return stages >= stage; }));
                show(finger, stage + 1);
            }
        });
        auto enrolled = call("enrol_finger", {{"number", number}, {"finger", "right_thumb"}},
                             [&](const json::Object &line) { stages = line.at("stage").to_number<int>(); });
        hand.join();
        return enrolled;
    }
    /// Until there is a punch: the first may come before the reader was told whose prints count, and the driver drops a
    /// picture that comes while it works on another.
    json::Object punch(const fingerprint::SyntheticFinger &finger) {
        int impression = 6;
        REQUIRE(wait_for([&] {
            show(finger, impression++);
            return !of_kind("punch").empty();
        }));
        return of_kind("punch")[0].data;
    }

private:
    bool bozorth3_;
    fingerprint::Feeder feeder_;
};

} // namespace

TEST_CASE("terminald: with bozorth3 as matcher a finger is enrolled and punches, without a margin") {
    TerminalWithPictures terminal(true);
    const fingerprint::SyntheticFinger own(11, 1), stranger(23, 1);
    const auto enrolled = terminal.enrol("03", own);
    REQUIRE_MESSAGE(enrolled, (enrolled ? "" : enrolled.error().message));
    CHECK(terminal.of_kind("enrolment")[0].data.at("model").as_string() == "libfprint-virtual_image-bozorth3-1");
    const auto punch = terminal.punch(own);
    CHECK(punch.at("matched_by").as_string() == "reader");
    CHECK(punch.at("model").as_string() == "libfprint-virtual_image-bozorth3-1");
    REQUIRE(TerminalWithReader::wait_for([&] { return terminal.outcome() == "matched"; }));
    const auto punches = terminal.of_kind("punch").size();
    CHECK(TerminalWithReader::wait_for([&] {
        terminal.show(stranger, 1);
        return terminal.outcome() == "not_matched";
    }));
    CHECK(terminal.of_kind("punch").size() == punches);
}

TEST_CASE("terminald: with a reader that gives minutiae a finger is enrolled and punches, with its score") {
    TerminalWithPictures terminal(false);
    const fingerprint::SyntheticFinger own(11, 1);
    const auto enrolled = terminal.enrol("03", own);
    REQUIRE_MESSAGE(enrolled, (enrolled ? "" : enrolled.error().message));
    CHECK(terminal.of_kind("enrolment")[0].data.at("model").as_string() == "minutiae-1");
    const auto punch = terminal.punch(own);
    CHECK_FALSE(punch.contains("matched_by"));
    CHECK(punch.at("score_millionths").as_int64() > 340'000);
    CHECK(terminal.reader().at("still_to_erase").as_int64() == 0);
}
