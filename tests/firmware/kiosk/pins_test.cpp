#include "firmware/kiosk/pins.hpp"

#include <sys/stat.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::kiosk;
namespace asio = boost::asio;

namespace {

constexpr const char *kPin = "280174", *kOther = "935206";

struct Fixture {
    template <typename Result>
    Result wait(asio::awaitable<Result> work) {
        asio::io_context context;
        std::optional<Result> result;
        asio::co_spawn(context, std::move(work),
                       [&](const std::exception_ptr &, Result done) { result = std::move(done); });
        context.run();
        return std::move(*result);
    }
    std::string check(Pins &pins, const char *pin, Role role = Role::teacher) {
        const auto refusal = wait(pins.check(role, pin));
        last_wait_ms = refusal ? refusal->wait_ms : -1;
        return refusal ? std::string(to_string(refusal->error.code)) : "";
    }
    void set(Pins &pins, Role role = Role::teacher, const char *pin = kPin) { REQUIRE(wait(pins.set(role, pin))); }

    test::TemporaryDirectory directory;
    std::filesystem::path file = directory / "kiosk_pins.json";
    test::FakeClock clock;
    std::int64_t last_wait_ms = -1;
};

} // namespace

TEST_CASE_FIXTURE(Fixture, "F30: without a PIN nobody is let in, and there is no default") {
    Pins pins(file, clock);
    for (const char *guess : {"", "000000", "123456", "888888", "admin"}) {
        CHECK(check(pins, guess) == "not_found");
    }
    CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE_FIXTURE(Fixture, "F30: a first PIN is set where there is none, and never in place of one") {
    Pins pins(file, clock);
    const auto set_first = [&](const char *pin) {
        const auto done = wait(pins.set_first(Role::admin, pin));
        return done ? std::string() : std::string(to_string(done.error().code));
    };
    CHECK(set_first("123456") == "invalid_argument");
    CHECK(set_first(kPin) == "");
    CHECK(set_first(kOther) == "conflict");
    CHECK(check(pins, kOther, Role::admin) == "denied");
    CHECK(check(pins, kPin, Role::admin) == "");
    CHECK_FALSE(pins.is_set(Role::teacher));
}

TEST_CASE_FIXTURE(Fixture, "F30: of two first PINs that are chosen at the same time one is set") {
    Pins pins(file, clock);
    asio::io_context context;
    int set = 0, refused = 0;
    const auto count = [&](const std::exception_ptr &, const Expected<void> &done) {
        set += done ? 1 : 0;
        refused += !done && done.error().code == ErrorCode::conflict ? 1 : 0;
    };
    asio::co_spawn(context, pins.set_first(Role::admin, kPin), count);
    asio::co_spawn(context, pins.set_first(Role::admin, kOther), count);
    context.run();
    CHECK(set == 1);
    CHECK(refused == 1);
}

TEST_CASE_FIXTURE(Fixture, "F30: a PIN is kept as a salted hash that only its owner may read, and survives a restart") {
    {
        Pins pins(file, clock);
        set(pins);
        set(pins, Role::admin); // the same PIN, another salt
        CHECK(check(pins, kPin) == "");
        CHECK(check(pins, kOther, Role::admin) == "denied");
    }
    struct stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    const auto text = read_file(file, 10'000).value();
    CHECK(text.find(kPin) == std::string::npos);
    const auto value = json::parse(text).value();
    CHECK(value.at("teacher").at("scrypt") != value.at("admin").at("scrypt"));
    CHECK(value.at("teacher").at("scrypt").as_string().size() == 64);
    Pins again(file, clock);
    CHECK(check(again, kPin) == "");
    CHECK(check(again, kOther) == "denied");
}

TEST_CASE_FIXTURE(Fixture, "F30: wrong PINs lock a role for longer and longer; the right one waits as well") {
    Pins pins(file, clock);
    set(pins);
    set(pins, Role::admin, kOther);
    CHECK(check(pins, kOther) == "denied");
    CHECK(last_wait_ms == 0);
    CHECK(check(pins, kOther) == "denied");
    CHECK(check(pins, kOther) == "denied");
    CHECK(last_wait_ms == 30'000);
    CHECK(check(pins, kPin) == "unavailable");
    CHECK(last_wait_ms == 30'000);
    CHECK(check(pins, kOther, Role::admin) == ""); // the other role is not locked
    clock.advance(29'999);
    CHECK(check(pins, kPin) == "unavailable");
    clock.advance(1);
    CHECK(check(pins, kOther) == "denied");
    CHECK(last_wait_ms == 60'000);
    clock.advance(60'000);
    CHECK(check(pins, kPin) == "");
    CHECK(check(pins, kOther) == "denied"); // counted from the beginning again
    CHECK(last_wait_ms == 0);
}

TEST_CASE_FIXTURE(Fixture,
                  "F30: neither a restart nor a set wall clock ends a lockout, and another boot begins it again") {
    {
        Pins pins(file, clock);
        set(pins);
        for (int i = 0; i < 3; ++i) {
            CHECK(check(pins, kOther) == "denied");
        }
    }
    clock.set_wall(clock.now().wall_ms + 86'400'000);
    clock.advance(10'000);
    {
        Pins pins(file, clock);
        CHECK(check(pins, kPin) == "unavailable");
        CHECK(last_wait_ms == 20'000);
    }
    clock.reboot("22222222-2222-4333-8444-555555555555");
    Pins pins(file, clock);
    CHECK(check(pins, kPin) == "unavailable");
    CHECK(last_wait_ms == 30'000);
    clock.advance(30'000);
    CHECK(check(pins, kPin) == "");
}

TEST_CASE_FIXTURE(Fixture, "F30: a try is counted on disk before the PIN is looked at: a power cut gives none away") {
    Pins pins(file, clock);
    set(pins);
    asio::io_context context;
    bool done = false;
    asio::co_spawn(context, pins.check(Role::teacher, kOther),
                   [&](const std::exception_ptr &, const std::optional<PinRefusal> &) { done = true; });
    context.poll_one(); // up to the hash, which runs elsewhere
    const auto value = json::parse(read_file(file, 10'000).value()).value();
    CHECK(value.at("teacher").at("failures") == 1);
    context.run();
    CHECK(done);
}

TEST_CASE_FIXTURE(Fixture, "F30: a try that cannot be counted is not looked at") {
    Pins pins(file, clock);
    set(pins);
    std::filesystem::remove_all(directory.path());
    CHECK(check(pins, kPin) != "");
    REQUIRE(make_directory(directory.path()));
    CHECK(check(pins, kPin) == "");
}

TEST_CASE_FIXTURE(Fixture, "F30: two PINs at a time are not looked at: many connections are no more tries") {
    Pins pins(file, clock);
    set(pins);
    asio::io_context context;
    std::vector<ErrorCode> refusals;
    for (int i = 0; i < 5; ++i) {
        asio::co_spawn(context, pins.check(Role::teacher, kOther),
                       [&](const std::exception_ptr &, const std::optional<PinRefusal> &refusal) {
                           refusals.push_back(refusal.value().error.code);
                       });
    }
    context.run();
    CHECK(std::count(refusals.begin(), refusals.end(), ErrorCode::denied) == 1);
    CHECK(std::count(refusals.begin(), refusals.end(), ErrorCode::unavailable) == 4);
}

TEST_CASE_FIXTURE(Fixture, "kiosk: a PIN file that cannot be read opens nothing, and a new PIN replaces it") {
    for (const char *broken : {"", "{", "[]", R"({"teacher":{}})",
                               R"({"teacher":{"salt":"00","scrypt":"00","failures":0,)"
                               R"("boot_id":"","boot_ms":0}})",
                               R"({"trainee":{}})"}) {
        CAPTURE(broken);
        REQUIRE(write_file_durably(file, broken, 0600));
        Pins pins(file, clock);
        CHECK(check(pins, kPin) == "not_found");
        set(pins);
        CHECK(check(pins, kPin) == "");
    }
}

TEST_CASE_FIXTURE(Fixture, "kiosk: a new PIN ends the count of wrong ones, and a bad one changes nothing") {
    Pins pins(file, clock);
    set(pins);
    for (int i = 0; i < 3; ++i) {
        CHECK(check(pins, kOther) == "denied");
    }
    CHECK(wait(pins.set(Role::teacher, "123456")).error().code == ErrorCode::invalid_argument);
    CHECK(wait(pins.set(Role::trainee, kOther)).error().code == ErrorCode::invalid_argument);
    CHECK(check(pins, kPin) == "unavailable");
    set(pins, Role::teacher, kOther);
    CHECK(check(pins, kOther) == "");
}
