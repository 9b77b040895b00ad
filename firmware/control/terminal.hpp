#pragma once

#include <string_view>

#include "firmware/core/base/json.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::control {

/// What the verbs ask of the program around them.
class Terminal {
public:
    virtual ~Terminal() = default;
    virtual json::Object status() = 0;
    /// What may be handed on to find a fault: no names, numbers or ids of people.
    virtual json::Object diagnostics() = 0;
    /// Signs kProofPurpose, a line break and the request's PEM with the device's signing key.
    virtual Expected<json::Object> prove_possession(std::string_view certificate_request_pem) = 0;
    /// Reads the sync directory's roster again.
    virtual Expected<json::Object> reload_roster() = 0;
    /// The registry's signed time becomes part of the chain; 0: the last one is not a minute old.
    virtual Expected<record::Sequence> note_nonce(const json::Object &data) = 0;
    /// The registry refused an event for good: that is a fact of the chain too.
    virtual Expected<record::Sequence> note_sync_rejection(json::Object data) = 0;
    /// The registry's signed command: carried out, refused by an event, or left to sync ("state": "settled",
    /// "for_sync").
    virtual Expected<json::Object> take_command(const json::Object &data) = 0;
    /// What came of a command that was left to sync; 0: its result is in the chain already.
    virtual Expected<record::Sequence> conclude_command(const json::Object &data) = 0;
};

} // namespace xueshi::control
