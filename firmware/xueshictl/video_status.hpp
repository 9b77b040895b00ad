#pragma once

#include <cstdint>
#include <string>

#include "firmware/core/base/json.hpp"

namespace xueshi::xueshictl {

/// The lesson's video as terminald tells of it (`video` of its status), in lines for people: what films, and for each
/// lesson around now the minutes there are against those owed (art. 14) and the heads seen against the punches.
/// `now_ms` tells which class hours have begun.
std::string describe_video(const json::Object &video, std::int64_t now_ms);

} // namespace xueshi::xueshictl
