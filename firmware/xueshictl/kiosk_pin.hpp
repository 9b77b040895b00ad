#pragma once

#include <istream>
#include <string>

#include "firmware/xueshictl/commands.hpp"

namespace xueshi::xueshictl {

/// Asks for the PIN twice and sets it; at a terminal without echo, else from the lines of standard input. Never from
/// the command line, which others can read. `role`: "teacher" or "admin".
Expected<void> set_kiosk_pin(const Places &places, const std::string &role);

/// Two equal lines of `input`. Error: invalid_argument when they differ or there is none.
Expected<std::string> read_pin_twice(std::istream &input);

} // namespace xueshi::xueshictl
