#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "firmware/core/base/json.hpp"

namespace xueshi::sync {

/// terminald, as far as sync needs it: the verbs `prove_possession` and `sync_rejection`.
class Terminal {
public:
    virtual ~Terminal() = default;
    /// Error: unavailable when terminald does not run.
    virtual boost::asio::awaitable<Expected<json::Object>> call(std::string verb, json::Object arguments) = 0;
};

/// By the control socket. The blocking client runs on a thread of its own.
std::unique_ptr<Terminal> make_control_terminal(std::filesystem::path socket);

} // namespace xueshi::sync
