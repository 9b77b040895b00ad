#pragma once

#include "firmware/checkin/enrolment.hpp"
#include "firmware/control/server.hpp"
#include "firmware/control/terminal.hpp"

namespace xueshi::control {

/// status, prove_possession, reload_roster, sync_rejection. `terminal` outlives the server.
void add_device_verbs(Server &server, Terminal &terminal);

/// enrol_face, enrol_finger, erase. `enrolment` outlives the server.
void add_enrolment_verbs(Server &server, checkin::Enrolment &enrolment);

} // namespace xueshi::control
