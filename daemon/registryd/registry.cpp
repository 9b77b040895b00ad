#include "daemon/registryd/registry.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/registry/bureau/bureau.hpp"
#include "daemon/registry/filing/filing.hpp"
#include "daemon/registryd/admin_token.hpp"
#include "daemon/registryd/device_side.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/http/server.hpp"
#include "firmware/core/stick/stick_index.hpp"

namespace xueshi::registryd {

namespace asio = boost::asio;
namespace store = registry::store;
namespace devices = registry::devices;
namespace bureau = registry::bureau;

namespace {

/// A plan and a roster, as JSON texts: a quote or a line break takes two bytes there.
constexpr std::size_t kMaxFilingBytes =
    2 * (registry::filing::kMaxPlanBytes + registry::filing::kMaxRosterBytes) + 1024;
constexpr std::chrono::seconds kSweepEvery{60}; ///< an upload's time is counted in hours
/// Each terminal keeps one for the request that waits for commands; half of what the unit lets this program open.
constexpr std::size_t kDeviceConnections = 2'048;
/// Of each: what came and was not yet written is lost when the registry is killed. At 50 ms of round trip it brings 5
/// MB/s.
constexpr int kDeviceReceiveBuffer = 256 * 1024;
constexpr auto kDemonstration = "Xueshi-Demonstration";

/// Everything a demonstration's registry says, says so.
template <typename Side>
asio::awaitable<http::Response> answer(Side &side, bool demonstration, http::Request request) {
    http::Response response = co_await side.handle(std::move(request));
    if (demonstration) {
        response.headers[kDemonstration] = "true";
    }
    co_return response;
}

template <typename Side>
http::Handler handler_of(Side &side, bool demonstration) {
    return [&side, demonstration](http::Request request) { return answer(side, demonstration, std::move(request)); };
}

template <typename Side>
http::Gate gate_of(const Side &side) {
    return [&side](const http::Request &request) { return side.gate(request); };
}

} // namespace

struct Registry::Impl {
    LockFile lock;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<devices::Authority> authority;
    std::unique_ptr<identity::Signer> signer;              ///< of receipts and rosters
    std::shared_ptr<const identity::EnvelopeKey> envelope; ///< opens what came by stick
    devices::Directory directory;
    bureau::Tokens tokens;
    std::unique_ptr<devices::Claims> claims;
    std::unique_ptr<devices::Rosters> rosters;
    std::unique_ptr<devices::Commands> commands;
    std::unique_ptr<registry::ingest::Ingest> ingest;
    std::unique_ptr<registry::media::Media> media;
    std::unique_ptr<registry::sticks::Sticks> sticks;
    std::unique_ptr<asio::steady_timer> sweep_timer;
    bool stopping = false;
    std::unique_ptr<DeviceSide> device_side;
    std::unique_ptr<bureau::Bureau> bureau_side;
    std::unique_ptr<http::Server> device_server, bureau_server;

