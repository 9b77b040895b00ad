#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/core/base/error.hpp"
#include "firmware/core/training/training.hpp"

/// Reads what an institution files for a class (art. 14(一)): the plan as TOML, the roster as CSV. Whole or not at all.
namespace xueshi::registry::filing {

inline constexpr std::size_t kMaxPlanBytes = 1 << 20, kMaxRosterBytes = 16 << 20;

/// One trainee as filed; the ID number stays in the registry.
struct RosterRow {
    std::string number;
    std::string name;      ///< empty: hidden, in a confidential class; the number stands for it
    std::string id_number; ///< 18 characters, checked, X upper case; empty: hidden likewise
    bool operator==(const RosterRow &) const = default;
};

struct Institution {
    InstitutionId id;
    std::string name;
    std::string region; ///< six digits of GB/T 2260
    bool operator==(const Institution &) const = default;
};

struct FiledClass {
    Institution institution;
    /// Passes training::check. Each trainee has a new random PersonId (UUID version 4): who is filed a second time,
    /// with an ID number already known, is given the known id by the caller.
    training::TrainingClass training_class;
    std::vector<RosterRow> rows; ///< one a trainee, in the order of training_class.trainees, which is the file's
};

/// `now_ms`: nobody is born after it. Errors name the file ("plan" or "roster"), line, key or column, and what is
/// allowed; they never repeat a name or an ID number.
Expected<FiledClass> read_class(std::string_view plan_toml, std::string_view roster_csv, std::int64_t now_ms);

} // namespace xueshi::registry::filing
