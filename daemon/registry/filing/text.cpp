#include "daemon/registry/filing/text.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include <fmt/format.h>

namespace xueshi::registry::filing {
namespace {

constexpr std::string_view kMark8 = "\xEF\xBB\xBF", kMarkLittle = "\xFF\xFE", kMarkBig = "\xFE\xFF";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::size_t line_at(std::string_view text, std::size_t offset) {
    return static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n')) + 1;
}

tl::unexpected<Error> unreadable(std::size_t line, std::string_view why) {
    return fail(ErrorCode::invalid_argument, fmt::format("line {}: {}", line, why));
}

/// Length of the well-formed UTF-8 sequence at `at` (RFC 3629 section 4); 0: none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    const std::size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (length == 0 || text.size() - at < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    const unsigned second = byte(1);
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool no_character = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
    return overlong || no_character ? 0 : length;
}

/// How much of a text is UTF-8.
struct Utf8Census {
    std::optional<std::size_t> first_bad; ///< offset
    std::size_t well_formed = 0;          ///< bytes of well-formed sequences beyond ASCII
    std::size_t beyond_ascii = 0;         ///< bytes over 0x7F
    bool has_long = false;                ///< a sequence of three or four bytes, as every Chinese character is
};
Utf8Census census(std::string_view text) {
    Utf8Census result;
    for (std::size_t at = 0; at < text.size();) {
        const auto length = sequence_length(text, at);
        if (length == 0) {
            result.first_bad = result.first_bad.value_or(at);
            ++result.beyond_ascii;
            ++at;
            continue;
        }
        if (length > 1) {
            result.well_formed += length;
            result.beyond_ascii += length;
            result.has_long = result.has_long || length > 2;
        }
        at += length;
    }
    return result;
}

struct Converted {
    std::string text;
    std::optional<std::size_t> bad_at; ///< offset of the first bytes that are none of the encoding
};
Converted convert(const char *to, const char *from, std::string_view bytes) {
    const auto descriptor = ::iconv_open(to, from);
    if (descriptor == reinterpret_cast<iconv_t>(-1)) {
        return {{}, 0};
    }
    std::string text(bytes.size() * 4 + 4, '\0'); // no character of these encodings grows more than fourfold
    char *in = const_cast<char *>(bytes.data());  // iconv's interface; it does not write there
    char *out = text.data();
    std::size_t in_left = bytes.size(), out_left = text.size();
    const bool good = ::iconv(descriptor, &in, &in_left, &out, &out_left) == 0;
    ::iconv_close(descriptor);
    text.resize(text.size() - out_left);
    return {std::move(text), good ? std::nullopt : std::optional(bytes.size() - in_left)};
}

/// To UTF-8 and back to the very same bytes, or an error with the line.
Expected<std::string> convert_exactly(const char *encoding, std::string_view bytes) {
    auto there = convert("UTF-8", encoding, bytes);
    if (there.bad_at) {
        return unreadable(line_at(there.text, there.text.size()), fmt::format("bytes that are not {}", encoding));
    }
    const auto back = convert(encoding, "UTF-8", there.text);
    if (back.bad_at || back.text != bytes) {
        const auto differs = std::ranges::mismatch(back.text, bytes).in1 - back.text.begin();
        const auto before = convert("UTF-8", encoding, bytes.substr(0, static_cast<std::size_t>(differs)));
        return unreadable(line_at(before.text, before.text.size()),
                          fmt::format("a character that {} cannot give back unchanged", encoding));
    }
    return std::move(there.text);
}

/// Without a mark: UTF-8 or GB18030, by what the bytes can be.
Expected<std::string> unmarked(std::string_view bytes) {
    const auto found = census(bytes);
    if (!found.first_bad) {
        // Chinese names in GBK can happen to be well-formed two-byte UTF-8 (Latin, Greek, Cyrillic letters).
        const bool two_readings = found.beyond_ascii > 0 && !found.has_long && convert_exactly("GB18030", bytes);
        if (two_readings) {
            const auto first = std::ranges::find_if(bytes, [](char c) { return static_cast<unsigned char>(c) > 0x7F; });
            return unreadable(line_at(bytes, static_cast<std::size_t>(first - bytes.begin())),
                              "could be UTF-8 or GBK: save the file as UTF-8 with a byte order mark");
        }
        return std::string(bytes);
    }
    if (found.well_formed * 2 > found.beyond_ascii) {
        return unreadable(line_at(bytes, *found.first_bad), "bytes that are not UTF-8, which most of the file is");
    }
    return convert_exactly("GB18030", bytes);
}

Expected<std::string> decode(std::string_view bytes) {
    if (bytes.starts_with(kMark8)) {
        bytes.remove_prefix(kMark8.size());
        const auto found = census(bytes);
        return found.first_bad ? unreadable(line_at(bytes, *found.first_bad), "bytes that are not UTF-8")
                               : Expected<std::string>(std::string(bytes));
    }
    if (bytes.starts_with(kMarkLittle) || bytes.starts_with(kMarkBig)) {
        return convert_exactly(bytes.starts_with(kMarkLittle) ? "UTF-16LE" : "UTF-16BE", bytes.substr(2));
    }
    if (const auto nul = bytes.find('\0'); nul != std::string_view::npos) {
        return unreadable(line_at(bytes, nul), "a NUL byte (UTF-16 needs a byte order mark)");
    }
    return unmarked(bytes);
}

} // namespace

Expected<std::string> to_utf8(std::string_view bytes) {
    auto text = decode(bytes);
    if (!text) {
        return text;
    }
    if (const auto nul = text->find('\0'); nul != std::string::npos) {
        return unreadable(line_at(*text, nul), "a NUL character");
    }
    if (const auto lost = text->find(kReplacement); lost != std::string::npos) {
        return unreadable(line_at(*text, lost), "a character was lost before this file was written (U+FFFD)");
    }
    return text;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

} // namespace xueshi::registry::filing
