#pragma once

#include <string>

#include "firmware/core/control_messages/control_messages.hpp"
#include "firmware/xueshictl/commands.hpp"

namespace xueshi::xueshictl {

/// One call over a connection of its own; progress lines are printed in both languages as they come.
Expected<json::Object> call(const Places &places, std::string_view verb, json::Object arguments, int timeout_ms);

/// A member's text; "" when it is none.
std::string text_of(const json::Object &object, std::string_view key);
std::int64_t number_of(const json::Object &object, std::string_view key);
bool flag_of(const json::Object &object, std::string_view key);
json::Object object_of(const json::Object &object, std::string_view key);

} // namespace xueshi::xueshictl
