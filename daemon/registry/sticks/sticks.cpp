#include "daemon/registry/sticks/sticks.hpp"

#include "daemon/registry/media/settling.hpp"
#include "daemon/registry/store/events.hpp"
#include "daemon/registry/store/media.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/identity/tls_identity.hpp"
#include "firmware/core/stick/clip_receipt.hpp"
#include "firmware/core/stick/export.hpp"
#include "firmware/core/stick/stick_index.hpp"

namespace xueshi::registry::sticks {

namespace {

constexpr std::size_t kNameBytes = 16; ///< as the names of uploads have

/// The gate of the network is the certificate; here it is the signature on each event, and this.
Expected<void> admit(const store::Device &device) {
    return device.state == store::DeviceState::revoked ? fail(ErrorCode::denied, "this device was revoked")
                                                       : Expected<void>();
}

/// What is damaged came so from outside: the request is at fault, not this registry.
tl::unexpected<Error> refused(const Error &error) {
    return fail(error.code == ErrorCode::corrupt ? ErrorCode::invalid_argument : error.code, error.message);
}

/// What the device signed of the clip; not_found while that is not here.
Expected<clips::ClipAnnouncement> announced(store::Session &session, const store::Device &device, const Uuid &event) {
    const auto stored = store::find_event(session, device.institution, device.id, event);
    if (!stored) {
        return fail(ErrorCode::not_found, "the clip's event is not here; take in the events first");
    }
    auto saved = clips::saved_clip(stored->event);
    return saved ? Expected<clips::ClipAnnouncement>(std::move(saved->announcement)) : tl::unexpected(saved.error());
}

bool is_here(store::Session &session, const store::Device &device, const clips::ClipAnnouncement &clip) {
    const auto held = store::find_media(session, device.institution, device.id, clip.clip);
    return held && held->clip.sha256 == clip.sha256 && held->clip.bytes == clip.bytes;
}

/// Always the same for one clip: what a transaction that failed left behind is replaced when the stick comes again, and
/// no file is left that no row names.
std::string object_name(const store::Device &device, const clips::ClipAnnouncement &clip) {
    const std::string what = device.institution.str() + "\n" + device.id.str() + "\n" + clip.clip.str();
    const Sha256 digest = sha256(as_bytes(what));
    return hex(ByteView(digest).first(kNameBytes));
}

Expected<std::string> store_object(const media::Objects &objects, std::string name, std::string_view bytes) {
    const auto path = objects.path_of(name);
    for (const auto &folder : {objects.directory(), path.parent_path()}) {
        if (const auto made = make_directory(folder, 0700); !made) {
            return tl::unexpected(made.error());
        }
    }
    const auto written = write_file_durably(path, bytes, 0600);
    return written ? Expected<std::string>(std::move(name)) : tl::unexpected(written.error());
}

} // namespace

Expected<wire::BatchAnswer> Sticks::take_events(store::Session &session, const store::Device &device,
                                                ByteView sealed) const {
    const auto admitted = admit(device);
    auto text = admitted ? envelope_.open(sealed) : tl::unexpected(admitted.error());
    auto reader = text ? stick::ExportReader::over(std::move(*text)) : tl::unexpected(text.error());
    if (!reader) {
        return refused(reader.error());
    }
    if (reader->description().device != device.id) {
        return fail(ErrorCode::denied, "these events are another device's");
    }
    auto events = reader->unverified(stick::kMaxEventsInFile);
    if (!events) {
        return refused(events.error());
    }
    if (events->empty()) {
        return fail(ErrorCode::invalid_argument, "the file holds no event");
    }
    wire::EventBatch batch;
    batch.chain = reader->description().chain;
    batch.events = std::move(*events);
    return ingest_.take(session, device, batch);
}

Expected<std::string> Sticks::take_clip(store::Session &session, const store::Device &device, const Uuid &event,
                                        ByteView sealed) const {
    const auto admitted = admit(device);
    const auto clip = admitted ? announced(session, device, event) : tl::unexpected(admitted.error());
    if (!clip) {
        return tl::unexpected(clip.error());
    }
    if (is_here(session, device, *clip)) {
        return std::string();
    }
    const auto bytes = envelope_.open(sealed);
    if (!bytes) {
        return refused(bytes.error());
    }
    const std::int64_t now_ms = clock_.now().wall_ms;
    const bool as_signed =
        static_cast<std::int64_t>(bytes->size()) == clip->bytes && sha256(as_bytes(*bytes)) == clip->sha256;
    if (!as_signed || store::find_media(session, device.institution, device.id, clip->clip)) {
        const std::string why =
            as_signed ? "this clip is here with other bytes" : "the signed event names other bytes for this clip";
        media::raise_clip_alarm(session, device.institution, device.id, clip->clip, "by stick: " + why, now_ms);
        return why;
    }
    const auto object = store_object(objects_, object_name(device, *clip), *bytes);
    if (!object) {
        return tl::unexpected(object.error());
    }
    store::Media media;
    media.institution = device.institution;
    media.device = device.id;
    media.clip = *clip;
    media.object = *object;
    media.standing = store::Standing::is_signed;
    media.received_ms = now_ms;
    store::add_media(session, media);
    store::expire_uploads_of(session, device.institution, device.id, clip->clip);
    log::info("clip_taken", {{"device", device.id}, {"clip", clip->clip}, {"bytes", clip->bytes}});
    return std::string();
}

Expected<identity::SignedDocument> Sticks::clip_receipt(store::Session &session, const store::Device &device,
                                                        const std::vector<Uuid> &events) const {
    if (events.size() > stick::kMaxClipsInReceipt) {
        return fail(ErrorCode::too_large, "over " + std::to_string(stick::kMaxClipsInReceipt) + " clips");
    }
    stick::ClipReceipt receipt;
    receipt.device = device.id;
    receipt.wall_ms = clock_.now().wall_ms;
    for (const Uuid &event : events) {
        const auto clip = announced(session, device, event);
        if (clip && is_here(session, device, *clip)) {
            receipt.clips.push_back(clip->sha256);
        }
    }
    return stick::sign_clip_receipt(signer_, receipt);
}

Expected<Bytes> Sticks::sealed_roster(store::Session &session, const store::Device &device) const {
    const auto admitted = admit(device);
    const auto document = admitted ? rosters_.sign(session, device) : tl::unexpected(admitted.error());
    if (!document) {
        return tl::unexpected(document.error());
    }
    const auto key = identity::public_key_of_certificate(device.certificate_pem);
    return key ? identity::seal_for(*key, as_bytes(identity::write_document(*document))) : tl::unexpected(key.error());
}

} // namespace xueshi::registry::sticks
