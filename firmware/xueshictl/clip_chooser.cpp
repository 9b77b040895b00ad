#include "firmware/xueshictl/clip_chooser.hpp"

namespace xueshi::xueshictl {

void ClipChooser::read(const record::StoredEvent &event) {
    const clips::ClipWord word = clips::clip_word(event);
    if (const auto *shown = std::get_if<clips::ShownIn>(&word)) {
        shown_[shown->clip].push_back(*shown);
    } else if (const auto *consent = std::get_if<clips::LeaveConsent>(&word)) {
        consents_[consent->person] = consent->given;
    }
}

bool ClipChooser::may_leave(const clips::ClipPolicy &policy, const MediaId &clip) const {
    std::vector<clips::ClipSubject> subjects;
    if (const auto found = shown_.find(clip); found != shown_.end()) {
        for (const clips::ShownIn &shown : found->second) {
            const auto word = consents_.find(shown.person);
            subjects.push_back({shown.person, shown.training_class, word != consents_.end() && word->second});
        }
    }
    return clips::withheld_because(policy, subjects).empty();
}

} // namespace xueshi::xueshictl
