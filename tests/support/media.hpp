#pragma once

#include <algorithm>
#include <stdexcept>

#include "daemon/registry/media/media.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/record/bodies.hpp"
#include "tests/support/registry.hpp"

namespace xueshi::test {

/// A body that comes in pieces of `step` bytes and may be cut.
class MemoryBody final : public http::BodyStream {
public:
    explicit MemoryBody(std::string bytes, std::size_t cut_after = std::string::npos)
        : bytes_(std::move(bytes)), end_(std::min(bytes_.size(), cut_after)), cut_(cut_after < bytes_.size()) {}
    std::function<void()> before_read; ///< something that happens while the client is slow

    boost::asio::awaitable<Expected<std::size_t>> read(std::span<std::uint8_t> out) override {
        if (before_read) {
            before_read();
        }
        const std::size_t size = std::min(out.size(), end_ - at_);
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), size, out.begin());
        at_ += size;
        if (size == 0 && cut_) {
            co_return fail(ErrorCode::unavailable, "cut");
        }
        co_return size;
    }

private:
    std::string bytes_;
    std::size_t at_ = 0, end_;
    bool cut_;
};

/// The registry's media side without sockets.
class MediaFixture : public RegistryFixture {
public:
    EventChain chain;
    registry::store::Device device = admit(chain);
    registry::media::Options options;
    std::unique_ptr<registry::media::Media> media;

    MediaFixture() {
        options.directory = directory / "media";
        open();
    }
    /// As after a restart.
    void open() {
        media.reset();
        media = registry::media::Media::open(*store, clock, options).value();
    }

    using Headers = std::map<std::string, std::string>;
    http::Response ask(const std::string &method, const std::string &path, Headers headers = {}) {
        return ask_with(nullptr, method, path, std::move(headers));
    }
    /// Throws when the answer does not name tus's version: there is none that need not.
    http::Response ask_with(http::BodyStream *body, const std::string &method, const std::string &path,
                            Headers headers = {}) {
        auto request = make_request(body, method, path, std::move(headers));
        const auto refusal = media->gate(request);
        auto response = refusal ? *refusal : run(media->handle(device, std::move(request)));
        if (response.headers["Tus-Resumable"] != wire::kTusVersion) {
            throw std::logic_error("an answer without Tus-Resumable");
        }
        return response;
    }
    static std::string name_in(const std::string &path) { return path.substr(path.find_last_of('/') + 1); }
    /// For several at once, on an io_context of the test.
    static http::Request make_request(http::BodyStream *body, const std::string &method, const std::string &path,
                                      Headers headers = {}) {
        http::Request request;
        request.method = method;
        request.path = path;
        request.headers = std::move(headers);
        request.headers.try_emplace("tus-resumable", "1.0.0");
        if (request.headers["tus-resumable"].empty()) {
            request.headers.erase("tus-resumable");
        }
        request.stream = body;
        return request;
    }

    wire::ClipAnnouncement announce(const std::string &bytes) const {
        wire::ClipAnnouncement clip;
        clip.clip = MediaId(Uuid::v4().str());
        clip.event = Uuid::v7(1);
        clip.sha256 = sha256(as_bytes(bytes));
        clip.bytes = static_cast<std::int64_t>(bytes.size());
        return clip;
    }
    http::Response create(const wire::ClipAnnouncement &clip) {
        return ask("POST", "/v1/media",
                   {{"upload-length", std::to_string(clip.bytes)}, {"upload-metadata", wire::write_metadata(clip)}});
    }
    /// The new upload's path.
    std::string created(const wire::ClipAnnouncement &clip) {
        const auto response = create(clip);
        return response.status == 201 ? response.headers.at("Location") : "not created: " + response.body;
    }
    http::Response patch(const std::string &path, std::int64_t offset, const std::string &bytes, Headers more = {}) {
        MemoryBody body(bytes);
        return patch_with(body, path, offset, std::move(more));
    }
    http::Response patch_with(MemoryBody &body, const std::string &path, std::int64_t offset, Headers more = {}) {
        return ask_with(&body, "PATCH", path, patch_headers(offset, std::move(more)));
    }
    static Headers patch_headers(std::int64_t offset, Headers more = {}) {
        more["content-type"] = wire::kTusContentType;
        more["upload-offset"] = std::to_string(offset);
        return more;
    }
    std::int64_t offset(const std::string &path) {
        const auto response = ask("HEAD", path);
        return response.status == 200 ? wire::read_count(response.headers.at("Upload-Offset")).value()
                                      : -static_cast<std::int64_t>(response.status);
    }
    std::optional<registry::store::Media> held(const wire::ClipAnnouncement &clip) {
        std::optional<registry::store::Media> found;
        in_transaction([&](registry::store::Session &session) {
            found = registry::store::find_media(session, device.institution, device.id, clip.clip);
        });
        return found;
    }
    std::string object_bytes(const registry::store::Media &held) const {
        return read_file(media->objects().path_of(held.object), 64 << 20).value();
    }
};

inline void run_void(boost::asio::awaitable<void> work) {
    boost::asio::io_context io;
    boost::asio::co_spawn(io, std::move(work), [](std::exception_ptr thrown) {
        if (thrown) {
            std::rethrow_exception(thrown);
        }
    });
    io.run();
}

/// Bytes without a pattern that would hide a shift.
inline std::string random_text(std::size_t size) {
    const auto bytes = random_bytes(size);
    return std::string(as_text(bytes));
}

} // namespace xueshi::test
