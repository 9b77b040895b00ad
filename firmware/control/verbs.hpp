#pragma once

#include "firmware/checkin/claims.hpp"
#include "firmware/checkin/consents.hpp"
#include "firmware/checkin/enrolment.hpp"
#include "firmware/control/server.hpp"
#include "firmware/control/terminal.hpp"

namespace xueshi::control {

/// status, diagnostics, prove_possession, reload_roster, sync_rejection, nonce, command, command_result. `terminal`
/// outlives the server.
void add_device_verbs(Server &server, Terminal &terminal);

/// photograph_document, enrol_face, enrol_finger. `enrolment` outlives the server.
void add_enrolment_verbs(Server &server, checkin::Enrolment &enrolment);

/// Both outlive the server.
struct ConsentDesk {
    checkin::Consents &consents;
    checkin::Enrolment &enrolment; ///< forgets what was erased
};
/// consent_texts, consent, erase.
void add_consent_verbs(Server &server, ConsentDesk desk);

/// claim, manual_punch, accommodate. `claims` outlives the server.
void add_claim_verbs(Server &server, checkin::Claims &claims);

} // namespace xueshi::control
