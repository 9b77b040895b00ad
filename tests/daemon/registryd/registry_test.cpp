#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "daemon/registry/devices/authority.hpp"
#include "daemon/registryctl/commands.hpp"
#include "daemon/registryctl/provision.hpp"
#include "daemon/registryd/registry.hpp"
#include "daemon/upstream/xueshi/xueshi.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/identity/tls_identity.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/core/roster/roster.hpp"
#include "tests/daemon/registry/filing/filed.hpp"
#include "tests/support/event_chain.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/test_pki.hpp"

using namespace xueshi;
namespace asio = boost::asio;

namespace {

/// xueshi-registryd inside this process, on a thread of its own.
class Running {
public:
    Running(const registryd::Options &options, const Clock &clock) {
        auto started = registryd::Registry::start(io_, options, clock);
        REQUIRE(started);
        registry_ = std::move(*started);
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Running() {
        asio::post(io_, [this] { registry_->stop(); });
        thread_.join();
    }
    std::string device_url() const { return "https://127.0.0.1:" + std::to_string(registry_->device_port()); }
    std::string bureau_url() const { return "https://127.0.0.1:" + std::to_string(registry_->bureau_port()); }

private:
    asio::io_context io_;
    std::unique_ptr<registryd::Registry> registry_;
    std::thread thread_;
};

/// Runs one coroutine on `io` until it is done.
template <typename T>
T finish(asio::io_context &io, asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(io, std::move(work), [&](const std::exception_ptr &, T value) { result = std::move(value); });
    io.restart();
    while (!result && io.run_one() > 0) {
    }
    return std::move(result.value());
}

/// Of a year that the real clock does not reach: a class that is over leaves the roster.
std::string plan_of_2099() {
    std::string plan = filed::kPlan, before;
    do {
        before = plan;
        plan = filed::edited(plan, "2026-", "2099-");
    } while (plan != before);
    return plan;
}

struct RegistryFixture {
    test::TemporaryDirectory directory;
    test::FakeClock clock{filed::kNowMs};
    registryd::Options options;
    asio::io_context io;
    test::EventChain chain;

    RegistryFixture() {
        options.directory = directory / "state";
        options.database_url = "sqlite3://" + (options.directory / "registry.db").string();
        options.device.port = options.bureau.port = 0;
        // Certificates are made for the registry's clock and judged by the real one.
        clock.set_wall(make_system_clock(TimeSource::host)->now().wall_ms);
    }

    std::unique_ptr<registryctl::Api> operator_api() {
        return registryctl::Api::connect(registryctl::endpoint_of_state(options.directory).value()).value();
    }
    std::filesystem::path write(const std::string &name, const std::string &text) {
        std::ofstream(directory / name) << text;
        return directory / name;
    }
    std::string file_class_and_make_token() {
        const auto api = operator_api();
        REQUIRE(
            registryctl::import_class(*api, write("plan.toml", plan_of_2099()), write("roster.csv", filed::roster())));
        const auto printed = registryctl::make_device_token(*api, "school-1", "room-1", 1);
        REQUIRE(printed);
        const auto space = printed->find_last_of(' ');
        return printed->substr(space + 1, printed->size() - space - 2);
    }

    transport::TlsOptions trusting() const {
        transport::TlsOptions tls;
        tls.ca_pem = read_file(options.directory / "ca.pem", 1 << 20).value();
        return tls;
    }
    std::unique_ptr<upstream::Upstream> upstream(const Running &registry, const transport::TlsOptions &tls) {
        return upstream::make_xueshi_upstream(transport::make_curl_client(io, tls).value(), registry.device_url());
    }
    upstream::Answer<wire::ClaimAnswer> claim(const Running &registry, const std::string &token) {
        wire::ClaimRequest request;
        request.certificate_request_pem =
            identity::make_certificate_request(directory / "tls.key", chain.device().str()).value();
        write("tls.csr", request.certificate_request_pem);
        request.signing_key_pem = chain.signer().public_key_pem();
        request.key_level = "file";
        request.chain = chain.chain();
        const std::string message = std::string(wire::kProofPurpose) + "\n" + request.certificate_request_pem;
        request.proof = chain.signer().sign(as_bytes(message)).value();
        request.token = token;
        const auto up = upstream(registry, trusting());
        return finish(io, up->claim(request));
    }
    /// Trusts the registry and shows the claimed certificate.
    transport::TlsOptions as_device(const wire::ClaimAnswer &answer) {
        auto tls = trusting();
        tls.client_certificate = write("tls.pem", answer.certificate_pem);
        tls.client_key = directory / "tls.key";
        return tls;
    }
};

} // namespace

TEST_CASE("registry: tokens for a whole list of terminals are made at once, and each lets one terminal in") {
    RegistryFixture fixture;
    const Running registry(fixture.options, fixture.clock);
    fixture.file_class_and_make_token();
    const auto api = fixture.operator_api();
    const auto list = fixture.write("list.csv", "label,institution,room\nSN-1,school-1,room-1\nSN-2,school-1,room-1\n");
    const auto file = fixture.directory / "tokens.csv";
    REQUIRE(registryctl::provision(*api, list, file, 1));
    CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms::all) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    std::ifstream in(file);
    std::string head, first, second, more;
    REQUIRE((std::getline(in, head) && std::getline(in, first) && std::getline(in, second)));
    CHECK_FALSE(std::getline(in, more));
    CHECK(first.starts_with("SN-1,school-1,room-1,"));
    const auto begin = second.find("room-1,") + 7;
    const auto answer = fixture.claim(registry, second.substr(begin, second.rfind(',') - begin));
    REQUIRE(answer);
    CHECK_FALSE(answer->certificate_pem.empty());
    CHECK(registryctl::provision(*api, list, file, 1).error().code == ErrorCode::already_exists);
    const auto unknown = fixture.write("unknown.csv", "label,institution,room\nSN-3,nobody,room-1\n");
    CHECK_FALSE(registryctl::provision(*api, unknown, fixture.directory / "none.csv", 1));
    CHECK_FALSE(std::filesystem::exists(fixture.directory / "none.csv"));
}

