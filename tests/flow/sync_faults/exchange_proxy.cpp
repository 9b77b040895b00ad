#include "tests/flow/sync_faults/exchange_proxy.hpp"

#include <chrono>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "daemon/wire/messages.hpp"

namespace xueshi::test::sync_faults {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

namespace {

constexpr auto kWaiting = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t kMaxBody = 16 << 20;
constexpr std::chrono::seconds kPatience{10};

Response answer(unsigned status, std::string body = {}) {
    Response response;
    response.version(11);
    response.result(status);
    response.body() = std::move(body);
    response.prepare_payload();
    return response;
}

} // namespace

struct ExchangeProxy::Impl {
    asio::io_context &io;
    Keys keys;
    Dice dice;
    tcp::acceptor acceptor;
    asio::ssl::context server_side{asio::ssl::context::tls_server};
    std::uint16_t target = 0;
    std::map<Exchange, int> percent, tally;
    std::unique_ptr<identity::Signer> early_signer;

    Impl(asio::io_context &context, Keys all_keys, Dice seeded)
        : io(context), keys(std::move(all_keys)), dice(seeded),
          acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
        server_side.use_certificate_chain_file((keys.registry / "server.pem").string());
        server_side.use_private_key_file((keys.registry / "server.key").string(), asio::ssl::context::pem);
        asio::co_spawn(io, accept(), asio::detached);
    }

    asio::awaitable<void> accept();
    asio::awaitable<void> serve(tcp::socket socket);
    /// Nothing: the connection ends.
    asio::awaitable<std::optional<Response>> exchange(Request request);
    asio::awaitable<std::optional<Response>> forward(Request request);
    asio::awaitable<void> deliver_late(Request request, std::chrono::milliseconds delay);
    Exchange choose();
    Response refusal();
    std::optional<Response> early_receipt(const Request &request) const;
};

ExchangeProxy::ExchangeProxy(asio::io_context &io, Keys keys, Dice dice)
    : impl_(std::make_unique<Impl>(io, std::move(keys), dice)) {}
ExchangeProxy::~ExchangeProxy() = default;

std::uint16_t ExchangeProxy::port() const {
    return impl_->acceptor.local_endpoint().port();
}
void ExchangeProxy::set_target(std::uint16_t registry_port) {
    impl_->target = registry_port;
}
void ExchangeProxy::set_faults(std::map<Exchange, int> percent) {
    impl_->percent = std::move(percent);
}
void ExchangeProxy::acknowledge_early() {
    impl_->early_signer = identity::open_or_create_signer(impl_->keys.registry / "registry.key").value();
}
const std::map<Exchange, int> &ExchangeProxy::tally() const {
    return impl_->tally;
}

asio::awaitable<void> ExchangeProxy::Impl::accept() {
    for (;;) {
        auto [error, socket] = co_await acceptor.async_accept(kWaiting);
        if (error) {
            co_return;
        }
        asio::co_spawn(io, serve(std::move(socket)), asio::detached);
    }
}

asio::awaitable<void> ExchangeProxy::Impl::serve(tcp::socket socket) {
    TlsStream client(std::move(socket), server_side);
    const auto [refused] = co_await client.async_handshake(asio::ssl::stream_base::server, kWaiting);
    beast::flat_buffer buffer;
    while (!refused) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(kMaxBody);
        const auto [cut, size] = co_await http::async_read(client, buffer, parser, kWaiting);
        if (cut) {
            co_return;
        }
        auto response = co_await exchange(parser.release());
        if (!response) {
            co_return; // without close_notify, as when a machine on the way dies
        }
        const auto [failed, sent] = co_await http::async_write(client, *response, kWaiting);
        if (failed || !response->keep_alive()) {
            co_return;
        }
    }
}

Exchange ExchangeProxy::Impl::choose() {
    auto roll = dice.between(1, 100);
    for (const auto &[fault, share] : percent) {
        roll -= share;
        if (roll <= 0) {
            ++tally[fault];
            return fault;
        }
    }
    return Exchange::pass;
}

