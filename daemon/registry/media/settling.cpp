#include "daemon/registry/media/settling.hpp"

#include "daemon/registry/store/alarms.hpp"
#include "daemon/registry/store/events.hpp"

namespace xueshi::registry::media {

namespace {

constexpr std::int64_t kAtOnce = 100;

} // namespace

store::Standing standing_of(store::Session &session, const InstitutionId &institution, const DeviceId &device,
                            const wire::ClipAnnouncement &clip) {
    const auto event = store::find_event(session, institution, device, clip.event);
    if (!event) {
        return store::Standing::waiting;
    }
    const auto saved = clips::saved_clip(event->event);
    return saved && saved->announcement == clip ? store::Standing::is_signed : store::Standing::contradicted;
}

void raise_clip_alarm(store::Session &session, const InstitutionId &institution, const DeviceId &device,
                      const MediaId &clip, std::string_view what, std::int64_t now_ms) {
    store::Alarm alarm;
    alarm.institution = institution;
    alarm.kind = "clip";
    alarm.device = device;
    alarm.detail = "clip " + clip.str() + ": " + std::string(what);
    alarm.raised_ms = now_ms;
    store::raise_alarm(session, alarm);
}

void settle_waiting(store::Session &session, std::int64_t now_ms) {
    for (const store::Media &media : store::media_to_settle(session, kAtOnce)) {
        const auto standing = standing_of(session, media.institution, media.device, media.clip);
        store::set_standing(session, media, standing);
        if (standing == store::Standing::contradicted) {
            raise_clip_alarm(session, media.institution, media.device, media.clip.clip,
                             "the signed event names other bytes", now_ms);
        }
    }
}

} // namespace xueshi::registry::media