TEST_CASE("registry: a device claims, fetches its roster, delivers; a bureau pulls; a restart forgets nothing") {
    RegistryFixture fixture;
    std::optional<wire::ClaimAnswer> claimed;
    {
        const Running registry(fixture.options, fixture.clock);
        const auto answer = fixture.claim(registry, fixture.file_class_and_make_token());
        REQUIRE(answer);
        claimed = *answer;
        const auto up = fixture.upstream(registry, fixture.as_device(*answer));
        const auto fetched = finish(fixture.io, up->fetch_roster(""));
        REQUIRE(fetched);
        const auto key = identity::PublicKey::from_pem(answer->registry_key_pem).value();
        const auto document = identity::read_document(fetched->document, roster::kMaxRosterBytes).value();
        const auto roster = roster::open_roster(key, document).value();
        CHECK(roster.classes.size() == 1);
        CHECK(finish(fixture.io, up->fetch_roster(fetched->etag))->document.empty());

        record::Punch punch;
        punch.person = roster.classes.front().trainees.front().id;
        punch.room = roster.room;
        fixture.chain.append(record::EventKind::punch, record::to_json(punch));
        wire::EventBatch batch;
        batch.chain = fixture.chain.chain();
        batch.events = fixture.chain.events();
        const auto sent = finish(fixture.io, up->send_events(batch));
        REQUIRE(sent);
        CHECK(sent->accepted_through == 1);
        CHECK(identity::open_receipt(key, sent->receipt.value()));
    }
    const Running registry(fixture.options, fixture.clock);
    const auto api = fixture.operator_api();
    const auto punches = api->get("/v1/punches?institution=school-1");
    REQUIRE(punches);
    CHECK(punches->at("punches").as_array().size() == 1);
    const auto table = registryctl::attendance(*api, "class-1", false);
    REQUIRE(table);
    CHECK(table->find("张三") != std::string::npos);
    CHECK(registryctl::devices(*api, false)->find(fixture.chain.device().str()) != std::string::npos);

    const auto up = fixture.upstream(registry, fixture.as_device(*claimed));
    wire::EventBatch batch;
    batch.chain = fixture.chain.chain();
    batch.events = fixture.chain.events();
    CHECK(finish(fixture.io, up->send_events(batch))->results.front().outcome == wire::EventOutcome::duplicate);
}

TEST_CASE("F20: without a certificate 401, with a revoked one 403, with an expired or a foreign CA's no handshake") {
    RegistryFixture fixture;
    const Running registry(fixture.options, fixture.clock);
    const auto answer = fixture.claim(registry, fixture.file_class_and_make_token());
    REQUIRE(answer);
    fixture.chain.append();
    wire::EventBatch batch;
    batch.chain = fixture.chain.chain();
    batch.events = fixture.chain.events();

    const auto nobody = fixture.upstream(registry, fixture.trusting());
    CHECK(finish(fixture.io, nobody->send_events(batch)).error().status == 401);
    CHECK(finish(fixture.io, nobody->fetch_roster("")).error().status == 401);

    const test::TestPki foreign("foreign CA");
    test::TestPki::Wish wish;
    wish.common_name = fixture.chain.device().str();
    const auto forged = foreign.issue(wish);
    auto tls = fixture.trusting();
    tls.client_certificate = fixture.write("forged.pem", forged.certificate_pem);
    tls.client_key = fixture.write("forged.key", forged.key_pem);
    const auto stranger = fixture.upstream(registry, tls);
    const auto foreign_refused = finish(fixture.io, stranger->send_events(batch)).error();
    CHECK(foreign_refused.status == 0);
    CHECK(foreign_refused.error.code == ErrorCode::unsupported);

    const std::int64_t long_ago = fixture.clock.now().wall_ms - 3LL * 365 * 86'400'000;
    const auto authority = registry::devices::Authority::open(fixture.options.directory, {}, long_ago).value();
    auto ended = *answer;
    ended.certificate_pem =
        authority->issue(read_file(fixture.directory / "tls.csr", 1 << 20).value(), fixture.chain.device(), long_ago)
            ->pem;
    const auto late = fixture.upstream(registry, fixture.as_device(ended));
    CHECK(finish(fixture.io, late->send_events(batch)).error().error.code == ErrorCode::unsupported);

    REQUIRE(registryctl::revoke(*fixture.operator_api(), fixture.chain.device().str()));
    const auto revoked = fixture.upstream(registry, fixture.as_device(*answer));
    CHECK(finish(fixture.io, revoked->send_events(batch)).error().status == 403);
}

