#include <doctest/doctest.h>

#include <filesystem>

#include "daemon/registry/devices/directory.hpp"
#include "firmware/core/base/file.hpp"
#include "tests/support/registry.hpp"

using namespace xueshi;
namespace devices = xueshi::registry::devices;

namespace {

constexpr std::int64_t kNowMs = test::FakeClock::kStartMs;

std::string contents(const std::filesystem::path &file) {
    return read_file(file, 1 << 20).value();
}

} // namespace

TEST_CASE("authority: made at the first start, kept at the next") {
    test::TemporaryDirectory directory;
    const auto first = devices::Authority::open(directory / "tls", {"127.0.0.1", "localhost"}, kNowMs).value();
    const std::string server = contents(first->server_certificate_file());
    const auto second = devices::Authority::open(directory / "tls", {"127.0.0.1", "localhost"}, kNowMs).value();
    CHECK(first->ca_pem() == second->ca_pem());
    CHECK(contents(second->server_certificate_file()) == server);
    for (const auto &key : {directory / "tls" / "ca.key", second->server_key_file()}) {
        CHECK((std::filesystem::status(key).permissions() & std::filesystem::perms::all) ==
              (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    }
}

TEST_CASE("authority: the server's certificate is made again for other names and before it ends") {
    test::TemporaryDirectory directory;
    const auto open = [&](const std::vector<std::string> &names, std::int64_t now_ms) {
        return contents(devices::Authority::open(directory / "tls", names, now_ms).value()->server_certificate_file());
    };
    const std::string first = open({"127.0.0.1"}, kNowMs);
    const std::string renamed = open({"127.0.0.1", "registry.example"}, kNowMs);
    CHECK(renamed != first);
    CHECK(open({"registry.example"}, kNowMs + 710LL * 86'400'000) != renamed);
    CHECK(!devices::Authority::open(directory / "tls", {"a b,DNS:evil"}, kNowMs));
}

TEST_CASE("authority: a key that others may read, or a CA without its key, is refused") {
    test::TemporaryDirectory directory;
    REQUIRE(devices::Authority::open(directory / "tls", {"localhost"}, kNowMs));
    const auto key = directory / "tls" / "ca.key";
    std::filesystem::permissions(key, std::filesystem::perms::group_read, std::filesystem::perm_options::add);
    CHECK(devices::Authority::open(directory / "tls", {"localhost"}, kNowMs).error().code == ErrorCode::denied);
    std::filesystem::remove(key);
    CHECK(!devices::Authority::open(directory / "tls", {"localhost"}, kNowMs));
}

TEST_CASE("authority: a client certificate carries the device id, whatever the request says") {
    test::RegistryFixture registry;
    const test::EventChain chain;
    const auto request = registry.claim_request(chain).certificate_request_pem;
    const auto issued = registry.authority->issue(request, DeviceId("d-77"), kNowMs);
    REQUIRE(issued);
    const auto read = devices::read_client_certificate(issued->pem);
    REQUIRE(read);
    CHECK(read->device == DeviceId("d-77"));
    CHECK(read->serial == issued->serial);
    CHECK(registry.authority->issue("nonsense", DeviceId("d"), kNowMs).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("F20: the gate refuses a missing, an unknown, a replaced and a revoked certificate") {
    test::RegistryFixture registry;
    const test::EventChain chain;
    auto device = registry.admit(chain);
    const auto issued =
        registry.authority->issue(registry.claim_request(chain).certificate_request_pem, device.id, kNowMs).value();
    device.certificate_serial = issued.serial;
    devices::Directory directory;
    http::Request request;
    CHECK(devices::authenticate(directory, request).error().status == 401);
    request.client_certificate_pem = issued.pem;
    CHECK(devices::authenticate(directory, request).error().status == 403);
    directory.put(device);
    REQUIRE(devices::authenticate(directory, request));
    CHECK(devices::authenticate(directory, request)->id == device.id);
    device.certificate_serial = "77";
    directory.put(device);
    CHECK(devices::authenticate(directory, request).error().status == 403);
    device.certificate_serial = issued.serial;
    device.state = registry::store::DeviceState::revoked;
    directory.put(device);
    CHECK(devices::authenticate(directory, request).error().status == 403);
}
