#include "daemon/registry/media/media.hpp"

#include <algorithm>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "daemon/registry/media/checksum.hpp"
#include "daemon/registry/media/settling.hpp"
#include "daemon/registry/media/tus.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::registry::media {

namespace {

constexpr unsigned kChecksumMismatch = 460; ///< tus 1.0.0, checksum extension
/// What is hashed and written while the rest of a chunk is on its way.
constexpr std::int64_t kPieceBytes = 128 * 1024;
/// Twice this is less than a chunk: with what is read while it is written, and with what the kernels of both sides
/// hold, a cut or a kill costs about one.
constexpr std::int64_t kDurableBytes = wire::kMediaChunkBytes * 3 / 8;

/// The clip is here whole and for good.
http::Response entered(const store::Upload &upload) {
    auto response = respond(204);
    response.headers["Upload-Offset"] = std::to_string(upload.clip.bytes);
    response.headers["Repr-Digest"] = wire::write_digest(upload.clip.sha256);
    return response;
}

http::Response mismatch(std::int64_t offset) {
    auto response = refuse(409, "Conflict", "the upload is at another offset");
    response.headers["Upload-Offset"] = std::to_string(offset);
    return response;
}

/// An answer to a PATCH after which the upload goes on, or may: tus wants its end of time in each.
http::Response unfinished(http::Response response, const store::Upload &upload) {
    constexpr unsigned kGone = 410;
    if (upload.state == store::UploadState::open && response.status != kGone) {
        response.headers["Upload-Expires"] = wire::http_date(upload.expires_ms);
    }
    return response;
}

http::Response wrong_checksum() {
    return refuse(kChecksumMismatch, "Checksum mismatch", "the body is not what Upload-Checksum says");
}

enum class Entry {
    entered,
    entered_before,   ///< by a request whose answer was lost
    came_another_way, ///< by stick, meanwhile: this upload's own bytes are of no use
};

/// The clip becomes one of the registry's. Error not_found: the upload was ended while its bytes were looked at, and
/// they are about to be removed.
Expected<Entry> enter(store::Session &session, const store::Upload &upload, std::int64_t now_ms) {
    const auto current = store::find_upload(session, upload.id);
    if (!current || current->state == store::UploadState::gone) {
        return fail(ErrorCode::not_found, "this upload expired or was ended");
    }
    if (current->state == store::UploadState::done) {
        return Entry::entered_before;
    }
    const auto held = store::find_media(session, upload.institution, upload.device, upload.clip.clip);
    if (held && held->clip.sha256 != upload.clip.sha256) {
        return fail(ErrorCode::conflict, "this clip is here with other bytes");
    }
    if (held) { // the upload stays open: whatever happens now, its end or its expiry removes its bytes
        return Entry::came_another_way;
    }
    store::Media media;
    media.institution = upload.institution;
    media.device = upload.device;
    media.clip = upload.clip;
    media.object = upload.id;
    media.standing = standing_of(session, upload.institution, upload.device, upload.clip);
    media.received_ms = now_ms;
    store::add_media(session, media);
    if (media.standing == store::Standing::contradicted) {
        raise_clip_alarm(session, upload.institution, upload.device, upload.clip.clip,
                         "the signed event names other bytes", now_ms);
    }
    store::set_upload(session, upload.id, store::UploadState::done, now_ms + kRememberedMs);
    return Entry::entered;
}

} // namespace

Media::Answer Media::patch(store::Upload upload, http::Request request) {
    const auto patch = read_patch(request);
    if (!patch) {
        co_return unfinished(patch.error(), upload);
    }
    // Before it takes the turn: a request that cannot go on must not stop one that does.
    auto refusal = co_await hindrance(upload, *patch, request);
    if (refusal) {
        co_return unfinished(*refusal, upload);
    }
    const auto turn = turns_.take(upload.id);
    refusal = co_await hindrance(upload, *patch, request);
    if (refusal) { // the one before it came further meanwhile
        co_return unfinished(*refusal, upload);
    }
    const auto end = co_await receive(upload, request, patch->offset, patch->checksum, turn);
    if (!end) {
        co_return unfinished(end.error(), upload);
    }
    if (*end == upload.clip.bytes && upload.state == store::UploadState::open) {
        constexpr unsigned kServerError = 500; // such as a full disk: its bytes are here, and it may be completed later
        auto response = co_await complete(upload);
        co_return response.status >= kServerError ? unfinished(std::move(response), upload) : std::move(response);
    }
    if (upload.state == store::UploadState::done) {
        co_return entered(upload);
    }
    upload.expires_ms = (co_await prolong(upload)).value_or(upload.expires_ms);
    auto response = respond(204);
    response.headers["Upload-Offset"] = std::to_string(*end);
    co_return unfinished(std::move(response), upload);
}

/// Why the body is not wanted; none: it is.
boost::asio::awaitable<std::optional<http::Response>> Media::hindrance(const store::Upload &upload, const Patch &patch,
                                                                       const http::Request &request) {
    const auto offset = co_await offset_of(upload);
    if (!offset) {
        co_return offset.error();
    }
    if (*offset != patch.offset) {
        co_return mismatch(*offset);
    }
    const auto size = wire::read_count(request.header("content-length"));
    if (size && *size > upload.clip.bytes - *offset) {
        co_return refuse(413, "Content too large", "more bytes than the upload was announced with");
    }
    co_return std::nullopt;
}