TEST_CASE("tus: whoever is refused at the door is answered in tus as well") {
    RegistryFixture fixture;
    const Running registry(fixture.options, fixture.clock);
    const auto answer = fixture.claim(registry, fixture.file_class_and_make_token());
    REQUIRE(answer);
    REQUIRE(registryctl::revoke(*fixture.operator_api(), fixture.chain.device().str()));
    const auto ask = [&](const transport::TlsOptions &tls, const std::string &path) {
        transport::HttpRequest request;
        request.url = registry.device_url() + path;
        request.method = "HEAD";
        const auto client = transport::make_curl_client(fixture.io, tls).value();
        return finish(fixture.io, client->send(request)).value();
    };
    const std::string upload = "/v1/media/00112233445566778899aabbccddeeff";
    const auto nobody = ask(fixture.trusting(), upload), revoked = ask(fixture.as_device(*answer), upload);
    CHECK(nobody.status == 401);
    CHECK(nobody.headers.at("tus-resumable") == "1.0.0");
    CHECK(revoked.status == 403);
    CHECK(revoked.headers.at("tus-resumable") == "1.0.0");
    CHECK_FALSE(ask(fixture.trusting(), "/v1/roster").headers.contains("tus-resumable"));
}

TEST_CASE("registry: a wrong token is refused in words, a device token works once") {
    RegistryFixture fixture;
    const Running registry(fixture.options, fixture.clock);
    const auto token = fixture.file_class_and_make_token();
    CHECK(fixture.claim(registry, "forged").error().status == 403);
    REQUIRE(fixture.claim(registry, token));
    auto endpoint = registryctl::endpoint_of_state(fixture.options.directory).value();
    endpoint.token = "forged";
    const auto refused = registryctl::Api::connect(endpoint).value()->get("/v1/devices");
    CHECK(refused.error().code == ErrorCode::denied);
    CHECK(refused.error().message.find("401") != std::string::npos);
}

TEST_CASE("registry: a second one on the same directory is refused, and says why") {
    RegistryFixture fixture;
    const Running registry(fixture.options, fixture.clock);
    asio::io_context io;
    const auto second = registryd::Registry::start(io, fixture.options, fixture.clock);
    REQUIRE(!second);
    CHECK(second.error().message.find("another registry") != std::string::npos);
}

TEST_CASE("registry: its secrets are its user's only, and the operator's token survives a restart") {
    RegistryFixture fixture;
    std::string token;
    for (int start = 0; start < 2; ++start) {
        const Running registry(fixture.options, fixture.clock);
        const auto text = read_file(fixture.options.directory / "admin.token", 1024).value();
        CHECK((start == 0 || text == token));
        token = text;
        CHECK(fixture.operator_api()->get("/v1/devices"));
    }
    for (const char *name : {"admin.token", "ca.key", "server.key", "registry.key", "registry.db"}) {
        const auto permissions = std::filesystem::status(fixture.options.directory / name).permissions();
        CHECK((permissions & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) ==
              std::filesystem::perms::none);
    }
}

TEST_CASE("registry: an operator's token whose file was removed lets nobody in any more") {
    RegistryFixture fixture;
    const auto file = fixture.options.directory / "admin.token";
    std::string removed;
    {
        const Running registry(fixture.options, fixture.clock);
        removed = read_file(file, 1024).value();
        removed.pop_back();
        CHECK(fixture.operator_api()->get("/v1/devices"));
    }
    std::filesystem::remove(file);
    const Running registry(fixture.options, fixture.clock);
    CHECK(fixture.operator_api()->get("/v1/devices")); // with a new one
    auto endpoint = registryctl::endpoint_of_state(fixture.options.directory).value();
    endpoint.token = removed;
    const auto refused = registryctl::Api::connect(endpoint).value()->get("/v1/devices");
    CHECK(refused.error().code == ErrorCode::denied);
}

TEST_CASE("registry: everything a demonstration's registry says, says so") {
    RegistryFixture fixture;
    fixture.options.policy.allow_virtual = true;
    const Running registry(fixture.options, fixture.clock);
    CHECK(fixture.operator_api()->get("/v1/devices")->at("demonstration") == true);
    auto client = transport::make_curl_client(fixture.io, fixture.trusting()).value();
    transport::HttpRequest request;
    request.url = registry.device_url() + "/v1/claim";
    request.method = "POST";
    request.body = "{}";
    CHECK(finish(fixture.io, client->send(request))->headers.at("xueshi-demonstration") == "true");
}
