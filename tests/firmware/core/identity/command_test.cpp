#include <doctest/doctest.h>

#include "firmware/core/identity/command.hpp"
#include "firmware/core/identity/nonce.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

namespace {

struct Keys {
    test::TemporaryDirectory directory;
    std::unique_ptr<identity::Signer> registry = identity::open_or_create_signer(directory / "registry.key").value();
    identity::PublicKey key = identity::PublicKey::from_pem(registry->public_key_pem()).value();
};

identity::Command some_command() {
    identity::Command command;
    command.id = Uuid::v7(1'788'200'000'000);
    command.device = DeviceId("d-1");
    command.number = 7;
    command.kind = "send_clip";
    command.arguments = {{"clip", "m-1"}};
    command.ordered_by = "bureau";
    command.issued_ms = 1'788'200'000'000;
    command.expires_ms = 1'788'200'600'000;
    return command;
}

} // namespace

TEST_CASE("command: what the registry signs is read back, also as an event carries it") {
    const Keys keys;
    const auto command = some_command();
    const auto document = identity::sign_command(*keys.registry, command).value();
    CHECK(identity::open_command(keys.key, document).value() == command);
    const auto carried = identity::command_from_data(identity::document_fields(document)).value();
    CHECK(identity::open_command(keys.key, carried).value() == command);
}

TEST_CASE("F25: a command with one byte changed, or another kind of signed document, is none") {
    const Keys keys;
    auto document = identity::sign_command(*keys.registry, some_command()).value();
    document.payload[document.payload.find("m-1")] = 'n';
    CHECK(identity::open_command(keys.key, document).error().code == ErrorCode::denied);
    identity::Nonce nonce;
    nonce.device = DeviceId("d-1");
    nonce.number = "00112233445566778899aabbccddeeff";
    nonce.wall_ms = 1;
    CHECK_FALSE(identity::open_command(keys.key, identity::sign_nonce(*keys.registry, nonce).value()));
}

TEST_CASE("command: one over 8 KiB is not signed") {
    const Keys keys;
    auto command = some_command();
    command.arguments["clip"] = std::string(identity::kMaxCommandBytes, 'x');
    CHECK(identity::sign_command(*keys.registry, command).error().code == ErrorCode::too_large);
}
