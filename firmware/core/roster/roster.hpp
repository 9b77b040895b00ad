#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware/core/identity/signed_document.hpp"
#include "firmware/core/training/training.hpp"

namespace xueshi::roster {

/// A trainee's class hours as the registry had counted them (RULES section 4): proved <= possible.
struct HoursSoFar {
    std::int64_t proved = 0, possible = 0;
    bool operator==(const HoursSoFar &) const = default;
};

/// What the registry sends a terminal: no ID numbers, only what the room needs. Purpose "xueshi-roster-v1".
struct Roster {
    DeviceId device;
    InstitutionId institution;
    std::string institution_name;
    RoomId room; ///< where this terminal stands
    std::int64_t as_of_ms = 0;
    std::vector<training::TrainingClass> classes;             ///< those with a lesson in this room
    std::int64_t hours_as_of_ms = 0;                          ///< when `hours` were counted; 0: they were not
    std::map<std::pair<ClassId, PersonId>, HoursSoFar> hours; ///< of trainees; not in it: unknown
    bool operator==(const Roster &) const = default;

    const training::TrainingClass *training_class(const ClassId &id) const;
    /// The person's first entry in any class; nullptr: not on this terminal.
    const training::Trainee *trainee(const PersonId &id) const;
    /// nullptr: not known.
    const HoursSoFar *hours_of(const ClassId &training_class, const PersonId &person) const;
};

inline constexpr std::size_t kMaxRosterBytes = 4 << 20;
/// Lessons and trainees are of one class; texts in bytes of UTF-8.
inline constexpr std::size_t kMaxClasses = 64, kMaxLessons = 400, kMaxHoursPerLesson = 16, kMaxTrainees = 500;
inline constexpr std::size_t kMaxIdBytes = 128, kMaxTextBytes = 1024;

/// The payload of the signed document: canonical JSON. What read_roster would refuse is the same error here.
Expected<std::string> write_roster(const Roster &roster);
/// Strict: unknown fields, every limit above, and what training::check asks of each class; class ids are unique.
Expected<Roster> read_roster(std::string_view payload);

Expected<identity::SignedDocument> sign_roster(const identity::Signer &signer, const Roster &roster);
/// Signature first, then read_roster.
Expected<Roster> open_roster(const identity::PublicKey &registry_key, const identity::SignedDocument &document);

} // namespace xueshi::roster
