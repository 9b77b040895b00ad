#include "firmware/core/identity/nonce.hpp"

#include <doctest/doctest.h>

#include "firmware/core/identity/time_brackets.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::identity;

namespace {

constexpr auto kEver = std::numeric_limits<std::int64_t>::max();
constexpr auto kNever = std::numeric_limits<std::int64_t>::min();

struct Registry {
    test::TemporaryDirectory directory;
    std::unique_ptr<Signer> signer = open_or_create_signer(directory / "registry.key").value();
    PublicKey key = PublicKey::from_pem(signer->public_key_pem()).value();
    DeviceId device{"d-1"};

    SignedDocument nonce(std::int64_t wall_ms, const std::string &for_device = "d-1") const {
        Nonce nonce;
        nonce.device = DeviceId(for_device);
        nonce.number = "00112233445566778899aabbccddeeff";
        nonce.wall_ms = wall_ms;
        return sign_nonce(*signer, nonce).value();
    }
};

} // namespace

TEST_CASE("nonce: what was signed is read back from an event's fields; anything changed or another's word is not") {
    const Registry registry, other;
    const auto document = registry.nonce(5'000);
    CHECK(nonce_from_data(nonce_data(document))->payload == document.payload);
    const auto nonce = open_nonce(registry.key, document);
    REQUIRE(nonce);
    CHECK(nonce->wall_ms == 5'000);
    CHECK(nonce->device == DeviceId("d-1"));
    CHECK_FALSE(open_nonce(other.key, document));
    auto later = document;
    later.payload.replace(later.payload.find("5000"), 4, "6000");
    CHECK_FALSE(open_nonce(registry.key, later));
    Receipt receipt; // signed by the same key, for another purpose
    receipt.wall_ms = 5'000;
    CHECK_FALSE(open_nonce(registry.key, sign_receipt(*registry.signer, receipt).value()));
    auto data = nonce_data(document);
    data["more"] = 1;
    CHECK_FALSE(nonce_from_data(data));
}

TEST_CASE("time brackets: an event lies between the newest nonce before it and the earliest receipt behind it") {
    const Registry registry;
    TimeBrackets brackets(registry.key, registry.device);
    CHECK(brackets.of(1) == TimeInterval{kNever, kEver});
    CHECK(brackets.add_nonce(3, nonce_data(registry.nonce(1'000))));
    CHECK(brackets.add_nonce(7, nonce_data(registry.nonce(9'000))));
    brackets.add_receipt(5, 4'000);
    brackets.add_receipt(9, 12'000);
    CHECK(brackets.of(2) == TimeInterval{kNever, 4'000});
    CHECK(brackets.of(3) == TimeInterval{1'000, 4'000});
    CHECK(brackets.of(6) == TimeInterval{1'000, 12'000});
    CHECK(brackets.of(8) == TimeInterval{9'000, 12'000});
    CHECK(brackets.of(10) == TimeInterval{9'000, kEver});
    CHECK(brackets.add_nonce(9, nonce_data(registry.nonce(2'000)))); // kept back by the device: it loosens nothing
    CHECK(brackets.of(10) == TimeInterval{9'000, kEver});
}

TEST_CASE("time brackets: nonces that do not hold or are another device's bound nothing") {
    const Registry registry, other;
    TimeBrackets brackets(registry.key, registry.device);
    CHECK_FALSE(brackets.add_nonce(1, nonce_data(other.nonce(1'000))));
    CHECK_FALSE(brackets.add_nonce(2, nonce_data(registry.nonce(1'000, "d-2"))));
    CHECK_FALSE(brackets.add_nonce(3, {}));
    CHECK(brackets.nonces() == 0);
    CHECK(brackets.of(4) == TimeInterval{kNever, kEver});
}
