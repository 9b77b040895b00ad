#pragma once

#include "daemon/registry/store/media.hpp"

/// Clips held against the signed events that name them.
namespace xueshi::registry::media {

/// What the device's signed event says of a clip of these bytes.
store::Standing standing_of(store::Session &session, const InstitutionId &institution, const DeviceId &device,
                            const wire::ClipAnnouncement &clip);

/// A clip that is not what was signed: somebody must look.
void raise_clip_alarm(store::Session &session, const InstitutionId &institution, const DeviceId &device,
                      const MediaId &clip, std::string_view what, std::int64_t now_ms);

/// Clips whose event came after them.
void settle_waiting(store::Session &session, std::int64_t now_ms);

} // namespace xueshi::registry::media
