#pragma once

#include <optional>

#include "daemon/wire/media.hpp"
#include "firmware/core/http/server.hpp"

/// Internal to the room: tus 1.0.0 in HTTP's terms.
namespace xueshi::registry::media {

/// The method, as X-HTTP-Method-Override has it where that is there.
std::string method_of(const http::Request &request);
/// The upload's name in the path; empty: the path is the collection's.
std::string name_of(const http::Request &request);

/// Before the body: 404, 405 and 412 for what can never be.
std::optional<http::Response> refuse_early(const http::Request &request);

http::Response respond(unsigned status);
http::Response refuse(unsigned status, std::string_view title, std::string_view detail);
http::Response refuse(const Error &error);
/// What the server can do. OPTIONS needs no version.
http::Response capabilities(std::int64_t max_bytes);

/// What a PATCH says in its head.
struct Patch {
    std::int64_t offset = 0;
    std::optional<wire::Checksum> checksum;
};
tl::expected<Patch, http::Response> read_patch(const http::Request &request);

} // namespace xueshi::registry::media
