#include "firmware/fingerprint/uart/reader.hpp"

#include <filesystem>
#include <future>

#include <doctest/doctest.h>

#include "firmware/fingerprint/uart/simulator.hpp"
#include "tests/support/reader_events.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::fingerprint;
using namespace xueshi::fingerprint::uart;

namespace {

/// A reader on a simulated module, whose line has the same name when it comes back.
class Bench : public test::ReaderEvents {
public:
    explicit Bench(const Simulator::Options &options = {},
                   std::chrono::milliseconds patience = ModuleOptions().patience)
        : simulator(Simulator::start(options).value()) {
        plug(*simulator);
        ModuleOptions line;
        line.device = directory_ / "module";
        line.patience = patience;
        auto opened = open_uart_reader(line);
        REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
        reader = std::move(*opened);
        REQUIRE(reader->start(callbacks()));
    }
    void plug(const Simulator &module) const {
        std::filesystem::remove(directory_ / "module");
        std::filesystem::create_symlink(module.device(), directory_ / "module");
    }
    void come_back() {
        REQUIRE(simulator->come_back());
        plug(*simulator);
        REQUIRE(presence() == true);
    }
    /// The reader has been through its loop: it has seen what lies there, and obeyed what was ordered.
    void let_it_look() const {
        const auto orders = simulator->orders();
        for (int i = 0; i < 500 && simulator->orders() < orders + 3; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
    void lift() {
        simulator->lay(std::nullopt);
        let_it_look();
    }
    void use(const std::vector<ReaderPrint> &prints) {
        REQUIRE(reader->set_prints(prints));
        let_it_look();
    }
    /// What it says of a finger; "?" when it says nothing.
    std::string touch(int finger) {
        simulator->lay(finger);
        const std::string label = matched().value_or("?");
        lift();
        return label;
    }
    void take(const std::string &label, int finger, const std::vector<ReaderPrint> &others = {}) {
        REQUIRE(reader->enrol(label, others));
        REQUIRE(wait_for_stage(0)); // a finger laid on before is one to be matched
        for (int stage = 1; stage <= 2; ++stage) {
            simulator->lay(finger);
            REQUIRE(wait_for_stage(stage));
            lift();
        }
    }
    ReaderPrint enrol(const std::string &label, int finger) {
        take(label, finger);
        const auto print = enrolled();
        REQUIRE(print);
        REQUIRE_MESSAGE(*print, (*print ? "" : print->error().message));
        return **print;
    }

private:
    test::TemporaryDirectory directory_;

public:
    std::unique_ptr<Simulator> simulator;
    std::unique_ptr<Reader> reader;
};

} // namespace

TEST_CASE("module as reader: what it can do, and that a simulated one is virtual") {
    const Bench bench({.capacity = 120});
    const auto can = bench.reader->capabilities();
    CHECK(can.matches_itself);
    CHECK(can.identifies);
    CHECK(can.stores_templates);
    CHECK_FALSE(can.gives_minutiae);
    CHECK(can.enrol_stages == 2);
    CHECK(can.capacity == 120);
    CHECK(bench.reader->driver() == "uart");
    CHECK(bench.reader->is_virtual());
}

TEST_CASE("module as reader: an enrolled finger is matched, a stranger's and one that does not count are not") {
    Bench bench;
    const ReaderPrint first = bench.enrol("first", 11);
    const ReaderPrint second = bench.enrol("second", 12);
    CHECK(bench.simulator->stored() == 2);
    bench.use({first, second});
    CHECK(bench.touch(12) == "second");
    CHECK(bench.touch(11) == "first");
    CHECK(bench.touch(13).empty());
    bench.use({second});
    CHECK(bench.touch(11).empty());
}

TEST_CASE("module as reader: the next finger is taken though the one before was lifted while the module was busy") {
    Bench bench;
    std::promise<void> taken;
    bool ordered = false; // the second enrolment; in the reader's thread
    bench.when_stage = [&](int done) {
        if (done == 2) { // from here on nobody looks whether the finger is still there
            bench.simulator->lay(std::nullopt);
            ordered = bench.reader->enrol("second", {}).has_value();
        } else if (ordered && done == 0) {
            bench.simulator->lay(12);
        } else if (ordered && done == 1) {
            taken.set_value();
        }
    };
    REQUIRE(bench.reader->enrol("first", {}));
    REQUIRE(bench.wait_for_stage(0));
    bench.simulator->lay(11);
    REQUIRE(bench.wait_for_stage(1));
    bench.lift();
    bench.simulator->lay(11);
    CHECK(taken.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
    bench.reader->stop();
}

TEST_CASE("module as reader: a finger that stays on it is reported once") {
    Bench bench;
    bench.simulator->lay(5);
    CHECK(bench.matched() == "");
    const auto orders = bench.simulator->orders();
    while (bench.simulator->orders() < orders + 5) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    bench.simulator->lay(std::nullopt);
    CHECK(bench.simulator->orders() < orders + 20); // not searched again at each look
}

TEST_CASE("module as reader: why a finger cannot be used is told, in check-in and in enrolment") {
    Bench bench;
    bench.simulator->lay(1, Confirmation::too_few_features);
    CHECK(bench.retry() == Retry::too_few_minutiae);
    bench.lift();
    bench.simulator->lay(1, Confirmation::too_disorderly);
    CHECK(bench.retry() == Retry::too_many_minutiae);
    bench.lift();
    REQUIRE(bench.reader->enrol("label", {}));
    REQUIRE(bench.wait_for_stage(0));
    bench.simulator->lay(1);
    REQUIRE(bench.wait_for_stage(1));
    bench.lift();
    bench.simulator->lay(2);
    CHECK(bench.retry() == Retry::not_the_same_finger);
    bench.reader->cancel_enrolment();
    const auto print = bench.enrolled();
    REQUIRE(print);
    CHECK(print->error().code == ErrorCode::cancelled);
    CHECK(bench.simulator->stored() == 0);
}

TEST_CASE("module as reader: a finger that is enrolled already is told by its label, and not stored again") {
    Bench bench;
    const ReaderPrint print = bench.enrol("first", 11);
    bench.take("again", 11, {print});
    CHECK(bench.known() == "first");
    CHECK(bench.simulator->stored() == 1);
}

TEST_CASE("module as reader: what an enrolment left that was cut off is emptied when its finger comes again") {
    Bench bench;
    bench.simulator->put(7, 11); // nobody's
    const ReaderPrint print = bench.enrol("first", 11);
    CHECK(bench.simulator->stored() == 1);
    bench.use({print});
    CHECK(bench.touch(11) == "first");
}

TEST_CASE("F28: a finger that somebody stored in another person's place is nobody's, and that is told") {
    Bench bench;
    const ReaderPrint print = bench.enrol("first", 11);
    bench.use({print});
    bench.simulator->put(0, 66);
    CHECK(bench.touch(66).empty());
    CHECK(bench.exchanged() == "first");
}

TEST_CASE("F28, F35: a noisy line makes no print another's, and lets none be called gone that is there") {
    Bench bench;
    const ReaderPrint print = bench.enrol("first", 11);
    bench.use({print});
    bench.simulator->set_faults({.spoilt_data = 1});
    CHECK(bench.touch(11) == "first");
    bench.simulator->set_faults({.spoilt_data = 1});
    REQUIRE(bench.reader->forget(print));
    CHECK(bench.forgotten().value_or(fail(ErrorCode::timeout, "")));
    CHECK(bench.simulator->stored() == 0);
}

TEST_CASE("F35: a forgotten print is gone from the module, and asked again it is gone still") {
    Bench bench;
    const ReaderPrint print = bench.enrol("first", 11);
    const ReaderPrint other = bench.enrol("second", 12);
    REQUIRE(bench.reader->forget(print));
    CHECK(bench.forgotten().value_or(fail(ErrorCode::timeout, "")));
    CHECK(bench.simulator->stored() == 1);
    bench.simulator->put(0, 13); // its place has been given away
    REQUIRE(bench.reader->forget(print));
    CHECK(bench.forgotten().value_or(fail(ErrorCode::timeout, "")));
    CHECK(bench.simulator->stored() == 2);
    bench.use({other});
    CHECK(bench.touch(12) == "second");
}

TEST_CASE("module as reader: unplugged it says so, refuses orders, and goes on when it is back") {
    Bench bench;
    const ReaderPrint print = bench.enrol("first", 11);
    const std::string family = bench.reader->family();
    bench.use({print});
    bench.simulator->vanish();
    CHECK(bench.presence() == false);
    REQUIRE(bench.reader->forget(print));
    const auto done = bench.forgotten();
    REQUIRE(done);
    REQUIRE_FALSE(*done);
    CHECK(done->error().code == ErrorCode::unavailable);
    REQUIRE(bench.reader->enrol("second", {}));
    const auto refused = bench.enrolled();
    REQUIRE(refused);
    CHECK(refused->error().code == ErrorCode::unavailable);
    bench.come_back();
    CHECK(bench.reader->family() == family);
    CHECK(bench.touch(11) == "first");
}

TEST_CASE("module as reader: another module in its place is another family") {
    Bench bench;
    const std::string family = bench.reader->family();
    bench.simulator->vanish();
    CHECK(bench.presence() == false);
    const auto other = Simulator::start({}).value();
    bench.plug(*other);
    CHECK(bench.presence() == true);
    CHECK(bench.reader->family() != family);
    bench.reader.reset();
    const Bench without({.notepad = false});
    CHECK(without.reader->family() == "uart-0-1");
}

TEST_CASE("module as reader: a module that vanishes in the middle of an enrolment ends it") {
    Bench bench;
    REQUIRE(bench.reader->enrol("first", {}));
    REQUIRE(bench.wait_for_stage(0));
    bench.simulator->lay(1);
    REQUIRE(bench.wait_for_stage(1));
    bench.simulator->vanish();
    const auto print = bench.enrolled();
    REQUIRE(print);
    REQUIRE_FALSE(*print);
    CHECK(print->error().code == ErrorCode::unavailable);
    CHECK(bench.presence() == false);
}

TEST_CASE("module as reader: a full module takes no further finger, and says so") {
    Bench bench({.capacity = 1});
    (void)bench.enrol("first", 11);
    bench.take("second", 12);
    const auto print = bench.enrolled();
    REQUIRE(print);
    REQUIRE_FALSE(*print);
    CHECK(print->error().code == ErrorCode::no_space);
    CHECK(bench.simulator->stored() == 1);
}

TEST_CASE("module as reader: noise and answers in pieces do no harm") {
    Bench bench({}, std::chrono::seconds(20)); // a busy machine takes its time for each piece
    Simulator::Faults faults;
    faults.noise = 100'000;
    faults.in_bytes = true;
    bench.simulator->set_faults(faults);
    const ReaderPrint print = bench.enrol("first", 11);
    bench.use({print});
    CHECK(bench.touch(11) == "first");
}
