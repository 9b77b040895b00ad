#include <doctest/doctest.h>

#include "firmware/fingerprint/uart/module.hpp"
#include "firmware/fingerprint/uart/simulator.hpp"

using namespace xueshi;
using namespace xueshi::fingerprint::uart;
using namespace std::chrono_literals;

namespace {

struct Bench {
    explicit Bench(const Simulator::Options &options = {}, std::uint32_t password = 0,
                   std::chrono::milliseconds patience = 400ms) {
        auto started = Simulator::start(options);
        REQUIRE(started);
        simulator = std::move(*started);
        ModuleOptions line;
        line.device = simulator->device();
        line.password = password;
        line.address = options.address;
        line.patience = patience;
        opened = Module::open(line);
    }
    Module &module() {
        REQUIRE(opened);
        return **opened;
    }
    /// Two impressions of a finger into one template, stored.
    void enrol(int finger, std::uint16_t page) {
        for (const std::uint8_t buffer : {std::uint8_t{1}, std::uint8_t{2}}) {
            simulator->lay(finger);
            REQUIRE(module().take_image() == true);
            REQUIRE(module().extract(buffer) == Confirmation::ok);
        }
        REQUIRE(module().make_model() == Confirmation::ok);
        REQUIRE(module().store(1, page));
    }
    std::optional<Found> search(int finger) {
        simulator->lay(finger);
        REQUIRE(module().take_image() == true);
        REQUIRE(module().extract(1) == Confirmation::ok);
        const auto found = module().search(1, 0, module().parameters().capacity);
        REQUIRE(found);
        return *found;
    }

    std::unique_ptr<Simulator> simulator;
    Expected<std::unique_ptr<Module>> opened = fail(ErrorCode::unavailable, "");
};

} // namespace

TEST_CASE("module: what it says of itself is read when it is opened") {
    Bench bench({.address = 0x12345678, .capacity = 300});
    CHECK(bench.module().parameters().capacity == 300);
    CHECK(bench.module().parameters().address == 0x12345678);
    CHECK(bench.module().parameters().packet_bytes == 128);
    CHECK(bench.module().parameters().baud == 57600);
}

TEST_CASE("module: a wrong password is denied") {
    const Bench wrong({.password = 7}, 8);
    REQUIRE_FALSE(wrong.opened);
    CHECK(wrong.opened.error().code == ErrorCode::denied);
    CHECK(Bench({.password = 7}, 7).opened);
}

TEST_CASE("module: an enrolled finger is found, another is not, an erased one no more") {
    Bench bench;
    bench.enrol(11, 0);
    bench.enrol(12, 1);
    CHECK(bench.module().template_count() == 2);
    CHECK(bench.module().free_page() == 2);
    const auto found = bench.search(12);
    REQUIRE(found);
    CHECK(found->page == 1);
    CHECK(found->score > 0);
    CHECK_FALSE(bench.search(13));
    REQUIRE(bench.module().erase(1, 1));
    CHECK_FALSE(bench.search(12));
    CHECK(bench.search(11));
    REQUIRE(bench.module().empty());
    CHECK_FALSE(bench.search(11));
    CHECK(bench.module().template_count() == 0);
}

TEST_CASE("module: no finger, a poor one and two different ones are told apart") {
    Bench bench;
    CHECK(bench.module().take_image() == false);
    bench.simulator->lay(1, Confirmation::too_few_features);
    CHECK(bench.module().take_image() == true);
    CHECK(bench.module().extract(1) == Confirmation::too_few_features);
    for (const int finger : {1, 2}) {
        bench.simulator->lay(finger);
        REQUIRE(bench.module().take_image() == true);
        REQUIRE(bench.module().extract(static_cast<std::uint8_t>(finger)) == Confirmation::ok);
    }
    CHECK(bench.module().make_model() == Confirmation::not_the_same_finger);
}

TEST_CASE("module: a template goes out and comes back whole") {
    Bench bench;
    bench.enrol(21, 5);
    REQUIRE(bench.module().load(2, 5));
    const auto bytes = bench.module().read_template(2);
    REQUIRE(bytes);
    CHECK(bytes->size() == 512);
    REQUIRE(bench.module().empty());
    REQUIRE(bench.module().write_template(1, *bytes));
    REQUIRE(bench.module().store(1, 9));
    const auto found = bench.search(21);
    REQUIRE(found);
    CHECK(found->page == 9);
    const auto absent = bench.module().load(1, 30);
    REQUIRE_FALSE(absent);
    CHECK(absent.error().code == ErrorCode::not_found);
}

