#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/registry/store/store.hpp"
#include "firmware/core/training/training.hpp"

namespace xueshi::registry::store {

struct Institution {
    InstitutionId id;
    std::string name;
    std::string region; ///< six digits of GB/T 2260
    bool operator==(const Institution &) const = default;
};
/// Inserts, or renames.
void save_institution(Session &session, const Institution &institution);
/// nullopt: unknown.
std::optional<Institution> find_institution(Session &session, const InstitutionId &id);
std::vector<Institution> institutions(Session &session);

/// The next `count` ingest positions: the first of them. Takes the institution's row, so that positions are committed
/// in their order and a puller's cursor misses nothing.
std::int64_t take_positions(Session &session, const InstitutionId &id, std::int64_t count);

/// The person with this ID number, so that somebody in two classes is one person.
std::optional<PersonId> person_by_id_number(Session &session, const InstitutionId &id, const std::string &id_number);
/// nullopt: unknown.
std::optional<std::string> person_name(Session &session, const InstitutionId &id, const PersonId &person);

/// Files version 1. `id_numbers` by trainee; the class must not exist.
void add_class(Session &session, const training::TrainingClass &training_class,
               const std::map<PersonId, std::string> &id_numbers, std::int64_t filed_ms);
/// The newest version.
std::optional<training::TrainingClass> find_class(Session &session, const InstitutionId &institution,
                                                  const ClassId &id);
std::vector<ClassId> classes_of(Session &session, const InstitutionId &institution);
/// Those with a lesson in the room.
std::vector<ClassId> classes_in_room(Session &session, const InstitutionId &institution, const RoomId &room);
/// Those whose roster has the person.
std::vector<ClassId> classes_of_person(Session &session, const InstitutionId &institution, const PersonId &person);

} // namespace xueshi::registry::store
