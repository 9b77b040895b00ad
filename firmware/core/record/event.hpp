#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/ids.hpp"
#include "firmware/core/base/json.hpp"

namespace xueshi::record {

using Sequence = std::int64_t; ///< 1 is the first event of a chain

/// Kinds of event. The registry stores and flags kinds it does not know, so a kind is text on the wire.
enum class EventKind {
    punch,
    refused_attempt,
    pending_claim,
    enrolment,
    consent,
    accommodation,
    erasure,
    clip_saved,
    lesson_video_saved,
    headcount,
    camera_gap,
    reader_gap, ///< the fingerprint reader was unplugged, or is back
    clock_step,
    nonce,
    heartbeat,
    lesson_closed,
    boot,
    shutdown,
    operator_action,
    tamper,
    sync_rejection,
    storage_gap,    ///< the disk was full and events were refused
    microphone_gap, ///< the classroom's microphone was lost, or is back
    content_fault,  ///< the picture was frozen, black, covered or looped, or there was no sound
    recording_gap,  ///< lesson video stopped for want of space, or goes on
    media_deleted,  ///< a video's file is gone by the rules of retention
    command,        ///< the registry ordered something: its signed document
    command_result, ///< what came of it
};
std::string_view to_string(EventKind kind);
Expected<EventKind> parse_event_kind(std::string_view text);

/// Where an observation came from (RULES section 1: only physical counts outside a demo).
enum class SourceKind { physical, replay, virtual_device, paper };
std::string_view to_string(SourceKind kind); ///< "physical", "replay", "virtual", "paper"
Expected<SourceKind> parse_source_kind(std::string_view text);
struct Source {
    SourceKind kind = SourceKind::physical;
    std::string driver; ///< name of the camera's or reader's driver; empty for events of the program itself
    bool operator==(const Source &) const = default;
};
/// Of what two devices saw together: as trustworthy as the less trustworthy of them.
Source joined(const Source &one, const Source &other);

/// What a room hands to the journal; the writer adds seq, device, chain, suite and key level.
struct EventDraft {
    Uuid id; ///< version 7, made once: a retry keeps it
    EventKind kind = EventKind::operator_action;
    Source source;
    Instant at;
    json::Object data; ///< the kind's own fields (bodies.hpp), canonical-JSON types only
};

/// What lies in the journal and goes over the wire, byte for byte.
struct StoredEvent {
    Sequence seq = 0;
    Uuid id;
    std::string kind;
    std::string body; ///< canonical JSON; nobody re-serialises it
    Sha256 prev{};
    Sha256 hash{};   ///< SHA-256(prev || body)
    Bytes signature; ///< over prev || body
};

/// The body's envelope, read back. `data` holds the kind's own fields.
struct EventBody {
    Sequence seq = 0;
    Uuid id;
    std::string kind;
    DeviceId device;
    ChainId chain;
    int suite = 1; ///< 1: ECDSA P-256 with SHA-256; 2: SM2 with SM3
    Source source;
    std::string key_level; ///< "hardware" or "file"
    Instant at;
    json::Object data;
};

/// The one text of a body: canonical JSON of the envelope with `data`.
Expected<std::string> write_body(const EventBody &body);
/// Strict: unknown envelope fields, wrong types and numbers over 2^53 are invalid_argument.
Expected<EventBody> read_body(std::string_view text);
/// read_body, and seq, id and kind of the columns must agree with it (corrupt).
Expected<EventBody> read_body(const StoredEvent &event);

/// The largest body a writer makes and a reader takes.
inline constexpr std::size_t kMaxBodyBytes = 64 * 1024;

/// Where events go. Implemented by journal/writer; rooms that record borrow one. Thread-safe.
class EventSink {
public:
    virtual ~EventSink() = default;
    /// Durable on return. On error the event may or may not be on disk: call again with the same id.
    virtual Expected<Sequence> append(const EventDraft &draft) = 0;
};

} // namespace xueshi::record
