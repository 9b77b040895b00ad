#include "firmware/core/record/canonical_scan.hpp"

#include <cstddef>
#include <optional>

#include "firmware/core/base/json.hpp"
#include "firmware/core/record/utf8.hpp"

namespace xueshi::record {
namespace {

constexpr std::size_t kMaxDepth = json::Limits{}.depth;
constexpr std::string_view kLargest = "9007199254740991"; // 2^53 - 1

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool whole() { return value(0) && at_ == text_.size(); }

private:
    bool take(char wanted) {
        const bool there = at_ < text_.size() && text_[at_] == wanted;
        at_ += there ? 1 : 0;
        return there;
    }
    bool take(std::string_view wanted) {
        const bool there = text_.substr(at_, wanted.size()) == wanted;
        at_ += there ? wanted.size() : 0;
        return there;
    }

    bool value(std::size_t depth) {
        switch (at_ < text_.size() ? text_[at_] : '\0') {
        case '"':
            return string();
        case '{':
            return depth < kMaxDepth && object(depth);
        case '[':
            return depth < kMaxDepth && array(depth);
        case 't':
            return take("true");
        case 'f':
            return take("false");
        default:
            return integer();
        }
    }

    /// No leading zero, no minus zero, below 2^53.
    bool integer() {
        const bool negative = take('-');
        const std::size_t start = at_;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
            ++at_;
        }
        const std::string_view digits = text_.substr(start, at_ - start);
        if (digits == "0") {
            return !negative;
        }
        return !digits.empty() && digits.front() != '0' &&
               (digits.size() < kLargest.size() || (digits.size() == kLargest.size() && digits <= kLargest));
    }

    bool string() {
        ++at_;
        while (at_ < text_.size()) {
            const auto c = static_cast<unsigned char>(text_[at_]);
            if (c == '"') {
                ++at_;
                return true;
            }
            const std::size_t length = c == '\\' ? escape_length() : c < 0x20 ? 0 : c < 0x80 ? 1 : utf8_length();
            if (length == 0) {
                return false;
            }
            at_ += length;
        }
        return false;
    }
    std::size_t utf8_length() const { return sequence_length(text_.substr(at_)); }

    /// The short escapes, and \u00xx in lower case for the controls that have none.
    std::size_t escape_length() const {
        const std::string_view rest = text_.substr(at_ + 1);
        if (!rest.empty() && std::string_view("\"\\bfnrt").find(rest.front()) != std::string_view::npos) {
            return 2;
        }
        const bool control = rest.size() >= 5 && rest.starts_with("u00") && (rest[3] == '0' || rest[3] == '1') &&
                             std::string_view("0123456789abcdef").find(rest[4]) != std::string_view::npos;
        const bool has_short =
            control && rest[3] == '0' && std::string_view("89acd").find(rest[4]) != std::string_view::npos;
        return control && !has_short ? 6 : 0;
    }

    bool array(std::size_t depth) {
        ++at_;
        if (take(']')) {
            return true;
        }
        do {
            if (!value(depth + 1)) {
                return false;
            }
        } while (take(','));
        return take(']');
    }

    /// Keys rise, so that none is there twice.
    bool object(std::size_t depth) {
        ++at_;
        if (take('}')) {
            return true;
        }
        std::string_view before;
        bool first = true;
        do {
            const auto key = plain_key();
            if (!key || !take(':') || (!first && *key <= before) || !value(depth + 1)) {
                return false;
            }
            before = *key;
            first = false;
        } while (take(','));
        return take('}');
    }

    /// ASCII without escapes.
    std::optional<std::string_view> plain_key() {
        if (!take('"')) {
            return std::nullopt;
        }
        const std::size_t start = at_;
        while (at_ < text_.size() && text_[at_] >= 0x20 && text_[at_] < 0x7F && text_[at_] != '"' &&
               text_[at_] != '\\') {
            ++at_;
        }
        const std::string_view key = text_.substr(start, at_ - start);
        return take('"') ? std::optional(key) : std::nullopt;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace

bool is_surely_canonical(std::string_view text) {
    return Scanner(text).whole();
}

} // namespace xueshi::record
