// What `xueshictl verify` says about times, without the device's clock.
#include "firmware/xueshictl/times.hpp"

#include <cstdio>
#include <functional>

#include <unistd.h>

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/identity/nonce.hpp"
#include "tests/support/journal_on_disk.hpp"

using namespace xueshi;
using namespace xueshi::xueshictl;

namespace {

constexpr std::int64_t kNine = 1'788'224'400'000; ///< 2026-09-01 09:00:00 in Shanghai

struct TimesFixture : test::JournalOnDisk {
    std::unique_ptr<identity::Signer> registry = identity::open_or_create_signer(directory() / "registry.key").value();
    Places places;
    VerifyOrder order;

    TimesFixture() {
        places.sync = directory() / "sync";
        REQUIRE(make_directory(places.sync));
    }
    void pin() { REQUIRE(write_file_durably(places.sync / "registry_key.pem", registry->public_key_pem())); }
    void nonce(std::int64_t wall_ms, const identity::Signer &by) {
        identity::Nonce nonce;
        nonce.device = writer().description().device;
        nonce.number = "00112233445566778899aabbccddeeff";
        nonce.wall_ms = wall_ms;
        auto event = draft();
        event.kind = record::EventKind::nonce;
        event.data = identity::nonce_data(identity::sign_nonce(by, nonce).value());
        REQUIRE(writer().append(event));
    }
    identity::Receipt receipt(record::Sequence through, std::int64_t wall_ms) {
        identity::Receipt receipt;
        receipt.through_seq = through;
        receipt.wall_ms = wall_ms;
        return receipt;
    }
    /// What is printed, and how it ended.
    std::string print(const std::optional<identity::Receipt> &receipt = {}) {
        const auto file = directory() / "printed";
        std::fflush(stdout);
        const UniqueFd own(::dup(STDOUT_FILENO));
        std::FILE *taken = std::fopen(file.c_str(), "we");
        REQUIRE(taken != nullptr);
        ::dup2(::fileno(taken), STDOUT_FILENO);
        ended = print_times(places, order, path(), receipt);
        std::fflush(stdout);
        ::dup2(own.get(), STDOUT_FILENO);
        std::fclose(taken);
        return read_file(file, 1 << 20).value();
    }
    static bool says(const std::string &text, const std::string &what) { return text.find(what) != std::string::npos; }

    Expected<void> ended;
};

} // namespace

TEST_CASE_FIXTURE(TimesFixture, "xueshictl: an event is told between the registry's nonce before it and its receipt") {
    pin();
    fill(1);
    nonce(kNine, *registry);
    fill(1);
    order.time_of = 3;
    const auto text = print(receipt(3, kNine + 90'000));
    CHECK(ended);
    CHECK(says(text, "nonces of the registry: 1"));
    CHECK(says(text, "event 3 happened between 2026-09-01 09:00:00 / 2026-09-01 09:01:30"));
    order.time_of = 1; // before any nonce
    CHECK(says(print(receipt(3, kNine + 90'000)), "between ? / 2026-09-01 09:01:30"));
    order.time_of = 3; // and not received yet
    CHECK(says(print(), "between 2026-09-01 09:00:00 / ?"));
}

TEST_CASE_FIXTURE(TimesFixture, "xueshictl: a nonce that another key signed bounds nothing, and is told") {
    pin();
    const auto stranger = identity::open_or_create_signer(directory() / "stranger.key").value();
    nonce(kNine, *stranger);
    order.time_of = 1;
    const auto text = print();
    CHECK(says(text, "the nonce of event 1 does not hold"));
    CHECK(says(text, "nonces of the registry: 0"));
    CHECK(says(text, "between ? / ?"));
}

TEST_CASE_FIXTURE(
    TimesFixture,
    "xueshictl: without the registry's key times are told only when asked for, and then refused with the reason") {
    fill(1);
    CHECK(print().empty());
    CHECK(ended);
    order.time_of = 1;
    print();
    REQUIRE_FALSE(ended);
    CHECK(says(ended.error().message, "the registry's key"));
    pin();
    order.time_of = 2;
    print();
    CHECK(ended.error().code == ErrorCode::not_found);
    CHECK(says(ended.error().message, "ends at event 1"));
}
