#include "firmware/core/identity/tls_identity.hpp"

#include <doctest/doctest.h>

#include "tests/support/openssl_command.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

TEST_CASE("TLS identity: openssl's command accepts the request and reads its name") {
    const test::TemporaryDirectory directory;
    const auto request = identity::make_certificate_request(directory / "tls.key", "d-00112233445566778899");
    REQUIRE(request.has_value());
    test::put_file(directory / "request.pem", as_bytes(*request));
    const std::string printed =
        test::openssl("req -in " + (directory / "request.pem").string() + " -noout -verify -subject");
    CHECK(printed.find("verify OK") != std::string::npos);
    CHECK(printed.find("d-00112233445566778899") != std::string::npos);
}

TEST_CASE("TLS identity: a second request is for the same key") {
    const test::TemporaryDirectory directory;
    const auto public_key = [&](const std::string &name) {
        test::put_file(directory / name,
                       as_bytes(identity::make_certificate_request(directory / "tls.key", name).value()));
        return test::openssl("req -noout -pubkey -in " + (directory / name).string());
    };
    CHECK(public_key("a") == public_key("b"));
    CHECK_FALSE(identity::make_certificate_request(directory / "tls.key", "").has_value());
    CHECK_FALSE(identity::make_certificate_request(directory / "tls.key", std::string(65, 'x')).has_value());
}
