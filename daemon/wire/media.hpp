#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/clips/clip_words.hpp"

/// Clips by tus 1.0.0 (tus.md lists what the specification demands and which test holds us to it).
namespace xueshi::wire {

inline constexpr std::string_view kTusVersion = "1.0.0";
inline constexpr std::string_view kTusExtensions = "creation,checksum,expiration,termination";
inline constexpr std::string_view kTusChecksums = "sha1,sha256";
inline constexpr std::string_view kTusContentType = "application/offset+octet-stream";
inline constexpr std::string_view kMediaPath = "/v1/media";
/// What one PATCH of ours carries, and what a registry makes durable at a time: the most that a cut can waste.
inline constexpr std::int64_t kMediaChunkBytes = 1 << 20;
inline constexpr std::int64_t kMaxMediaBytes = 256LL << 20;
inline constexpr std::size_t kMaxMetadataBytes = 4 * 1024;

using clips::ClipAnnouncement;

/// The value of Upload-Metadata: `clip`, `event` and `sha256` (hex), each value in base64.
std::string write_metadata(const ClipAnnouncement &clip);
/// Other keys are let be, but their form must hold: unique, printable ASCII, base64. `bytes` stays 0.
Expected<ClipAnnouncement> read_metadata(std::string_view text);

/// A non-negative decimal number as Upload-Offset and Upload-Length have it: digits only, at most 2^53.
Expected<std::int64_t> read_count(std::string_view text);

enum class ChecksumAlgorithm { sha1, sha256 };
struct Checksum {
    ChecksumAlgorithm algorithm = ChecksumAlgorithm::sha256;
    Bytes digest;
};
/// Upload-Checksum. Errors: unsupported algorithm, invalid_argument for the form.
Expected<Checksum> read_checksum(std::string_view text);
std::string write_checksum(const Sha256 &digest);

/// Repr-Digest (RFC 9530) of a whole representation: `sha-256=:<base64>:`.
std::string write_digest(const Sha256 &digest);
std::optional<Sha256> read_digest(std::string_view text);

/// IMF-fixdate, RFC 9110 section 5.6.7.
std::string http_date(std::int64_t wall_ms);

/// The name a server chose, the last segment of an upload's URL: 1 to 64 of A-Z a-z 0-9 _ -.
bool is_upload_name(std::string_view text);
/// The name in a Location of this protocol, absolute or relative; empty: it is none.
std::string upload_name(std::string_view location);

} // namespace xueshi::wire
