#include "firmware/fingerprint/reader.hpp"

namespace xueshi::fingerprint {

std::string_view to_string(Retry retry) {
    switch (retry) {
    case Retry::none:
        return "none";
    case Retry::too_short:
        return "too_short";
    case Retry::centre:
        return "centre";
    case Retry::remove_and_retry:
        return "remove_and_retry";
    case Retry::too_few_minutiae:
        return "too_few_minutiae";
    case Retry::too_many_minutiae:
        return "too_many_minutiae";
    }
    return "unknown";
}

Expected<void> Reader::set_prints(const std::vector<ReaderPrint> & /*prints*/) {
    return fail(ErrorCode::unsupported, "this fingerprint reader does not match");
}

Expected<void> Reader::enrol(const std::string & /*label*/) {
    return fail(ErrorCode::unsupported, "this fingerprint reader does not enrol");
}

Expected<void> Reader::forget(const ReaderPrint & /*print*/) {
    return {};
}

} // namespace xueshi::fingerprint
