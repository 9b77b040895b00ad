#include "firmware/fingerprint/reader.hpp"

namespace xueshi::fingerprint {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMostLabel = 200;

} // namespace

Bytes write_print(const ReaderPrint &print) {
    const std::string_view label = std::string_view(print.label).substr(0, kMostLabel);
    Bytes bytes{kVersion, static_cast<std::uint8_t>(label.size())};
    bytes.insert(bytes.end(), label.begin(), label.end());
    bytes.insert(bytes.end(), print.data.begin(), print.data.end());
    return bytes;
}

Expected<ReaderPrint> read_print(ByteView bytes) {
    if (bytes.size() < 2 || bytes[0] != kVersion || bytes[1] > kMostLabel || bytes.size() - 2 < bytes[1]) {
        return fail(ErrorCode::corrupt, "a reader's print: not of version 1, or cut off");
    }
    const ByteView label = bytes.subspan(2, bytes[1]), data = bytes.subspan(2U + bytes[1]);
    return ReaderPrint{std::string(as_text(label)), Bytes(data.begin(), data.end())};
}

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
    case Retry::not_the_same_finger:
        return "not_the_same_finger";
    }
    return "unknown";
}

Expected<void> Reader::set_prints(const std::vector<ReaderPrint> & /*prints*/) {
    return fail(ErrorCode::unsupported, "this fingerprint reader does not match");
}

Expected<void> Reader::enrol(const std::string & /*label*/, const std::vector<ReaderPrint> & /*others*/) {
    return fail(ErrorCode::unsupported, "this fingerprint reader does not enrol");
}

Expected<void> Reader::forget(const ReaderPrint & /*print*/) {
    return fail(ErrorCode::unsupported, "this fingerprint reader keeps no prints");
}

} // namespace xueshi::fingerprint
