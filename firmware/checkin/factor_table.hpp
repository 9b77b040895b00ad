#pragma once

#include <array>

#include "firmware/core/record/bodies.hpp"
#include "firmware/core/training/training.hpp"

/// What a class asks for, and what one sensor's recognition is worth then
/// (regulation art. 14: face or finger; the rest is the class's policy).
namespace xueshi::checkin {

enum class Sensor { face, finger };
/// Has the other sensor recognised the same person, within the policy's time?
enum class Partner { none, same_person };
enum class Need { nothing, other_sensor };

struct FactorRow {
    training::Factor asked;
    Sensor sensor;
    Partner partner;
    Need need;
    record::Evidence evidence; ///< meant when nothing more is needed
};

// clang-format off
inline constexpr std::array kFactorTable{
    FactorRow{training::Factor::face,            Sensor::face,   Partner::none,        Need::nothing,      record::Evidence::face},
    FactorRow{training::Factor::face,            Sensor::face,   Partner::same_person, Need::nothing,      record::Evidence::face},
    FactorRow{training::Factor::face,            Sensor::finger, Partner::none,        Need::other_sensor, record::Evidence::finger},
    FactorRow{training::Factor::face,            Sensor::finger, Partner::same_person, Need::other_sensor, record::Evidence::finger},

    FactorRow{training::Factor::finger,          Sensor::face,   Partner::none,        Need::other_sensor, record::Evidence::face},
    FactorRow{training::Factor::finger,          Sensor::face,   Partner::same_person, Need::other_sensor, record::Evidence::face},
    FactorRow{training::Factor::finger,          Sensor::finger, Partner::none,        Need::nothing,      record::Evidence::finger},
    FactorRow{training::Factor::finger,          Sensor::finger, Partner::same_person, Need::nothing,      record::Evidence::finger},

    FactorRow{training::Factor::face_or_finger,  Sensor::face,   Partner::none,        Need::nothing,      record::Evidence::face},
    FactorRow{training::Factor::face_or_finger,  Sensor::face,   Partner::same_person, Need::nothing,      record::Evidence::face},
    FactorRow{training::Factor::face_or_finger,  Sensor::finger, Partner::none,        Need::nothing,      record::Evidence::finger},
    FactorRow{training::Factor::face_or_finger,  Sensor::finger, Partner::same_person, Need::nothing,      record::Evidence::finger},

    FactorRow{training::Factor::face_and_finger, Sensor::face,   Partner::none,        Need::other_sensor, record::Evidence::face},
    FactorRow{training::Factor::face_and_finger, Sensor::face,   Partner::same_person, Need::nothing,      record::Evidence::both},
    FactorRow{training::Factor::face_and_finger, Sensor::finger, Partner::none,        Need::other_sensor, record::Evidence::finger},
    FactorRow{training::Factor::face_and_finger, Sensor::finger, Partner::same_person, Need::nothing,      record::Evidence::both},
};

/// What is asked of somebody with a recorded difficulty whose finger is accepted instead.
struct EasedRow {
    training::Factor asked, instead;
};
inline constexpr std::array kEasedTable{
    EasedRow{training::Factor::face,            training::Factor::face_or_finger},
    EasedRow{training::Factor::finger,          training::Factor::finger},
    EasedRow{training::Factor::face_or_finger,  training::Factor::face_or_finger},
    EasedRow{training::Factor::face_and_finger, training::Factor::finger},
};
// clang-format on

constexpr const FactorRow &factor_row(training::Factor asked, Sensor sensor, Partner partner) {
    for (const auto &row : kFactorTable) {
        if (row.asked == asked && row.sensor == sensor && row.partner == partner) {
            return row;
        }
    }
    return kFactorTable.front(); // a test walks all combinations: there is a row for each
}

constexpr training::Factor eased(training::Factor asked) {
    for (const auto &row : kEasedTable) {
        if (row.asked == asked) {
            return row.instead;
        }
    }
    return asked;
}

} // namespace xueshi::checkin