    Expected<void> open(const Options &options, const Clock &clock);
    Expected<void> load(const Options &options, const Clock &clock);
    Expected<void> listen(asio::io_context &io, const Options &options);
    Expected<void> write_endpoints(const Options &options) const;
    asio::awaitable<void> keep_sweeping();
};

Expected<void> Registry::Impl::open(const Options &options, const Clock &clock) {
    if (auto made = make_directory(options.directory, 0700); !made) {
        return made;
    }
    auto locked = LockFile::acquire(options.directory / "registryd.lock");
    if (!locked) {
        return fail(locked, "another registry runs on " + options.directory.string());
    }
    lock = std::move(*locked);
    auto opened_store = store::Store::open(options.database_url);
    auto opened_authority = devices::Authority::open(options.directory, options.tls_names, clock.now().wall_ms);
    auto opened_signer = identity::open_or_create_signer(options.directory / "registry.key");
    auto opened_envelope = identity::EnvelopeKey::open_or_create(options.directory / "sealing.key");
    if (!opened_store || !opened_authority || !opened_signer || !opened_envelope) {
        return tl::unexpected(!opened_store       ? opened_store.error()
                              : !opened_authority ? opened_authority.error()
                              : !opened_signer    ? opened_signer.error()
                                                  : opened_envelope.error());
    }
    store = std::move(*opened_store);
    authority = std::move(*opened_authority);
    signer = std::move(*opened_signer);
    envelope = std::make_shared<const identity::EnvelopeKey>(std::move(*opened_envelope));
    return open_or_create_admin_token(*store, options.directory / "admin.token", clock.now().wall_ms);
}

/// What the gates answer from, and the rooms.
Expected<void> Registry::Impl::load(const Options &options, const Clock &clock) {
    const std::function<Expected<bool>(store::Session &)> work = [this](store::Session &session) -> Expected<bool> {
        directory.load(store::all_devices(session));
        tokens.load(store::bureau_tokens(session));
        return true;
    };
    if (const auto loaded = store->transact<bool>(work); !loaded) {
        return tl::unexpected(loaded.error());
    }
    claims = std::make_unique<devices::Claims>(
        *store, *authority, directory, devices::RegistryKeys{signer->public_key_pem(), envelope->public_key_pem()},
        clock);
    rosters = std::make_unique<devices::Rosters>(*store, *signer, clock, options.policy);
    commands = std::make_unique<devices::Commands>(*store, *signer, clock);
    ingest = std::make_unique<registry::ingest::Ingest>(*store, *signer, clock, options.policy);
    auto opened_media = registry::media::Media::open(*store, clock, options.media);
    if (!opened_media) {
        return tl::unexpected(opened_media.error());
    }
    media = std::move(*opened_media);
    device_side =
        std::make_unique<DeviceSide>(*claims, *rosters, *ingest, *media, *commands, directory, *signer, clock);
    sticks = std::make_unique<registry::sticks::Sticks>(*ingest, *rosters, *envelope, *signer, clock, media->objects());
    bureau_side = std::make_unique<bureau::Bureau>(*store, tokens, *claims, directory, *commands, *sticks, clock,
                                                   options.policy, media->objects());
    return {};
}

Expected<void> Registry::Impl::listen(asio::io_context &io, const Options &options) {
    const bool demonstration = bureau::is_demonstration(options.policy);
    http::Server::Options server;
    server.tls.emplace();
    server.tls->certificate_chain = authority->server_certificate_file();
    server.tls->private_key = authority->server_key_file();

    server.address = options.bureau.address;
    server.port = static_cast<std::uint16_t>(options.bureau.port);
    server.limits.body_bytes = std::max<std::size_t>(kMaxFilingBytes, stick::kMaxSealedBytes);
    auto for_bureaus = http::Server::listen(io, server, handler_of(*bureau_side, demonstration), gate_of(*bureau_side));
    if (!for_bureaus) {
        return fail(for_bureaus, "bureau listener");
    }
    server.tls->client_ca = authority->ca_file();
    server.address = options.device.address;
    server.port = static_cast<std::uint16_t>(options.device.port);
    server.limits.body_bytes = wire::kMaxBatchBytes;
    server.limits.connections = kDeviceConnections;
    server.streamed = registry::media::Media::is_streamed;
    server.receive_buffer_bytes = kDeviceReceiveBuffer;
    auto for_devices = http::Server::listen(io, server, handler_of(*device_side, demonstration), gate_of(*device_side));
    if (!for_devices) {
        return fail(for_devices, "device listener");
    }
    bureau_server = std::move(*for_bureaus);
    device_server = std::move(*for_devices);
    sweep_timer = std::make_unique<asio::steady_timer>(io);
    asio::co_spawn(io, keep_sweeping(), asio::detached);
    return write_endpoints(options);
}

asio::awaitable<void> Registry::Impl::keep_sweeping() {
    while (!stopping) {
        co_await media->sweep();
        sweep_timer->expires_after(stopping ? std::chrono::seconds(0) : kSweepEvery);
        boost::system::error_code cancelled;
        co_await sweep_timer->async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
}

Expected<void> Registry::Impl::write_endpoints(const Options &options) const {
    json::Object endpoints;
    endpoints["device_address"] = options.device.address;
    endpoints["device_port"] = device_server->port();
    endpoints["bureau_address"] = options.bureau.address;
    endpoints["bureau_port"] = bureau_server->port();
    return write_file_durably(options.directory / "endpoints.json", json::serialize(endpoints) + "\n", 0640);
}

Registry::Registry(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Registry::~Registry() = default;

Expected<std::unique_ptr<Registry>> Registry::start(asio::io_context &io, const Options &options, const Clock &clock) {
    auto impl = std::make_unique<Impl>();
    if (auto opened = impl->open(options, clock); !opened) {
        return tl::unexpected(opened.error());
    }
    if (auto loaded = impl->load(options, clock); !loaded) {
        return tl::unexpected(loaded.error());
    }
    if (auto listening = impl->listen(io, options); !listening) {
        return tl::unexpected(listening.error());
    }
    return std::unique_ptr<Registry>(new Registry(std::move(impl)));
}

std::uint16_t Registry::device_port() const {
    return impl_->device_server->port();
}
std::uint16_t Registry::bureau_port() const {
    return impl_->bureau_server->port();
}

void Registry::stop() {
    impl_->device_server->stop();
    impl_->bureau_server->stop();
    impl_->stopping = true;
    impl_->commands->stop();
    impl_->sweep_timer->cancel();
}

} // namespace xueshi::registryd
