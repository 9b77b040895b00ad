#pragma once

#include <ctime>

#include "daemon/transport/http_client.hpp"
#include "daemon/upstream/upstream.hpp"

namespace xueshi::upstream {

/// What an answer with an unexpected status says: the code by status, the words of its problem details (RFC 9457).
Refusal refusal(const transport::HttpResponse &response);

/// Nothing came back.
Refusal no_answer(const Error &error);
/// What came back is not of this protocol.
Refusal unreadable(unsigned status, const Error &error);

/// Seconds of Retry-After, given as such or as a date; a date counts from the answer's own Date, since the device's
/// clock may be wrong: that clock, `now`, counts only where there is no Date. -1: not said, not readable, or by the
/// device's clock more than a day off. At most a day.
int retry_after_s(const transport::HttpResponse &response, std::time_t now);

} // namespace xueshi::upstream
