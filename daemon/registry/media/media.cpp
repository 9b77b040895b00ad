#include "daemon/registry/media/media.hpp"

#include <set>

#include "daemon/registry/media/settling.hpp"
#include "daemon/registry/media/tus.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::registry::media {

Expected<std::unique_ptr<Media>> Media::open(store::Store &store, const Clock &clock, Options options) {
    auto vault = Vault::open(options.directory);
    if (!vault) {
        return tl::unexpected(vault.error());
    }
    const std::function<Expected<std::set<std::string>>(store::Session &)> work =
        [](store::Session &session) -> Expected<std::set<std::string>> {
        std::set<std::string> names;
        for (const store::Upload &upload : store::open_uploads(session)) {
            names.insert(upload.id);
        }
        return names;
    };
    const auto known = store.transact<std::set<std::string>>(work);
    if (!known) {
        return tl::unexpected(known.error());
    }
    if (auto swept = (*vault)->keep_only(*known); !swept) {
        return tl::unexpected(swept.error());
    }
    return std::unique_ptr<Media>(new Media(store, clock, std::move(options), std::move(*vault)));
}

bool Media::is_media(const http::Request &request) {
    return request.path == wire::kMediaPath || request.path.starts_with(std::string(wire::kMediaPath) + "/");
}

bool Media::is_streamed(const http::Request &request) {
    return is_media(request) && method_of(request) == "PATCH";
}

std::optional<http::Response> Media::gate(const http::Request &request) const {
    return refuse_early(request);
}

Expected<bool> Media::has_room(std::int64_t bytes) const {
    constexpr std::uint64_t kReserve = 64u << 20; // the database and its log must never stand before a full disk
    const auto free = vault_->free_bytes();
    return free ? Expected<bool>(*free > static_cast<std::uint64_t>(bytes) + kReserve) : tl::unexpected(free.error());
}

boost::asio::awaitable<http::Response> Media::handle(store::Device device, http::Request request) {
    const std::string method = method_of(request), name = name_of(request);
    if (method == "OPTIONS") {
        co_return capabilities(options_.max_bytes);
    }
    if (name.empty()) {
        co_return co_await create(std::move(device), std::move(request));
    }
    std::function<Expected<std::optional<store::Upload>>(store::Session &)> work =
        [&name](store::Session &session) -> Expected<std::optional<store::Upload>> {
        return store::find_upload(session, name);
    };
    auto found = co_await store_.run<std::optional<store::Upload>>(std::move(work));
    if (!found) {
        co_return refuse(found.error());
    }
    const std::optional<store::Upload> &upload = *found;
    if (!upload || upload->device != device.id || upload->institution != device.institution) {
        co_return refuse(404, "Not found", "no such upload");
    }
    const bool expired = upload->state == store::UploadState::open && upload->expires_ms < now_ms();
    if (upload->state == store::UploadState::gone || expired) {
        co_return refuse(410, "Gone", "this upload expired or was ended");
    }
    if (method == "HEAD") {
        co_return co_await head(*upload);
    }
    if (method == "DELETE") {
        co_return co_await terminate(*upload);
    }
    co_return co_await patch(*upload, std::move(request));
}

boost::asio::awaitable<tl::expected<std::int64_t, http::Response>> Media::offset_of(const store::Upload &upload) {
    if (upload.state == store::UploadState::done) {
        co_return upload.clip.bytes;
    }
    const auto offset = co_await vault_->offset(upload.id, upload.clip.bytes);
    if (!offset) {
        co_return tl::unexpected(co_await lost(upload, offset.error()));
    }
    co_return *offset;
}

Media::Answer Media::head(store::Upload upload) {
    turns_.overtake(upload.id); // who asks is about to go on: what hangs from before may not write any more
    const auto offset = co_await offset_of(upload);
    if (!offset) {
        co_return offset.error();
    }
    if (*offset == upload.clip.bytes && upload.state == store::UploadState::open) { // cut off before it was entered
        const auto completed = co_await complete(upload);
        if (completed.status != 204) {
            co_return completed;
        }
        upload.state = store::UploadState::done;
    }
    auto response = respond(200);
    response.headers["Cache-Control"] = "no-store";
    response.headers["Upload-Offset"] = std::to_string(*offset);
    response.headers["Upload-Length"] = std::to_string(upload.clip.bytes);
    response.headers["Upload-Metadata"] = upload.metadata;
    if (upload.state == store::UploadState::done) {
        response.headers["Repr-Digest"] = wire::write_digest(upload.clip.sha256);
    } else {
        response.headers["Upload-Expires"] = wire::http_date(upload.expires_ms);
    }
    co_return response;
}

/// A clip that is here whole stays: it is evidence, and its upload only the way it came.
Media::Answer Media::terminate(store::Upload upload) {
    turns_.overtake(upload.id);
    const auto ended = co_await end_upload(upload.id);
    if (!ended) {
        co_return refuse(ended.error());
    }
    log::info("upload_terminated", {{"device", upload.device}, {"clip", upload.clip.clip}});
    co_return respond(204);
}

/// Its bytes go too, unless they are a clip by now.
Media::Result<bool> Media::end_upload(std::string name) {
    const std::int64_t until_ms = now_ms() + kRememberedMs;
    std::function<Expected<bool>(store::Session &)> work = [&name,
                                                            until_ms](store::Session &session) -> Expected<bool> {
        const auto upload = store::find_upload(session, name);
        store::set_upload(session, name, store::UploadState::gone, until_ms);
        return upload && upload->state == store::UploadState::open;
    };
    const auto was_open = co_await store_.run<bool>(std::move(work));
    if (was_open && *was_open) {
        co_await vault_->drop(name);
    }
    co_return was_open;
}

/// Its file is not there or says nothing: the client must begin again. Anything else may pass.
Media::Answer Media::lost(store::Upload upload, const Error &error) {
    if (error.code != ErrorCode::not_found && error.code != ErrorCode::corrupt) {
        co_return refuse(error);
    }
    log::error("upload_lost", {{"device", upload.device}, {"clip", upload.clip.clip}, log::Field(error)});
    const auto ended = co_await end_upload(upload.id);
    if (!ended) {
        co_return refuse(ended.error());
    }
    co_return refuse(410, "Gone", "this upload's bytes are lost: begin again");
}

boost::asio::awaitable<void> Media::sweep() {
    const std::int64_t now = now_ms();
    std::function<Expected<std::vector<store::Upload>>(store::Session &)> work =
        [now](store::Session &session) -> Expected<std::vector<store::Upload>> {
        auto expired = store::uploads_expired(session, now);
        for (const store::Upload &upload : expired) {
            store::set_upload(session, upload.id, store::UploadState::gone, now + kRememberedMs);
        }
        store::forget_uploads(session, now);
        settle_waiting(session, now);
        return expired;
    };
    const auto expired = co_await store_.run<std::vector<store::Upload>>(std::move(work));
    if (!expired) {
        log::error("media_not_swept", {log::Field(expired.error())});
        co_return;
    }
    for (const store::Upload &upload : *expired) {
        log::info("upload_expired", {{"device", upload.device}, {"clip", upload.clip.clip}});
        co_await vault_->drop(upload.id);
    }
}

} // namespace xueshi::registry::media
