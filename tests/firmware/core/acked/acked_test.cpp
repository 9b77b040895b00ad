#include "firmware/core/acked/acked.hpp"

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

namespace {

acked::Acked sample(std::size_t media) {
    acked::Acked sample;
    sample.chain = ChainId("11111111-2222-4333-8444-555555555555");
    sample.seq = 77;
    sample.receipt.payload = R"({"count":77})";
    sample.receipt.signature = Bytes(72, 0x5A);
    for (std::size_t i = 0; i < media; ++i) {
        sample.media.push_back(sha256(as_bytes(std::to_string(i))));
    }
    return sample;
}

} // namespace

TEST_CASE("acked: what syncd writes terminald reads, with as many digests as there may be") {
    for (const std::size_t media : {std::size_t{0}, std::size_t{1}, acked::kMaxMedia}) {
        const auto text = acked::write_acked(sample(media));
        CHECK(text.size() < acked::kMaxBytes);
        const auto read = acked::read_acked(text).value();
        CHECK(read.chain == sample(media).chain);
        CHECK(read.seq == 77);
        CHECK(read.receipt.payload == sample(media).receipt.payload);
        CHECK(read.receipt.signature == sample(media).receipt.signature);
        CHECK(read.media == sample(media).media);
    }
}

TEST_CASE("acked: a file of before there were media confirms none") {
    const auto old = R"({"chain_id":"c","seq":3,"receipt":{"payload":"{}","signature":"AQ=="}})";
    CHECK(acked::read_acked(old).value().media.empty());
}

TEST_CASE("acked: what is damaged confirms nothing") {
    CHECK_FALSE(acked::read_acked("{}"));
    CHECK_FALSE(acked::read_acked(""));
    auto text = acked::write_acked(sample(1));
    text.replace(text.find(hex(sample(1).media.front())), 2, "zz");
    CHECK_FALSE(acked::read_acked(text));
    CHECK_FALSE(acked::read_acked(acked::write_acked(sample(acked::kMaxMedia + 1))));
}

TEST_CASE("acked: the receipt is read under the key pinned beside it; absent is not_found, anything else is an error") {
    const test::TemporaryDirectory directory;
    const auto registry = identity::open_or_create_signer(directory / "registry.key").value();
    const auto other = identity::open_or_create_signer(directory / "other.key").value();
    identity::Receipt receipt;
    receipt.device = DeviceId("d-0123456789abcdef0123");
    receipt.chain = sample(0).chain;
    receipt.through_seq = receipt.count = 77;
    acked::Acked acked = sample(1);
    acked.receipt = identity::sign_receipt(*registry, receipt).value();
    const auto pin = [&](const identity::Signer &signer) {
        REQUIRE(write_file_durably(directory / "registry_key.pem", signer.public_key_pem()));
    };

    CHECK(acked::read_receipt(directory.path()).error().code == ErrorCode::not_found);
    REQUIRE(write_file_durably(directory / "acked.json", acked::write_acked(acked)));
    CHECK(acked::read_receipt(directory.path()).error().code == ErrorCode::denied); // no key is pinned
    pin(*other);
    CHECK(acked::read_receipt(directory.path()).error().code == ErrorCode::denied);
    pin(*registry);
    CHECK(acked::read_receipt(directory.path()).value() == receipt);
    REQUIRE(write_file_durably(directory / "acked.json", identity::write_document(acked.receipt)));
    CHECK(acked::read_receipt(directory.path()).error().code == ErrorCode::invalid_argument);
}
