#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/registry/store/store.hpp"
#include "daemon/wire/media.hpp"

namespace xueshi::registry::store {

/// Where an upload stands; its bytes and offset lie in its file.
enum class UploadState {
    open,
    done, ///< the clip is in `media`
    gone, ///< expired, replaced or terminated: answered with 410 for a while
};

struct Upload {
    InstitutionId institution;
    DeviceId device;
    std::string id; ///< chosen by the registry, unguessable
    wire::ClipAnnouncement clip;
    std::string metadata; ///< as it came, for HEAD
    UploadState state = UploadState::open;
    std::int64_t created_ms = 0, expires_ms = 0;
};
void add_upload(Session &session, const Upload &upload);
std::optional<Upload> find_upload(Session &session, const std::string &id);
std::vector<Upload> open_uploads(Session &session);
std::vector<Upload> open_uploads_of(Session &session, const InstitutionId &institution, const DeviceId &device);
std::vector<Upload> uploads_expired(Session &session, std::int64_t now_ms); ///< open ones
void set_upload(Session &session, const std::string &id, UploadState state, std::int64_t expires_ms);
/// Only while it is open.
void prolong_upload(Session &session, const std::string &id, std::int64_t expires_ms);
/// The time of this clip's open uploads is over: the next sweep removes their bytes.
void expire_uploads_of(Session &session, const InstitutionId &institution, const DeviceId &device, const MediaId &clip);
/// Those that are not open and whose time is over.
void forget_uploads(Session &session, std::int64_t now_ms);

/// What the signed `clip_saved` event says of the bytes that came.
enum class Standing {
    waiting, ///< the event has not come
    is_signed,
    contradicted, ///< it names another digest, size or clip
};
std::string_view to_string(Standing standing); ///< "waiting", "signed", "contradicted"

/// A clip that is here whole.
struct Media {
    InstitutionId institution;
    DeviceId device;
    wire::ClipAnnouncement clip;
    std::string object; ///< name in the object folder
    Standing standing = Standing::waiting;
    std::int64_t received_ms = 0;
};
void add_media(Session &session, const Media &media);
std::optional<Media> find_media(Session &session, const InstitutionId &institution, const DeviceId &device,
                                const MediaId &clip);
/// By clip, whatever device and institution sent it; the signed one first.
std::vector<Media> media_of_clip(Session &session, const MediaId &clip);
/// Those that wait although their event is here by now, at most `limit`.
std::vector<Media> media_to_settle(Session &session, std::int64_t limit);
void set_standing(Session &session, const Media &media, Standing standing);

} // namespace xueshi::registry::store
