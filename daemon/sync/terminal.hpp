#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "firmware/core/base/json.hpp"

namespace xueshi::sync {

/// terminald, as far as sync needs it: the verbs that firmware/control gives to sync.
class Terminal {
public:
    virtual ~Terminal() = default;
    /// Error: unavailable when terminald does not run.
    virtual boost::asio::awaitable<Expected<json::Object>> call(std::string verb, json::Object arguments) = 0;
};

/// What terminald will never take is not offered for ever.
inline bool may_be_told_later(ErrorCode code) {
    return code != ErrorCode::invalid_argument && code != ErrorCode::denied && code != ErrorCode::unsupported;
}

/// By the control socket. The blocking client runs on a thread of its own.
std::unique_ptr<Terminal> make_control_terminal(std::filesystem::path socket);

} // namespace xueshi::sync
