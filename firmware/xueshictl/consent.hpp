#pragma once

#include <string_view>

#include "firmware/core/base/json.hpp"

namespace xueshi::xueshictl {

/// The text that a trainee agrees to before the first capture, separately for each factor
/// (人脸识别技术应用安全管理办法); its hash goes into the journal.
std::string_view consent_text(bool face);
json::Object consent_argument(bool face);

} // namespace xueshi::xueshictl
