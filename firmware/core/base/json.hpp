#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "firmware/core/base/error.hpp"

namespace xueshi::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

struct Limits {
    std::size_t bytes = 1 << 20;
    std::size_t depth = 16;
};

/// Strict RFC 8259: UTF-8, no trailing bytes, no duplicate keys. Errors name the byte offset.
Expected<Value> parse(std::string_view text, const Limits &limits = {});
std::string serialize(const Value &value);

/// Reads one object field by field, remembering the first error with its path ("events[3].seq: ...").
/// After reading everything call `finish()`: it also refuses fields nobody asked for.
class ObjectReader {
public:
    /// `path` is put before each field's name in errors. A value that is no object is the first error.
    ObjectReader(const Value &value, std::string path);

    std::string string(std::string_view key, std::size_t max_length = 4096);
    std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max);
    bool boolean(std::string_view key);
    const Object &object(std::string_view key);
    const Array &array(std::string_view key, std::size_t max_count);
    std::optional<std::string> optional_string(std::string_view key, std::size_t max_length = 4096);
    std::optional<std::int64_t> optional_integer(std::string_view key, std::int64_t min, std::int64_t max);
    std::optional<bool> optional_boolean(std::string_view key);
    const Value *optional(std::string_view key);
    /// Accepts the field whatever it holds.
    void ignore(std::string_view key);
    /// Records an own finding about `key`; only the first one counts.
    void error(std::string_view key, std::string_view what);

    bool ok() const { return !error_; }
    std::string path(std::string_view key) const;
    /// The first error, unknown fields included; invalid_argument.
    Expected<void> finish();
    /// The first error. Fields nobody asked for are let be: for an answer whose sender may be newer.
    Expected<void> finish_open() const;

private:
    const Value *find(std::string_view key, bool required);

    const Object *object_ = nullptr;
    std::string path_;
    std::set<std::string, std::less<>> seen_;
    std::optional<Error> error_;
};

} // namespace xueshi::json
