#pragma once

#include "firmware/camera/camera.hpp"
#include "firmware/checkin/history.hpp"
#include "firmware/core/roster/roster.hpp"

namespace xueshi::terminald {

/// What is burned into the pictures of `now`: institution, clock quality and, once the clock is set, class, lesson and
/// how many are checked in to it: of the lesson that is held, or of all that are, else of the first that is
/// open. The nonce code is left blank.
camera::Overlay lesson_overlay(const roster::Roster &roster, const checkin::History &history, const Instant &now);

} // namespace xueshi::terminald
