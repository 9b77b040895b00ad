#include "firmware/core/clips/clip_chooser.hpp"

namespace xueshi::clips {

void ClipChooser::read(const record::EventBody &event) {
    ClipWord word = clip_word(event);
    if (auto *shown = std::get_if<ShownIn>(&word)) {
        shown_[shown->clip].push_back({std::move(shown->person), std::move(shown->training_class)});
    } else if (const auto *consent = std::get_if<LeaveConsent>(&word)) {
        consents_[consent->person] = consent->given;
    } else if (const auto *deleted = std::get_if<DeletedClip>(&word)) {
        shown_.erase(deleted->clip);
    }
}

bool ClipChooser::may_leave(const ClipPolicy &policy, const MediaId &clip) const {
    std::vector<ClipSubject> subjects;
    if (const auto found = shown_.find(clip); found != shown_.end()) {
        for (const Shown &shown : found->second) {
            const auto word = consents_.find(shown.person);
            subjects.push_back({shown.person, shown.training_class, word != consents_.end() && word->second});
        }
    }
    return withheld_because(policy, subjects, policy.asked.contains(clip) ? Asked::yes : Asked::no).empty();
}

} // namespace xueshi::clips
