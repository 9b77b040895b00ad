#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "firmware/core/identity/keys.hpp"
#include "tests/flow/sync_faults/dice.hpp"

namespace xueshi::test::sync_faults {

/// What can happen to one request and its answer.
enum class Exchange {
    pass,
    drop_request,
    drop_response, ///< the registry has answered
    duplicate,     ///< the request is delivered twice
    late,          ///< given up by the client, delivered after what comes next
    refuse,        ///< 5xx or 429 by somebody on the way; the registry sees nothing
    lie,           ///< 502 by somebody on the way, after the registry has answered
};
inline constexpr std::array<std::pair<Exchange, std::string_view>, 6> kExchangeFaults{{
    {Exchange::drop_request, "drop_request"},
    {Exchange::drop_response, "drop_response"},
    {Exchange::duplicate, "duplicate"},
    {Exchange::late, "late"},
    {Exchange::refuse, "refuse"},
    {Exchange::lie, "lie"},
}};

/// Ends TLS as the registry (with its key) and goes on as the device (with its key), so that whole requests and answers
/// can be dropped, doubled, reordered and replaced. Runs on the io_context, which outlives it; one thread's.
class ExchangeProxy {
public:
    struct Keys {
        std::filesystem::path registry; ///< its state directory: server.pem, server.key, registry.key
        std::filesystem::path sync;     ///< client.crt, client.key once the device is claimed
    };
    ExchangeProxy(boost::asio::io_context &io, Keys keys, Dice dice);
    ~ExchangeProxy();
    ExchangeProxy(const ExchangeProxy &) = delete;
    ExchangeProxy &operator=(const ExchangeProxy &) = delete;

    std::uint16_t port() const;
    void set_target(std::uint16_t registry_port);
    /// Percent of each fault; together at most 100. Empty: calm.
    void set_faults(std::map<Exchange, int> percent);
    /// Negative control: receipts are given, in the registry's name, before the registry has seen the events.
    void acknowledge_early();

    const std::map<Exchange, int> &tally() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace xueshi::test::sync_faults
