#include "daemon/registry/media/media.hpp"

#include <algorithm>

#include "daemon/registry/media/settling.hpp"
#include "daemon/registry/media/tus.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::registry::media {

namespace {

constexpr std::size_t kNameBytes = 16;
constexpr int kRetryAfterS = 60;

/// What became of a wish to upload.
struct Admission {
    enum class Verdict { admitted, here_already, other_bytes, not_as_signed, too_many };
    Verdict verdict = Verdict::admitted;
    std::vector<std::string> replaced; ///< earlier uploads of the same clip, which end here
};

Admission admit(store::Session &session, store::Upload &upload, std::int64_t most, std::int64_t now_ms) {
    Admission admission;
    if (standing_of(session, upload.institution, upload.device, upload.clip) == store::Standing::contradicted) {
        raise_clip_alarm(session, upload.institution, upload.device, upload.clip.clip,
                         "an upload was announced with other bytes than were signed", now_ms);
        admission.verdict = Admission::Verdict::not_as_signed;
        return admission;
    }
    if (const auto held = store::find_media(session, upload.institution, upload.device, upload.clip.clip)) {
        const bool same = held->clip.sha256 == upload.clip.sha256 && held->clip.bytes == upload.clip.bytes;
        admission.verdict = same ? Admission::Verdict::here_already : Admission::Verdict::other_bytes;
        upload.state = store::UploadState::done;
        upload.expires_ms = now_ms + kRememberedMs;
        if (same) {
            store::add_upload(session, upload);
        } else {
            raise_clip_alarm(session, upload.institution, upload.device, upload.clip.clip,
                             "an upload was announced with other bytes than are here", now_ms);
        }
        return admission;
    }
    std::int64_t open = 0;
    for (const store::Upload &other : store::open_uploads_of(session, upload.institution, upload.device)) {
        if (other.clip.clip == upload.clip.clip) {
            store::set_upload(session, other.id, store::UploadState::gone, now_ms + kRememberedMs);
            admission.replaced.push_back(other.id);
        } else {
            ++open;
        }
    }
    if (open >= most) {
        admission.verdict = Admission::Verdict::too_many;
        return admission;
    }
    store::add_upload(session, upload);
    return admission;
}

tl::expected<store::Upload, http::Response> read_creation(const store::Device &device, const http::Request &request,
                                                          std::int64_t max_bytes) {
    const auto length = wire::read_count(request.header("upload-length"));
    if (!length || !request.header("upload-defer-length").empty()) {
        return tl::unexpected(refuse(400, "Bad request", "Upload-Length: the size must be known, as a plain number"));
    }
    if (*length > max_bytes) {
        return tl::unexpected(refuse(413, "Content too large", "the clip is over Tus-Max-Size"));
    }
    store::Upload upload;
    upload.metadata = request.header("upload-metadata");
    auto clip = wire::read_metadata(upload.metadata);
    if (!clip) {
        return tl::unexpected(refuse(clip.error()));
    }
    upload.institution = device.institution;
    upload.device = device.id;
    upload.clip = std::move(*clip);
    upload.clip.bytes = *length;
    upload.id = hex(random_bytes(kNameBytes));
    return upload;
}

http::Response refusal_of(Admission::Verdict verdict) {
    if (verdict == Admission::Verdict::too_many) {
        auto response = refuse(429, "Too many requests", "too many unfinished uploads of this device");
        response.headers["Retry-After"] = std::to_string(kRetryAfterS);
        return response;
    }
    return refuse(409, "Conflict",
                  verdict == Admission::Verdict::other_bytes ? "this clip is here with other bytes"
                                                             : "the signed event names other bytes for this clip");
}

} // namespace

Media::Answer Media::create(store::Device device, http::Request request) {
    auto upload = read_creation(device, request, options_.max_bytes);
    if (!upload) {
        co_return upload.error();
    }
    const auto room = has_room(upload->clip.bytes);
    if (!room || !*room) {
        const Error full{ErrorCode::no_space, "the registry has no space left for clips"};
        co_return refuse(room ? full : room.error());
    }
    const auto created = co_await vault_->create(upload->id, upload->clip.bytes); // before anybody can ask for it
    if (!created) {
        co_await vault_->drop(upload->id);
        co_return refuse(created.error());
    }
    upload->created_ms = now_ms();
    upload->expires_ms = upload->created_ms + options_.unfinished_ms;
    std::function<Expected<Admission>(store::Session &)> work = [&upload, this](store::Session &session) {
        return Expected<Admission>(admit(session, *upload, options_.uploads_per_device, upload->created_ms));
    };
    auto admission = co_await store_.run<Admission>(std::move(work));
    const bool admitted = admission && admission->verdict == Admission::Verdict::admitted;
    if (!admitted) {
        co_await vault_->drop(upload->id);
    }
    if (!admission) {
        co_return refuse(admission.error());
    }
    for (const std::string &name : admission->replaced) {
        turns_.overtake(name);
        co_await vault_->drop(name);
    }
    if (!admitted && admission->verdict != Admission::Verdict::here_already) {
        co_return refusal_of(admission->verdict);
    }
    if (admitted && upload->clip.bytes == 0) {
        const auto completed = co_await complete(*upload);
        if (completed.status != 204) {
            co_return completed;
        }
    }
    auto response = respond(201);
    response.headers["Location"] = std::string(wire::kMediaPath) + "/" + upload->id;
    response.headers["Upload-Offset"] = std::to_string(admitted ? 0 : upload->clip.bytes);
    if (admitted && upload->clip.bytes > 0) {
        response.headers["Upload-Expires"] = wire::http_date(upload->expires_ms);
    } else {
        response.headers["Repr-Digest"] = wire::write_digest(upload->clip.sha256);
    }
    co_return response;
}

} // namespace xueshi::registry::media
