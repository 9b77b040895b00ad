#include "daemon/sync/clip_policy.hpp"

#include <algorithm>

namespace xueshi::sync {

Expected<ClipUpload> parse_clip_upload(std::string_view text) {
    if (text == "never") {
        return ClipUpload::never;
    }
    if (text == "consented") {
        return ClipUpload::consented;
    }
    if (text == "all") {
        return ClipUpload::all;
    }
    return fail(ErrorCode::invalid_argument, "clips are uploaded never, consented or all");
}

std::string_view withheld_because(const ClipPolicy &policy, const std::vector<ClipSubject> &subjects, Asked asked) {
    if (policy.upload == ClipUpload::never && asked == Asked::no) {
        return "policy";
    }
    const bool confidential = std::any_of(subjects.begin(), subjects.end(), [&](const ClipSubject &subject) {
        return policy.confidential.contains(subject.training_class);
    });
    if (confidential) {
        return "confidential";
    }
    const bool agreed =
        !subjects.empty() && std::all_of(subjects.begin(), subjects.end(), [](const ClipSubject &subject) {
            return !subject.person.empty() && subject.consented;
        });
    return policy.upload == ClipUpload::all || agreed ? "" : "consent";
}

} // namespace xueshi::sync
