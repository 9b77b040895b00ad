#include "daemon/wire/media.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <map>

#include "daemon/wire/fields.hpp"

namespace xueshi::wire {

namespace {

constexpr std::size_t kMaxMetadataPairs = 16;
constexpr std::size_t kSha1Bytes = 20, kSha256Bytes = 32;

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) {
        text.remove_prefix(1);
    }
    while (text.ends_with(' ')) {
        text.remove_suffix(1);
    }
    return text;
}

tl::unexpected<Error> bad_metadata(std::string what) {
    return fail(ErrorCode::invalid_argument, "Upload-Metadata: " + std::move(what));
}

using Pairs = std::map<std::string, std::string, std::less<>>;

Expected<void> add_pair(std::string_view pair, Pairs &pairs) {
    const auto space = pair.find(' ');
    const std::string_view key = pair.substr(0, space);
    const bool printable = std::all_of(key.begin(), key.end(), [](unsigned char c) { return c > ' ' && c < 0x7F; });
    if (key.empty() || !printable || pairs.size() == kMaxMetadataPairs) {
        return bad_metadata("a key is empty or not ASCII, or there are too many");
    }
    const auto value = parse_base64(space == std::string_view::npos ? "" : pair.substr(space + 1));
    if (!value) {
        return bad_metadata(std::string(key) + ": the value is not base64");
    }
    if (!pairs.emplace(std::string(key), std::string(as_text(*value))).second) {
        return bad_metadata(std::string(key) + " is repeated");
    }
    return {};
}

Expected<Pairs> read_pairs(std::string_view text) {
    Pairs pairs;
    if (text.size() > kMaxMetadataBytes) {
        return bad_metadata("too long");
    }
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        if (const auto added = add_pair(trimmed(text.substr(0, comma)), pairs); !added) {
            return tl::unexpected(added.error());
        }
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return pairs;
}

std::optional<Sha256> digest_of(ByteView bytes) {
    Sha256 digest{};
    if (bytes.size() != digest.size()) {
        return std::nullopt;
    }
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    return digest;
}

} // namespace

std::string write_metadata(const ClipAnnouncement &clip) {
    const std::string event = clip.event.str(), digest = hex(clip.sha256);
    return "clip " + base64(as_bytes(clip.clip.str())) + ",event " + base64(as_bytes(event)) + ",sha256 " +
           base64(as_bytes(digest));
}

Expected<ClipAnnouncement> read_metadata(std::string_view text) {
    auto pairs = read_pairs(text);
    if (!pairs) {
        return tl::unexpected(pairs.error());
    }
    const auto clip = Uuid::parse((*pairs)["clip"]);
    const auto event = Uuid::parse((*pairs)["event"]);
    const auto digest = parse_sha256((*pairs)["sha256"]);
    if (!clip || !event || !digest) {
        return bad_metadata(std::string(!clip ? "clip" : !event ? "event" : "sha256") + " is missing or malformed");
    }
    ClipAnnouncement announcement;
    announcement.clip = MediaId(clip->str());
    announcement.event = *event;
    announcement.sha256 = *digest;
    return announcement;
}

Expected<std::int64_t> read_count(std::string_view text) {
    std::int64_t value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.starts_with('-') || error != std::errc{} || end != text.data() + text.size() || value > kMaxInteger) {
        return fail(ErrorCode::invalid_argument, "a non-negative number of bytes expected");
    }
    return value;
}

Expected<Checksum> read_checksum(std::string_view text) {
    const auto space = std::min(text.find(' '), text.size());
    const std::string_view name = text.substr(0, space);
    Checksum checksum;
    if (name != "sha1" && name != "sha256") {
        return fail(ErrorCode::unsupported, "Upload-Checksum: only " + std::string(kTusChecksums));
    }
    checksum.algorithm = name == "sha1" ? ChecksumAlgorithm::sha1 : ChecksumAlgorithm::sha256;
    auto digest = parse_base64(text.substr(std::min(space + 1, text.size())));
    if (!digest || digest->size() != (name == "sha1" ? kSha1Bytes : kSha256Bytes)) {
        return fail(ErrorCode::invalid_argument, "Upload-Checksum: not a checksum of this algorithm in base64");
    }
    checksum.digest = std::move(*digest);
    return checksum;
}

std::string write_checksum(const Sha256 &digest) {
    return "sha256 " + base64(digest);
}

std::string write_digest(const Sha256 &digest) {
    return "sha-256=:" + base64(digest) + ":";
}

std::optional<Sha256> read_digest(std::string_view text) {
    constexpr std::string_view kStart = "sha-256=:";
    if (!text.starts_with(kStart) || !text.ends_with(':') || text.size() <= kStart.size()) {
        return std::nullopt;
    }
    text.remove_prefix(kStart.size());
    text.remove_suffix(1);
    const auto bytes = parse_base64(text);
    return bytes ? digest_of(*bytes) : std::nullopt;
}

std::string http_date(std::int64_t wall_ms) {
    const auto seconds = static_cast<std::time_t>(wall_ms / 1'000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[40]; // the programs never leave the "C" locale
    const auto size = std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text, size};
}

bool is_upload_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '-';
    });
}

std::string upload_name(std::string_view location) {
    if (const auto scheme = location.find("://"); scheme != std::string_view::npos) {
        const auto path = location.find('/', scheme + 3);
        location.remove_prefix(std::min(path, location.size()));
    }
    const std::string start = std::string(kMediaPath) + "/";
    if (!location.starts_with(start)) {
        return {};
    }
    location.remove_prefix(start.size());
    return is_upload_name(location) ? std::string(location) : std::string();
}

} // namespace xueshi::wire
