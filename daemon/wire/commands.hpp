#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/core/identity/command.hpp"

/// GET /v1/commands?after=NUMBER&wait=SECONDS: what the registry orders of the device. The result of each is an event,
/// delivered like any other.
namespace xueshi::wire {

inline constexpr std::string_view kCommandsPath = "/v1/commands";
inline constexpr std::int64_t kMaxCommandWaitS = 60;
inline constexpr std::size_t kMaxCommandsAtOnce = 8;

/// In order of number; none: nothing was ordered within the wait.
std::string write_commands(const std::vector<identity::SignedDocument> &commands);
/// Their form only; who signed them is for identity::open_command.
Expected<std::vector<identity::SignedDocument>> read_commands(std::string_view text);

} // namespace xueshi::wire
