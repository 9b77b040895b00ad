#include "daemon/registry/store/media.hpp"

#include <array>
#include <stdexcept>

#include <soci/soci.h>

#include "daemon/registry/store/text.hpp"

namespace xueshi::registry::store {

using soci::into;
using soci::use;

namespace {

constexpr std::array<std::string_view, 3> kStates{"open", "done", "gone"};
constexpr std::array<std::string_view, 3> kStandings{"waiting", "signed", "contradicted"};

template <typename Value>
Value value_of(const std::array<std::string_view, 3> &names, const std::string &text) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names.at(i) == text) {
            return static_cast<Value>(i);
        }
    }
    throw std::runtime_error("unknown state of an upload or clip in the database: " + text);
}

std::string text_of(UploadState state) {
    return std::string(kStates.at(static_cast<std::size_t>(state)));
}

/// What uploads and clips have in common, as SOCI fills it.
struct Row {
    std::string institution, device, name, clip, event, sha256, metadata, state;
    std::int64_t bytes = 0, first_ms = 0, second_ms = 0;

    wire::ClipAnnouncement announcement() const {
        wire::ClipAnnouncement out;
        out.clip = MediaId(clip);
        out.event = uuid_from_column(event);
        out.sha256 = hash_from_column(sha256);
        out.bytes = bytes;
        return out;
    }
    Upload upload() const {
        Upload out;
        out.institution = InstitutionId(institution);
        out.device = DeviceId(device);
        out.id = name;
        out.clip = announcement();
        out.metadata = metadata;
        out.state = value_of<UploadState>(kStates, state);
        out.created_ms = first_ms;
        out.expires_ms = second_ms;
        return out;
    }
    Media media() const {
        Media out;
        out.institution = InstitutionId(institution);
        out.device = DeviceId(device);
        out.clip = announcement();
        out.object = name;
        out.standing = value_of<Standing>(kStandings, state);
        out.received_ms = first_ms;
        return out;
    }
};

constexpr auto kUploads =
    "SELECT institution, device_id, upload_id, media_id, event_id, sha256, metadata, state, bytes,"
    " created_ms, expires_ms FROM media_upload ";
constexpr auto kMedia = "SELECT m.institution, m.device_id, m.object, m.media_id, m.event_id, m.sha256, '', m.standing,"
                        " m.bytes, m.received_ms, 0 FROM media m ";

template <typename... Arguments>
std::vector<Row> select(Session &session, const std::string &query, const Arguments &...arguments) {
    Row row;
    soci::statement rows(session.sql);
    for (std::string *text :
         {&row.institution, &row.device, &row.name, &row.clip, &row.event, &row.sha256, &row.metadata, &row.state}) {
        rows.exchange(into(*text));
    }
    for (std::int64_t *number : {&row.bytes, &row.first_ms, &row.second_ms}) {
        rows.exchange(into(*number));
    }
    (rows.exchange(use(arguments)), ...);
    rows.alloc();
    rows.prepare(query);
    rows.define_and_bind();
    std::vector<Row> all;
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        all.push_back(row);
    }
    return all;
}

std::vector<Upload> uploads(const std::vector<Row> &rows) {
    std::vector<Upload> all;
    all.reserve(rows.size());
    for (const Row &row : rows) {
        all.push_back(row.upload());
    }
    return all;
}

std::vector<Media> media(const std::vector<Row> &rows) {
    std::vector<Media> all;
    all.reserve(rows.size());
    for (const Row &row : rows) {
        all.push_back(row.media());
    }
    return all;
}

} // namespace

void add_upload(Session &session, const Upload &upload) {
    const std::string event = upload.clip.event.str(), digest = hex(upload.clip.sha256), state = text_of(upload.state);
    session.sql << "INSERT INTO media_upload (institution, device_id, upload_id, media_id, event_id, sha256, bytes,"
                   " metadata, state, created_ms, expires_ms) VALUES (:institution, :device_id, :upload_id, :media_id,"
                   " :event_id, :sha256, :bytes, :metadata, :state, :created_ms, :expires_ms)",
        use(upload.institution.str()), use(upload.device.str()), use(upload.id), use(upload.clip.clip.str()),
        use(event), use(digest), use(upload.clip.bytes), use(upload.metadata), use(state), use(upload.created_ms),
        use(upload.expires_ms);
}

