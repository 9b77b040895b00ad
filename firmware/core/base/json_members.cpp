#include "firmware/core/base/json_members.hpp"

namespace xueshi::json {

std::string text_of(const Object &object, std::string_view key) {
    const auto *value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_of(const Object &object, std::string_view key) {
    const auto *value = object.if_contains(key);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

bool flag_of(const Object &object, std::string_view key) {
    const auto *value = object.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
}

const Object &object_of(const Object &object, std::string_view key) {
    static const Object kNone;
    const auto *value = object.if_contains(key);
    return value != nullptr && value->is_object() ? value->get_object() : kNone;
}

const Array &array_of(const Object &object, std::string_view key) {
    static const Array kNone;
    const auto *value = object.if_contains(key);
    return value != nullptr && value->is_array() ? value->get_array() : kNone;
}

} // namespace xueshi::json