/// Without a checksum each block counts as soon as it is durable; with one the body counts whole or not at all.
boost::asio::awaitable<tl::expected<std::int64_t, http::Response>>
Media::receive(const store::Upload &upload, const http::Request &request, std::int64_t offset,
               const std::optional<wire::Checksum> &checksum, const Turns::Turn &turn) {
    std::optional<ChecksumStream> sum;
    if (checksum) {
        sum.emplace(checksum->algorithm);
    }
    auto end = co_await pour(upload, request, offset, sum, turn);
    if (end && sum && sum->digest() != checksum->digest) {
        end = tl::unexpected(wrong_checksum());
    }
    if (!end) {
        if (turn.is_newest()) { // what is written belongs to the newest request
            co_await vault_->roll_back(upload.id, upload.clip.bytes);
        }
        co_return end;
    }
    if (*end == offset) { // nothing came; a clip that was here before has no file of this name
        co_return end;
    }
    const auto kept = co_await vault_->commit(upload.id, upload.clip.bytes, *end);
    if (!kept) {
        co_return tl::unexpected(co_await lost(upload, kept.error()));
    }
    co_return end;
}

/// One block is read while the one before it is written, and made durable if there is no `sum`.
boost::asio::awaitable<tl::expected<std::int64_t, http::Response>>
Media::pour(const store::Upload &upload, const http::Request &request, std::int64_t at,
            std::optional<ChecksumStream> &sum, const Turns::Turn &turn) {
    using namespace boost::asio::experimental::awaitable_operators;
    if (request.stream == nullptr) {
        co_return at;
    }
    const std::int64_t length = upload.clip.bytes;
    const auto most = std::clamp<std::int64_t>(length - at, 1, sum ? kPieceBytes : kDurableBytes);
    Bytes block(static_cast<std::size_t>(most)), following(block.size());
    std::int64_t durable = at;
    auto got = co_await request.stream->read(block);
    while (got && *got > 0 && turn.is_newest()) {
        const ByteView bytes(block.data(), *got);
        if (sum) {
            sum->update(bytes);
        }
        auto [written, next] =
            co_await (vault_->write(upload.id, length, at, bytes, !sum) && request.stream->read(following));
        if (!written) {
            co_return tl::unexpected(co_await lost(upload, written.error()));
        }
        at = *written;
        durable = sum ? durable : at;
        got = std::move(next);
        std::swap(block, following);
    }
    if (!turn.is_newest()) { // a newer request of this upload came while this one waited
        co_return tl::unexpected(mismatch(durable));
    }
    if (!got) {
        co_return tl::unexpected(refuse(400, "Bad request", got.error().message)); // nobody hears it
    }
    co_return at;
}

Media::Answer Media::complete(store::Upload upload) {
    const auto digest = co_await vault_->digest(upload.id, upload.clip.bytes);
    if (!digest) {
        co_return co_await lost(upload, digest.error());
    }
    if (*digest != upload.clip.sha256) {
        log::warning("upload_refused", {{"device", upload.device}, {"clip", upload.clip.clip}, {"why", "digest"}});
        co_await end_upload(upload.id);
        co_return refuse(422, "Unprocessable content", "the bytes are not those that were announced: begin again");
    }
    const auto finished = co_await vault_->finish(upload.id, upload.clip.bytes);
    if (!finished) {
        co_return co_await lost(upload, finished.error());
    }
    std::function<Expected<Entry>(store::Session &)> work = [this, &upload](store::Session &session) {
        return enter(session, upload, now_ms());
    };
    const auto taken = co_await store_.run<Entry>(std::move(work));
    if (!taken) {
        if (taken.error().code == ErrorCode::not_found) { // the name may have come after the removal
            co_await vault_->drop(upload.id);
            co_return refuse(410, "Gone", taken.error().message);
        }
        if (taken.error().code == ErrorCode::conflict) {
            co_await end_upload(upload.id);
        }
        co_return refuse(taken.error());
    }
    if (*taken == Entry::came_another_way) {
        co_await end_upload(upload.id);
    }
    log::info("clip_taken", {{"device", upload.device}, {"clip", upload.clip.clip}, {"bytes", upload.clip.bytes}});
    co_return entered(upload);
}

/// Progress gives time; the database hears of it only when half of the last grant is over.
Media::Result<std::int64_t> Media::prolong(store::Upload upload) {
    const std::int64_t now = now_ms();
    if (upload.expires_ms - now > options_.unfinished_ms / 2) {
        co_return upload.expires_ms;
    }
    upload.expires_ms = now + options_.unfinished_ms;
    std::function<Expected<std::int64_t>(store::Session &)> work =
        [&upload](store::Session &session) -> Expected<std::int64_t> {
        store::prolong_upload(session, upload.id, upload.expires_ms);
        return upload.expires_ms;
    };
    co_return co_await store_.run<std::int64_t>(std::move(work));
}

} // namespace xueshi::registry::media
