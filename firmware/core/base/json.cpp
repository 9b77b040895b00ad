#include "firmware/core/base/json.hpp"

#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>

namespace xueshi::json {

namespace {

/// A basic_parser handler that only looks for duplicate keys, which boost::json::parser would silently overwrite.
class DuplicateKeyFinder {
public:
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);
    using Code = boost::system::error_code;
    using View = boost::json::string_view;

    std::string duplicate;

    bool on_document_begin(Code &) { return true; }
    bool on_document_end(Code &) { return true; }
    bool on_object_begin(Code &) {
        keys_.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, Code &) {
        keys_.pop_back();
        return true;
    }
    bool on_array_begin(Code &) { return true; }
    bool on_array_end(std::size_t, Code &) { return true; }
    bool on_key_part(View part, std::size_t, Code &) {
        key_.append(part.data(), part.size());
        return true;
    }
    bool on_key(View part, std::size_t, Code &error) {
        key_.append(part.data(), part.size());
        if (!keys_.back().insert(key_).second) {
            duplicate = key_;
            error = boost::json::error::syntax;
            return false;
        }
        key_.clear();
        return true;
    }
    bool on_string_part(View, std::size_t, Code &) { return true; }
    bool on_string(View, std::size_t, Code &) { return true; }
    bool on_number_part(View, Code &) { return true; }
    bool on_int64(std::int64_t, View, Code &) { return true; }
    bool on_uint64(std::uint64_t, View, Code &) { return true; }
    bool on_double(double, View, Code &) { return true; }
    bool on_bool(bool, Code &) { return true; }
    bool on_null(Code &) { return true; }
    bool on_comment_part(View, Code &) { return true; }
    bool on_comment(View, Code &) { return true; }

private:
    std::vector<std::set<std::string>> keys_;
    std::string key_;
};

} // namespace

Expected<Value> parse(std::string_view text, const Limits &limits) {
    if (text.size() > limits.bytes) {
        return fail(ErrorCode::too_large,
                    fmt::format("JSON of {} bytes; at most {} are allowed", text.size(), limits.bytes));
    }
    boost::json::parse_options options;
    options.max_depth = limits.depth;
    boost::json::parser parser({}, options);
    boost::system::error_code code;
    const std::size_t used = parser.write_some(text.data(), text.size(), code);
    if (code || used < text.size()) {
        const std::string why = code ? code.message() : "something follows the value";
        return fail(ErrorCode::invalid_argument, fmt::format("malformed JSON at byte {}: {}", used, why));
    }
    boost::json::basic_parser<DuplicateKeyFinder> finder(options);
    boost::system::error_code found;
    finder.write_some(false, text.data(), text.size(), found);
    if (!finder.handler().duplicate.empty() || found) {
        return fail(
            ErrorCode::invalid_argument,
            fmt::format("malformed JSON: the key \"{}\" stands twice in one object", finder.handler().duplicate));
    }
    return parser.release();
}

std::string serialize(const Value &value) {
    return boost::json::serialize(value);
}

ObjectReader::ObjectReader(const Value &value, std::string path) : path_(std::move(path)) {
    object_ = value.if_object();
    if (object_ == nullptr) {
        error_ = Error{ErrorCode::invalid_argument, (path_.empty() ? "the value" : path_) + " must be an object"};
    }
}

std::string ObjectReader::path(std::string_view key) const {
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

void ObjectReader::error(std::string_view key, std::string_view what) {
    if (!error_) {
        error_ = Error{ErrorCode::invalid_argument, path(key) + ": " + std::string(what)};
    }
}

const Value *ObjectReader::find(std::string_view key, bool required) {
    seen_.emplace(key);
    const Value *value = object_ != nullptr ? object_->if_contains(key) : nullptr;
    if (value == nullptr && required) {
        error(key, "is missing");
    }
    return value;
}

const Value *ObjectReader::optional(std::string_view key) {
    return find(key, false);
}
void ObjectReader::ignore(std::string_view key) {
    seen_.emplace(key);
}

std::string ObjectReader::string(std::string_view key, std::size_t max_length) {
    return find(key, true) != nullptr ? optional_string(key, max_length).value_or("") : "";
}

std::optional<std::string> ObjectReader::optional_string(std::string_view key, std::size_t max_length) {
    const Value *value = find(key, false);
    if (value == nullptr) {
        return std::nullopt;
    }
    const auto *text = value->if_string();
    if (text == nullptr) {
        error(key, "must be a string");
        return std::nullopt;
    }
    if (text->size() > max_length) {
        error(key, fmt::format("is longer than {} bytes", max_length));
        return std::nullopt;
    }
    return std::string(text->data(), text->size());
}

std::int64_t ObjectReader::integer(std::string_view key, std::int64_t min, std::int64_t max) {
    return find(key, true) != nullptr ? optional_integer(key, min, max).value_or(min) : min;
}

std::optional<std::int64_t> ObjectReader::optional_integer(std::string_view key, std::int64_t min, std::int64_t max) {
    const Value *value = find(key, false);
    if (value == nullptr) {
        return std::nullopt;
    }
    const std::int64_t *number = value->if_int64();
    if (number == nullptr || *number < min || *number > max) {
        error(key, fmt::format("must be an integer from {} to {}", min, max));
        return std::nullopt;
    }
    return *number;
}

bool ObjectReader::boolean(std::string_view key) {
    return find(key, true) != nullptr && optional_boolean(key).value_or(false);
}

std::optional<bool> ObjectReader::optional_boolean(std::string_view key) {
    const Value *value = find(key, false);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_bool()) {
        error(key, "must be true or false");
        return std::nullopt;
    }
    return value->get_bool();
}

const Object &ObjectReader::object(std::string_view key) {
    static const Object empty;
    const Value *value = find(key, true);
    if (value == nullptr) {
        return empty;
    }
    if (!value->is_object()) {
        error(key, "must be an object");
        return empty;
    }
    return value->get_object();
}

const Array &ObjectReader::array(std::string_view key, std::size_t max_count) {
    static const Array empty;
    const Value *value = find(key, true);
    if (value == nullptr) {
        return empty;
    }
    const Array *array = value->if_array();
    if (array == nullptr || array->size() > max_count) {
        error(key, fmt::format("must be an array of at most {} elements", max_count));
        return empty;
    }
    return *array;
}

Expected<void> ObjectReader::finish() {
    if (!error_ && object_ != nullptr) {
        for (const auto &field : *object_) {
            if (!seen_.contains(field.key())) {
                error(field.key(), "is not known here");
                break;
            }
        }
    }
    return finish_open();
}

Expected<void> ObjectReader::finish_open() const {
    return error_ ? Expected<void>(tl::unexpected<Error>(*error_)) : Expected<void>();
}

} // namespace xueshi::json
