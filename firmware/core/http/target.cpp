#include "firmware/core/http/target.hpp"

#include <algorithm>

#include "firmware/core/base/bytes.hpp"

namespace xueshi::http {

namespace {

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

Expected<std::string> decode(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const auto byte = i + 2 < text.size() ? parse_hex(text.substr(i + 1, 2)) : Expected<Bytes>(Bytes{});
            if (!byte || byte->size() != 1) {
                return fail(ErrorCode::invalid_argument, "bad percent escape in the request target");
            }
            c = static_cast<char>(byte->front());
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (is_control(c)) {
            return fail(ErrorCode::invalid_argument, "control character in the request target");
        }
        decoded += c;
    }
    return decoded;
}

/// One segment between slashes, still encoded.
Expected<std::string> decode_segment(std::string_view encoded) {
    auto segment = decode(encoded, false);
    if (!segment) {
        return segment;
    }
    if (*segment == "." || *segment == ".." || segment->find_first_of("/\\") != std::string::npos) {
        return fail(ErrorCode::invalid_argument, "the path leaves its place");
    }
    return segment;
}

Expected<std::string> parse_path(std::string_view encoded) {
    std::string path;
    while (!encoded.empty()) {
        encoded.remove_prefix(1); // the slash
        const auto end = std::min(encoded.find('/'), encoded.size());
        const auto segment = decode_segment(encoded.substr(0, end));
        if (!segment) {
            return segment;
        }
        path += '/' + *segment;
        encoded.remove_prefix(end);
    }
    return path;
}

Expected<void> parse_pair(std::string_view pair, std::map<std::string, std::string> &query) {
    const auto equals = std::min(pair.find('='), pair.size());
    auto key = decode(pair.substr(0, equals), true);
    auto value = decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!key || !value) {
        return tl::unexpected(key ? value.error() : key.error());
    }
    if (key->empty() || query.size() == kMaxQueryKeys) {
        return fail(ErrorCode::invalid_argument, "a query key is empty, or there are too many");
    }
    if (!query.emplace(std::move(*key), std::move(*value)).second) {
        return fail(ErrorCode::invalid_argument, "a query key is repeated");
    }
    return {};
}

} // namespace

Expected<Target> parse_target(std::string_view target) {
    if (!target.starts_with('/')) {
        return fail(ErrorCode::invalid_argument, "the request target must begin with '/'");
    }
    const auto question = std::min(target.find('?'), target.size());
    auto path = parse_path(target.substr(0, question));
    if (!path) {
        return tl::unexpected(path.error());
    }
    Target parsed;
    parsed.path = std::move(*path);
    auto rest = target.substr(std::min(question + 1, target.size()));
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        if (auto read = parse_pair(rest.substr(0, end), parsed.query); !read) {
            return tl::unexpected(read.error());
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return parsed;
}

} // namespace xueshi::http
