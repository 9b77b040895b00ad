#pragma once

#include <string>
#include <string_view>

#include "firmware/core/base/error.hpp"
#include "firmware/core/base/json.hpp"

namespace xueshi::checkin {

/// Why an enrolment was refused; each has one sentence for the person who stands there.
enum class EnrolmentRefusal {
    no_consent,
    duplicate_face,
    duplicate_finger,
    finger_enrolled_already,
    too_many_fingers,
    document_missing,
    document_unusable,
    document_mismatch,
    witnesses_missing,
    too_few_photographs,
    no_usable_picture,
    not_live,
    poses_missing,
    left_the_roster,
};
std::string_view to_string(EnrolmentRefusal refusal);

struct Words {
    std::string_view zh, en, ko;
};
Words words(EnrolmentRefusal refusal);

/// Both official languages of the screen, then the detail.
Error error_of(EnrolmentRefusal refusal, const std::string &detail);
/// For whoever watches: the code and the sentence in each language.
json::Object progress_of(EnrolmentRefusal refusal);

} // namespace xueshi::checkin
