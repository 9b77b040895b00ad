#pragma once

#include "daemon/registry/devices/rosters.hpp"
#include "daemon/registry/ingest/ingest.hpp"
#include "daemon/registry/media/objects.hpp"
#include "daemon/wire/messages.hpp"
#include "firmware/core/identity/envelope.hpp"
#include "firmware/core/identity/signed_document.hpp"

namespace xueshi::registry::sticks {

/// What a terminal without a network put on a stick, file by file (firmware/core/stick/stick_format.md), and what goes
/// back. Sealed for `envelope`. Everything may be taken in twice and counts once. Inside the caller's transaction: what
/// is returned must not be told before that is durable. Errors: invalid_argument for what does not open, or is no such
/// file; denied for another device's or a revoked one's.
class Sticks {
public:
    /// All outlive it.
    Sticks(const ingest::Ingest &ingest, devices::Rosters &rosters, const identity::EnvelopeKey &envelope,
           const identity::Signer &signer, const Clock &clock, media::Objects objects)
        : ingest_(ingest), rosters_(rosters), envelope_(envelope), signer_(signer), clock_(clock),
          objects_(std::move(objects)) {}

    /// Each event is judged as one that came over the network.
    Expected<wire::BatchAnswer> take_events(store::Session &session, const store::Device &device,
                                            ByteView sealed) const;
    /// The clip of this `clip_saved` event, its file durable on return. Gives why it is refused, of which an alarm is
    /// raised; empty: it is here. Error: not_found while the event is not here.
    Expected<std::string> take_clip(store::Session &session, const store::Device &device, const Uuid &event,
                                    ByteView sealed) const;
    /// Those of these events' clips that are here whole, at most stick::kMaxClipsInReceipt.
    Expected<identity::SignedDocument> clip_receipt(store::Session &session, const store::Device &device,
                                                    const std::vector<Uuid> &events) const;
    /// The roster as it is now, signed, and sealed for the device: it has names.
    Expected<Bytes> sealed_roster(store::Session &session, const store::Device &device) const;

private:
    const ingest::Ingest &ingest_;
    devices::Rosters &rosters_;
    const identity::EnvelopeKey &envelope_;
    const identity::Signer &signer_;
    const Clock &clock_;
    media::Objects objects_;
};

} // namespace xueshi::registry::sticks
