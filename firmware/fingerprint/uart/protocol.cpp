#include "firmware/fingerprint/uart/protocol.hpp"

namespace xueshi::fingerprint::uart {

std::string_view to_string(Confirmation confirmation) {
    switch (confirmation) {
    case Confirmation::ok:
        return "ok";
    case Confirmation::packet_error:
        return "packet received with an error";
    case Confirmation::no_finger:
        return "no finger";
    case Confirmation::image_failed:
        return "the picture failed";
    case Confirmation::too_disorderly:
        return "the picture is too disorderly";
    case Confirmation::too_few_features:
        return "too few features";
    case Confirmation::no_match:
        return "the fingers do not match";
    case Confirmation::not_found:
        return "the finger is not in the store";
    case Confirmation::not_the_same_finger:
        return "the impressions are not of one finger";
    case Confirmation::bad_page:
        return "no such place in the store";
    case Confirmation::bad_template:
        return "the stored template is damaged or absent";
    case Confirmation::upload_failed:
        return "the template cannot be given out";
    case Confirmation::cannot_receive:
        return "the module takes no data";
    case Confirmation::image_upload_failed:
        return "the picture cannot be given out";
    case Confirmation::erase_failed:
        return "erasing failed";
    case Confirmation::empty_failed:
        return "emptying the store failed";
    case Confirmation::wrong_password:
        return "wrong password";
    case Confirmation::no_image:
        return "no picture to work on";
    case Confirmation::flash_error:
        return "writing the module's flash failed";
    }
    return "a code that the manuals do not name";
}

} // namespace xueshi::fingerprint::uart
