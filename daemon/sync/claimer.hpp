#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "daemon/sync/failure.hpp"
#include "daemon/sync/state.hpp"
#include "daemon/sync/terminal.hpp"
#include "daemon/upstream/upstream.hpp"

namespace xueshi::sync {

/// How a connection to the registry is to be trusted and with what it shows itself.
struct Trust {
    std::string ca_pem;
    std::filesystem::path client_certificate, client_key; ///< empty before the claim
};
using Connect = std::function<Expected<std::unique_ptr<upstream::Upstream>>(const Trust &)>;

/// Makes this device known to the registry: its TLS key and certificate request, terminald's proof that it holds the
/// signing key, the registry's answer saved. Each step can be cut off and done again. Of a device that is claimed it
/// renews the certificate.
class Claimer {
public:
    struct Options {
        std::filesystem::path ca_file;    ///< trusted at the first contact
        std::string token;                ///< one-time token; empty: see token_file
        std::filesystem::path token_file; ///< read at each try; empty or absent: no token
    };
    Claimer(State &state, Terminal &terminal, Connect connect, Options options)
        : state_(state), terminal_(terminal), connect_(std::move(connect)), options_(std::move(options)) {}

    /// One try. The code to show while an operator has not approved; empty: claimed and saved.
    boost::asio::awaitable<Outcome<std::string>> step(std::int64_t wall_ms);

private:
    boost::asio::awaitable<Outcome<wire::ClaimRequest>> make_request();
    Expected<std::string> certificate_request() const;
    Expected<std::string> token() const;
    Expected<void> save(const wire::ClaimRequest &request, const wire::ClaimAnswer &answer, std::int64_t wall_ms);

    State &state_;
    Terminal &terminal_;
    Connect connect_;
    Options options_;
};

} // namespace xueshi::sync