Response ExchangeProxy::Impl::refusal() {
    constexpr std::array<unsigned, 4> kStatus{500, 502, 503, 429};
    Response response = answer(kStatus[static_cast<std::size_t>(dice.between(0, 3))]);
    if (dice.chance(30)) {
        response.set(http::field::retry_after, "1");
    }
    return response;
}

asio::awaitable<std::optional<Response>> ExchangeProxy::Impl::exchange(Request request) {
    if (auto receipt = early_receipt(request)) {
        asio::co_spawn(io, deliver_late(std::move(request), dice.ms(0, 200)), asio::detached);
        co_return receipt;
    }
    const Exchange fault = choose();
    switch (fault) {
    case Exchange::pass:
        break;
    case Exchange::drop_request:
        co_return std::nullopt;
    case Exchange::late:
        asio::co_spawn(io, deliver_late(std::move(request), dice.ms(50, 900)), asio::detached);
        co_return std::nullopt;
    case Exchange::refuse:
        co_return refusal();
    case Exchange::duplicate:
        co_await forward(request);
        break;
    case Exchange::drop_response:
    case Exchange::lie:
        co_await forward(std::move(request));
        co_return fault == Exchange::lie ? std::optional(answer(502)) : std::nullopt;
    }
    co_return co_await forward(std::move(request));
}

asio::awaitable<std::optional<Response>> ExchangeProxy::Impl::forward(Request request) {
    asio::ssl::context device_side{asio::ssl::context::tls_client};
    boost::system::error_code unclaimed; // before the claim there is no certificate to show
    device_side.use_certificate_chain_file((keys.sync / "client.crt").string(), unclaimed);
    if (!unclaimed) {
        device_side.use_private_key_file((keys.sync / "client.key").string(), asio::ssl::context::pem, unclaimed);
    }
    TlsStream server(io, device_side);
    auto &connection = beast::get_lowest_layer(server);
    connection.expires_after(kPatience);
    const tcp::endpoint registry(asio::ip::address_v4::loopback(), target);
    const auto [away] = co_await connection.async_connect(registry, kWaiting);
    if (away) {
        co_return std::nullopt;
    }
    const auto [refused] = co_await server.async_handshake(asio::ssl::stream_base::client, kWaiting);
    if (refused) {
        co_return std::nullopt;
    }
    request.erase(http::field::expect);
    const auto [cut, sent] = co_await http::async_write(server, request, kWaiting);
    if (cut) {
        co_return std::nullopt;
    }
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMaxBody);
    parser.skip(request.method() == http::verb::head);
    const auto [gone, size] = co_await http::async_read(server, buffer, parser, kWaiting);
    if (gone) {
        co_return std::nullopt;
    }
    co_return parser.release();
}

asio::awaitable<void> ExchangeProxy::Impl::deliver_late(Request request, std::chrono::milliseconds delay) {
    asio::steady_timer timer(io, delay);
    co_await timer.async_wait(kWaiting);
    co_await forward(std::move(request));
}

std::optional<Response> ExchangeProxy::Impl::early_receipt(const Request &request) const {
    const auto batch = early_signer != nullptr && request.target() == "/v1/events"
                           ? wire::read_event_batch(request.body())
                           : fail(ErrorCode::unsupported, "");
    if (!batch) {
        return std::nullopt;
    }
    const record::StoredEvent &last = batch->events.back();
    identity::Receipt receipt;
    receipt.device = record::read_body(last).value().device;
    receipt.chain = batch->chain;
    receipt.through_seq = receipt.count = last.seq;
    receipt.head_hash = last.hash;
    wire::BatchAnswer early;
    early.accepted_through = last.seq;
    early.receipt = identity::sign_receipt(*early_signer, receipt).value();
    for (const auto &event : batch->events) {
        wire::EventResult stored;
        stored.seq = event.seq;
        early.results.push_back(stored);
    }
    return answer(200, wire::write(early));
}

} // namespace xueshi::test::sync_faults
