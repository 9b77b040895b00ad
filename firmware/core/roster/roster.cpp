#include "firmware/core/roster/roster.hpp"

#include <algorithm>

namespace xueshi::roster {
namespace {

constexpr std::string_view kPurpose = "xueshi-roster-v1";

} // namespace

const training::TrainingClass *Roster::training_class(const ClassId &id) const {
    const auto found = std::ranges::find(classes, id, &training::TrainingClass::id);
    return found == classes.end() ? nullptr : &*found;
}

const training::Trainee *Roster::trainee(const PersonId &id) const {
    for (const auto &training_class : classes) {
        if (const auto *found = training_class.trainee(id)) {
            return found;
        }
    }
    return nullptr;
}

const HoursSoFar *Roster::hours_of(const ClassId &training_class, const PersonId &person) const {
    const auto found = hours.find({training_class, person});
    return found == hours.end() ? nullptr : &found->second;
}

Expected<identity::SignedDocument> sign_roster(const identity::Signer &signer, const Roster &roster) {
    auto payload = write_roster(roster);
    if (!payload) {
        return tl::unexpected<Error>(payload.error());
    }
    return identity::sign_document(signer, kPurpose, std::move(*payload));
}

Expected<Roster> open_roster(const identity::PublicKey &registry_key, const identity::SignedDocument &document) {
    if (const auto holds = identity::verify_document(registry_key, kPurpose, document); !holds) {
        return tl::unexpected<Error>(holds.error());
    }
    return read_roster(document.payload);
}

} // namespace xueshi::roster
