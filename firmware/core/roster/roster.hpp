#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/core/identity/signed_document.hpp"
#include "firmware/core/training/training.hpp"

namespace xueshi::roster {

/// What the registry sends a terminal: no ID numbers, only what the room needs. Purpose "xueshi-roster-v1".
struct Roster {
    DeviceId device;
    InstitutionId institution;
    std::string institution_name;
    RoomId room; ///< where this terminal stands
    std::int64_t as_of_ms = 0;
    std::vector<training::TrainingClass> classes; ///< those with a lesson in this room
    bool operator==(const Roster &) const = default;

    const training::TrainingClass *training_class(const ClassId &id) const;
    /// The person's first entry in any class; nullptr: not on this terminal.
    const training::Trainee *trainee(const PersonId &id) const;
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
