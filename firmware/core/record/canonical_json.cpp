#include "firmware/core/record/canonical_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "firmware/core/record/utf8.hpp"

namespace xueshi::record {
namespace {

constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1; // exact in a double (RFC 7493)
constexpr std::size_t kMaxDepth = json::Limits{}.depth;               // what json::parse takes back

/// RFC 8785 section 3.2.2.2: the short escapes where JSON has them, \u00xx for other controls, all else as it is.
void append_escaped(std::string &out, unsigned char control) {
    switch (control) {
    case '"':
        out += "\\\"";
        break;
    case '\\':
        out += "\\\\";
        break;
    case '\b':
        out += "\\b";
        break;
    case '\t':
        out += "\\t";
        break;
    case '\n':
        out += "\\n";
        break;
    case '\f':
        out += "\\f";
        break;
    case '\r':
        out += "\\r";
        break;
    default:
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", control);
    }
}

/// False when `text` is not UTF-8.
bool append_string(std::string &out, std::string_view text) {
    out += '"';
    std::size_t plain = 0; // start of what can be copied as it is
    std::size_t i = 0;
    while (i < text.size()) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x80) {
            const std::size_t length = sequence_length(text.substr(i));
            if (length == 0) {
                return false;
            }
            i += length;
        } else if (c < 0x20 || c == '"' || c == '\\') {
            out.append(text, plain, i - plain);
            append_escaped(out, c);
            plain = ++i;
        } else {
            ++i;
        }
    }
    out.append(text, plain);
    out += '"';
    return true;
}

class Writer {
public:
    explicit Writer(std::string &out) : out_(out) {}

    bool write(const json::Value &value, std::size_t depth) {
        switch (value.kind()) {
        case boost::json::kind::string:
            return write_string(value.get_string());
        case boost::json::kind::int64:
            return write_integer(value.get_int64());
        case boost::json::kind::uint64:
            // Boost keeps only what does not fit an int64 as unsigned, unless built so by hand.
            return value.get_uint64() <= static_cast<std::uint64_t>(kLargestInteger)
                       ? write_integer(static_cast<std::int64_t>(value.get_uint64()))
                       : refuse("an integer of 2^53 or more");
        case boost::json::kind::bool_:
            out_ += value.get_bool() ? "true" : "false";
            return true;
        case boost::json::kind::array:
            return depth < kMaxDepth ? write_array(value.get_array(), depth) : too_deep();
        case boost::json::kind::object:
            return depth < kMaxDepth ? write_object(value.get_object(), depth) : too_deep();
        case boost::json::kind::double_:
            return refuse("a number that is no integer");
        case boost::json::kind::null:
            return refuse("null");
        }
        return refuse("an unknown type");
    }

    Error error() const {
        std::string path = "$";
        std::for_each(path_.rbegin(), path_.rend(), [&](const std::string &step) { path += step; });
        return {ErrorCode::invalid_argument, fmt::format("{}: {}", path, what_)};
    }

private:
    bool refuse(std::string what) {
        what_ = std::move(what);
        return false;
    }
    bool too_deep() { return refuse(fmt::format("nested deeper than {}", kMaxDepth)); }

    bool write_integer(std::int64_t number) {
        if (number > kLargestInteger || number < -kLargestInteger) {
            return refuse("an integer of 2^53 or more");
        }
        std::array<char, 24> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        out_.append(digits.data(), end);
        return true;
    }

    bool write_string(std::string_view text) { return append_string(out_, text) || refuse("text that is not UTF-8"); }

    bool write_array(const json::Array &array, std::size_t depth) {
        out_ += '[';
        for (std::size_t i = 0; i < array.size(); ++i) {
            if (i > 0) {
                out_ += ',';
            }
            if (!write(array[i], depth + 1)) {
                path_.push_back(fmt::format("[{}]", i));
                return false;
            }
        }
        out_ += ']';
        return true;
    }

    bool write_object(const json::Object &object, std::size_t depth) {
        std::vector<const boost::json::key_value_pair *> members;
        members.reserve(object.size());
        for (const auto &member : object) {
            members.push_back(&member);
        }
        // Keys are ASCII, so the order of bytes is the order of UTF-16 code units that RFC 8785 asks for.
        std::ranges::sort(members, {}, [](const auto *member) { return std::string_view(member->key()); });
        out_ += '{';
        for (const auto *member : members) {
            if (member != members.front()) {
                out_ += ',';
            }
            if (!write_member(*member, depth)) {
                path_.push_back("." + std::string(member->key()));
                return false;
            }
        }
        out_ += '}';
        return true;
    }

    bool write_member(const boost::json::key_value_pair &member, std::size_t depth) {
        const std::string_view key = member.key();
        if (std::ranges::any_of(key, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
            return refuse("a key that is not ASCII");
        }
        append_string(out_, key);
        out_ += ':';
        return write(member.value(), depth + 1);
    }

    std::string &out_;
    std::string what_;
    std::vector<std::string> path_; ///< innermost first, made only on the way out of an error
};

} // namespace

Expected<std::string> canonical_json(const json::Value &value) {
    std::string out;
    out.reserve(512);
    Writer writer(out);
    if (!writer.write(value, 0)) {
        return tl::unexpected<Error>(writer.error());
    }
    return out;
}

bool is_canonical(std::string_view text) {
    const auto value = json::parse(text);
    if (!value) {
        return false;
    }
    const auto written = canonical_json(*value);
    return written && *written == text;
}

} // namespace xueshi::record
