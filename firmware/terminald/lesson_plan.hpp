#pragma once

#include <cstdint>
#include <span>

#include "firmware/core/training/training.hpp"
#include "firmware/recorder/span.hpp"

namespace xueshi::terminald {

/// How much of a lesson is filmed (regulation art. 14; policy).
struct FilmPolicy {
    bool windows = false;                 ///< else the whole lesson, pauses included
    std::int64_t window_ms = 12 * 60'000; ///< of each class hour; at least ten minutes are owed
};

/// What is filmed in `room`, cut where a class hour of any lesson begins: each piece names all lessons that are held in
/// it. From the day before `wall_ms` to two days after.
recorder::Plan plan_films(std::span<const training::TrainingClass> classes, const RoomId &room,
                          const FilmPolicy &policy, std::int64_t wall_ms);

/// While the clock is unset no plan can be asked: everything, of no lesson.
recorder::Plan film_everything(const RoomId &room);

/// Usable video that a class hour owes (art. 14).
inline constexpr std::int64_t kOwedMs = 10 * 60'000;
std::int64_t owed_ms(const training::Lesson &lesson);

} // namespace xueshi::terminald
