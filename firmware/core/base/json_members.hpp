#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "firmware/core/base/json.hpp"

/// Members of an object that nobody has checked: one that is missing or of another type is empty. For what is only
/// shown or passed on; whatever must be right is read by ObjectReader.
namespace xueshi::json {

std::string text_of(const Object &object, std::string_view key);
std::int64_t number_of(const Object &object, std::string_view key); ///< 0
bool flag_of(const Object &object, std::string_view key);           ///< false
/// Good as long as the object.
const Object &object_of(const Object &object, std::string_view key);
const Array &array_of(const Object &object, std::string_view key);

} // namespace xueshi::json
