#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "firmware/core/base/json.hpp"

namespace xueshi::control_messages {

/// JSON lines over a UNIX stream socket. Request: {"id":1,"verb":"status","arguments":{...}}.
/// Answers to it, each a line: any number of {"id":1,"progress":{...}}, then one of
/// {"id":1,"result":{...}} or {"id":1,"error":{"code":"not_found","message":"..."}}.
struct Request {
    std::int64_t id = 0;
    std::string verb;
    json::Object arguments;
};

/// A line with a 10 MB photograph in base64, and room for the rest.
inline constexpr std::size_t kMaxLineBytes = 15u << 20;

/// What the signing key signs for prove_possession: this, a line break and the certificate request's PEM.
inline constexpr std::string_view kProofPurpose = "xueshi-claim-v1";

std::string write_request(const Request &request);
Expected<Request> read_request(std::string_view line);
std::string write_progress(std::int64_t id, const json::Object &progress);
std::string write_result(std::int64_t id, const json::Object &result);
std::string write_error(std::int64_t id, const Error &error);

/// The client end; blocking; one request at a time. Thread-bound.
class Client {
public:
    /// Error: unavailable with a plain sentence when nobody listens; denied when the socket may not be opened.
    static Expected<Client> connect(const std::filesystem::path &socket);
    Client(Client &&) noexcept;
    Client &operator=(Client &&) noexcept;
    ~Client();

    /// Sends and waits for the result; `on_progress` may be empty. `timeout_ms` is the longest silence of the peer.
    /// Error: the peer's own, or timeout, or unavailable; after the last two the client is spent.
    Expected<json::Object> call(std::string_view verb, json::Object arguments, int timeout_ms = 10'000,
                                const std::function<void(const json::Object &)> &on_progress = {});

private:
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace xueshi::control_messages
