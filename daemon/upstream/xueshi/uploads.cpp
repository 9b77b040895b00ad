#include "daemon/upstream/xueshi/uploads.hpp"

#include "daemon/upstream/xueshi/refusal.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::upstream {

namespace {

constexpr std::size_t kMaxProblemBytes = 64 * 1024;

std::string field(const transport::HttpResponse &response, const std::string &name) {
    const auto found = response.headers.find(name);
    return found == response.headers.end() ? std::string() : found->second;
}

Answer<Upstream::UploadPosition> position_of(const transport::HttpResponse &response, std::string upload) {
    const auto offset = wire::read_count(field(response, "upload-offset"));
    if (!offset || upload.empty()) {
        return tl::unexpected(
            unreadable(response.status, offset ? Error{ErrorCode::corrupt, "an upload without a usable address"}
                                               : offset.error().with_context("Upload-Offset")));
    }
    Upstream::UploadPosition position;
    position.upload = std::move(upload);
    position.offset = *offset;
    position.confirmed = wire::read_digest(field(response, "repr-digest"));
    return position;
}

/// The device's file is the hindrance, not the registry.
Refusal own_file(const Error &error) {
    Refusal out;
    out.error = error.with_context("the clip's file");
    out.own_file = true;
    return out;
}

Expected<Sha256> sha256_of(const Upstream::Piece &piece) {
    Sha256Stream stream;
    const auto read = hash_range(piece.file->get(), piece.offset, piece.bytes, stream);
    return read ? Expected<Sha256>(stream.finish()) : tl::unexpected<Error>(read.error());
}

} // namespace

transport::HttpRequest Uploads::request(std::string method, const std::string &upload) const {
    transport::HttpRequest request;
    request.method = std::move(method);
    request.url = base_url_ + std::string(wire::kMediaPath) + (upload.empty() ? "" : "/" + upload);
    request.timeout = limits_.exchange;
    request.headers["Tus-Resumable"] = wire::kTusVersion;
    request.max_response_bytes = kMaxProblemBytes;
    return request;
}

Uploads::Position Uploads::create(wire::ClipAnnouncement clip) {
    auto post = request("POST", {});
    post.headers["Upload-Length"] = std::to_string(clip.bytes);
    post.headers["Upload-Metadata"] = wire::write_metadata(clip);
    const auto response = co_await client_.send(std::move(post));
    if (!response) {
        co_return tl::unexpected(no_answer(response.error()));
    }
    if (response->status != 201) {
        co_return tl::unexpected(refusal(*response));
    }
    co_return position_of(*response, wire::upload_name(field(*response, "location")));
}

Uploads::Position Uploads::position(std::string upload) {
    auto head = request("HEAD", upload);
    const auto response = co_await client_.send(std::move(head));
    if (!response) {
        co_return tl::unexpected(no_answer(response.error()));
    }
    if (response->status != 200 && response->status != 204) {
        co_return tl::unexpected(refusal(*response));
    }
    co_return position_of(*response, std::move(upload));
}

/// With a checksum a server keeps all of a body or nothing; without one, each chunk of it as it arrives.
Uploads::Position Uploads::send(std::string upload, Upstream::Piece piece) {
    auto patch = request("PATCH", upload);
    patch.headers["Content-Type"] = wire::kTusContentType;
    patch.headers["Upload-Offset"] = std::to_string(piece.offset);
    if (piece.bytes <= wire::kMediaChunkBytes) {
        const auto digest = sha256_of(piece);
        if (!digest) {
            co_return tl::unexpected(own_file(digest.error()));
        }
        patch.headers["Upload-Checksum"] = wire::write_checksum(*digest);
    }
    patch.file_body = transport::FileBody{std::move(piece.file), piece.bytes, piece.offset};
    patch.timeout = limits_.chunk;
    patch.max_send_bytes_per_s = limits_.max_send_bytes_per_s;
    const auto response = co_await client_.send(std::move(patch));
    if (!response && response.error().code == ErrorCode::cancelled) { // nothing else cancels what is under way
        co_return tl::unexpected(own_file(response.error()));
    }
    if (!response) {
        co_return tl::unexpected(no_answer(response.error()));
    }
    if (response->status != 204) {
        co_return tl::unexpected(refusal(*response));
    }
    co_return position_of(*response, std::move(upload));
}

} // namespace xueshi::upstream
