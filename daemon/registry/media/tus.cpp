#include "daemon/registry/media/tus.hpp"

#include <algorithm>
#include <cctype>

namespace xueshi::registry::media {

std::string method_of(const http::Request &request) {
    std::string method = request.header("x-http-method-override");
    std::transform(method.begin(), method.end(), method.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return method.empty() ? request.method : method;
}

std::string name_of(const http::Request &request) {
    return request.path.size() > wire::kMediaPath.size() ? request.path.substr(wire::kMediaPath.size() + 1)
                                                         : std::string();
}

http::Response respond(unsigned status) {
    http::Response response;
    response.status = status;
    response.headers["Tus-Resumable"] = wire::kTusVersion;
    return response;
}

http::Response refuse(unsigned status, std::string_view title, std::string_view detail) {
    auto response = http::problem(status, title, detail);
    response.headers["Tus-Resumable"] = wire::kTusVersion;
    return response;
}

http::Response refuse(const Error &error) {
    auto response = http::problem(error);
    response.headers["Tus-Resumable"] = wire::kTusVersion;
    return response;
}

std::optional<http::Response> refuse_early(const http::Request &request) {
    const std::string method = method_of(request), name = name_of(request);
    if (!name.empty() && !wire::is_upload_name(name)) {
        return refuse(404, "Not found", "no such upload");
    }
    const std::string allowed = name.empty() ? "OPTIONS, POST" : "OPTIONS, HEAD, PATCH, DELETE";
    if (method.empty() || (", " + allowed + ",").find(", " + method + ",") == std::string::npos) {
        auto response = refuse(405, "Method not allowed", "this path takes another method");
        response.headers["Allow"] = allowed;
        return response;
    }
    if (method != "OPTIONS" && request.header("tus-resumable") != wire::kTusVersion) {
        auto response = refuse(412, "Precondition failed", "Tus-Resumable must be 1.0.0");
        response.headers["Tus-Version"] = wire::kTusVersion;
        return response;
    }
    return std::nullopt;
}

http::Response capabilities(std::int64_t max_bytes) {
    auto response = respond(204);
    response.headers["Tus-Version"] = wire::kTusVersion;
    response.headers["Tus-Extension"] = wire::kTusExtensions;
    response.headers["Tus-Max-Size"] = std::to_string(max_bytes);
    response.headers["Tus-Checksum-Algorithm"] = wire::kTusChecksums;
    return response;
}

tl::expected<Patch, http::Response> read_patch(const http::Request &request) {
    if (request.header("content-type") != wire::kTusContentType) {
        return tl::unexpected(
            refuse(415, "Unsupported media type", "a PATCH is " + std::string(wire::kTusContentType)));
    }
    const auto offset = wire::read_count(request.header("upload-offset"));
    if (!offset) {
        return tl::unexpected(refuse(400, "Bad request", "Upload-Offset: " + offset.error().message));
    }
    Patch patch;
    patch.offset = *offset;
    if (const auto text = request.header("upload-checksum"); !text.empty()) {
        auto checksum = wire::read_checksum(text);
        if (!checksum) {
            return tl::unexpected(refuse(400, "Bad request", checksum.error().message));
        }
        patch.checksum = std::move(*checksum);
    }
    return patch;
}

} // namespace xueshi::registry::media