std::optional<Upload> find_upload(Session &session, const std::string &id) {
    const auto found = uploads(select(session, std::string(kUploads) + "WHERE upload_id = :id", id));
    return found.empty() ? std::nullopt : std::optional(found.front());
}

std::vector<Upload> open_uploads(Session &session) {
    return uploads(select(session, std::string(kUploads) + "WHERE state = 'open'"));
}

std::vector<Upload> open_uploads_of(Session &session, const InstitutionId &institution, const DeviceId &device) {
    return uploads(
        select(session,
               std::string(kUploads) + "WHERE institution = :institution AND device_id = :device_id AND state = 'open'",
               institution.str(), device.str()));
}

std::vector<Upload> uploads_expired(Session &session, std::int64_t now_ms) {
    return uploads(select(session, std::string(kUploads) + "WHERE state = 'open' AND expires_ms < :now", now_ms));
}

void set_upload(Session &session, const std::string &id, UploadState state, std::int64_t expires_ms) {
    const std::string text = text_of(state);
    session.sql << "UPDATE media_upload SET state = :state, expires_ms = :expires_ms WHERE upload_id = :id", use(text),
        use(expires_ms), use(id);
}

void prolong_upload(Session &session, const std::string &id, std::int64_t expires_ms) {
    session.sql << "UPDATE media_upload SET expires_ms = :expires_ms WHERE upload_id = :id AND state = 'open'",
        use(expires_ms), use(id);
}

void expire_uploads_of(Session &session, const InstitutionId &institution, const DeviceId &device,
                       const MediaId &clip) {
    session.sql << "UPDATE media_upload SET expires_ms = 0 WHERE institution = :institution AND device_id = :device_id"
                   " AND media_id = :clip AND state = 'open'",
        use(institution.str()), use(device.str()), use(clip.str());
}

void forget_uploads(Session &session, std::int64_t now_ms) {
    session.sql << "DELETE FROM media_upload WHERE state <> 'open' AND expires_ms < :now", use(now_ms);
}

std::string_view to_string(Standing standing) {
    return kStandings.at(static_cast<std::size_t>(standing));
}

void add_media(Session &session, const Media &media) {
    const std::string event = media.clip.event.str(), digest = hex(media.clip.sha256),
                      standing(to_string(media.standing));
    session.sql << "INSERT INTO media (institution, device_id, media_id, event_id, sha256, bytes, object, standing,"
                   " received_ms) VALUES (:institution, :device_id, :media_id, :event_id, :sha256, :bytes, :object,"
                   " :standing, :received_ms)",
        use(media.institution.str()), use(media.device.str()), use(media.clip.clip.str()), use(event), use(digest),
        use(media.clip.bytes), use(media.object), use(standing), use(media.received_ms);
}

std::optional<Media> find_media(Session &session, const InstitutionId &institution, const DeviceId &device,
                                const MediaId &clip) {
    const auto found = media(select(session,
                                    std::string(kMedia) + "WHERE m.institution = :institution AND"
                                                          " m.device_id = :device_id AND m.media_id = :clip",
                                    institution.str(), device.str(), clip.str()));
    return found.empty() ? std::nullopt : std::optional(found.front());
}

std::vector<Media> media_of_clip(Session &session, const MediaId &clip) {
    return media(select(session,
                        std::string(kMedia) + "WHERE m.media_id = :clip ORDER BY CASE m.standing WHEN 'signed' THEN 0"
                                              " WHEN 'waiting' THEN 1 ELSE 2 END, m.received_ms",
                        clip.str()));
}

std::vector<Media> media_to_settle(Session &session, std::int64_t limit) {
    return media(select(session,
                        std::string(kMedia) + "JOIN event e ON e.institution = m.institution AND"
                                              " e.device_id = m.device_id AND e.id = m.event_id"
                                              " WHERE m.standing = 'waiting' LIMIT :limit",
                        limit));
}

void set_standing(Session &session, const Media &media, Standing standing) {
    const std::string text(to_string(standing));
    session.sql << "UPDATE media SET standing = :standing WHERE institution = :institution AND device_id = :device_id"
                   " AND media_id = :clip",
        use(text), use(media.institution.str()), use(media.device.str()), use(media.clip.clip.str());
}

} // namespace xueshi::registry::store