TEST_CASE("module: a template that was spoilt on its way is asked for again, never taken with a piece missing") {
    Bench bench;
    bench.enrol(21, 5);
    REQUIRE(bench.module().load(2, 5));
    const auto whole = bench.module().read_template(2).value();
    for (int spoilt = 1; spoilt <= 5; ++spoilt) { // of four packets each time
        bench.simulator->set_faults({.spoilt_data = spoilt});
        CHECK(bench.module().read_template(2).value() == whole);
    }
    bench.simulator->set_faults({.spoilt_data = 1000});
    CHECK(bench.module().read_template(2).error().code == ErrorCode::timeout);
}

TEST_CASE("module: a full store is told before anything is overwritten") {
    Bench bench({.capacity = 3});
    for (std::uint16_t page = 0; page < 3; ++page) {
        bench.enrol(page + 1, page);
    }
    const auto free = bench.module().free_page();
    REQUIRE_FALSE(free);
    CHECK(free.error().code == ErrorCode::no_space);
    const auto beyond = bench.module().store(1, 3);
    REQUIRE_FALSE(beyond);
    CHECK(beyond.error().code == ErrorCode::no_space);
    CHECK(bench.simulator->stored() == 3);
}

TEST_CASE("module: noise, answers in pieces and merged with others do no harm") {
    Bench bench({}, 0, 20s); // a busy machine takes its time for each piece
    Simulator::Faults faults;
    faults.noise = 1000;
    faults.doubled = true;
    SUBCASE("in one piece") {}
    SUBCASE("in bytes") {
        faults.in_bytes = true;
    }
    bench.simulator->set_faults(faults);
    bench.enrol(31, 4);
    const auto found = bench.search(31);
    REQUIRE(found);
    CHECK(found->page == 4);
}

TEST_CASE("module: an answer that was spoilt or lost is asked for again") {
    Bench bench;
    bench.simulator->lay(1);
    for (const bool lost : {true, false}) {
        Simulator::Faults faults;
        (lost ? faults.silent : faults.wrong_sum) = 2;
        const auto before = bench.simulator->orders();
        bench.simulator->set_faults(faults);
        CHECK(bench.module().take_image() == true);
        CHECK(bench.simulator->orders() == before + 3);
    }
}

TEST_CASE("module: a late answer to an order that was sent again is not taken for the next order's") {
    Bench bench({}, 0, 2s);
    bench.enrol(31, 4);
    bench.simulator->lay(std::nullopt);
    Simulator::Faults faults;
    faults.busy = {3s, 500ms}; // the first answer comes while the second try waits, the second after it
    bench.simulator->set_faults(faults);
    CHECK(bench.module().template_count() == 1);
    CHECK(bench.module().take_image() == false);
}

TEST_CASE("module: one that stays silent is a timeout, one that vanishes is gone") {
    Bench bench;
    Simulator::Faults faults;
    faults.silent = 3;
    bench.simulator->set_faults(faults);
    const auto silent = bench.module().template_count();
    REQUIRE_FALSE(silent);
    CHECK(silent.error().code == ErrorCode::timeout);
    CHECK(bench.module().template_count() == 0); // and is back
    bench.simulator->vanish();
    const auto gone = bench.module().take_image();
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code == ErrorCode::unavailable);
    ModuleOptions elsewhere;
    elsewhere.device = "/nonexistent/tty";
    const auto nobody = Module::open(elsewhere);
    REQUIRE_FALSE(nobody);
    CHECK(nobody.error().code == ErrorCode::unavailable);
}

TEST_CASE("module: the ring shines where there is one") {
    Bench with({.ring = true});
    CHECK(with.module().light(Light::breathing, Colour::blue));
    Bench without;
    const auto dark = without.module().light(Light::on, Colour::red);
    REQUIRE_FALSE(dark);
    CHECK(dark.error().code == ErrorCode::unsupported);
}
