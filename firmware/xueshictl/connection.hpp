#pragma once

#include <string>

#include "firmware/core/base/json_members.hpp"
#include "firmware/core/control_messages/control_messages.hpp"
#include "firmware/xueshictl/commands.hpp"

namespace xueshi::xueshictl {

/// One call over a connection of its own; progress lines are printed in both languages as they come.
Expected<json::Object> call(const Places &places, std::string_view verb, json::Object arguments, int timeout_ms);

// What the terminal answers is shown, not judged.
using json::array_of;
using json::flag_of;
using json::number_of;
using json::object_of;
using json::text_of;

} // namespace xueshi::xueshictl
