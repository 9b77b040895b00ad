#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "firmware/core/roster/roster.hpp"

using namespace xueshi;
using namespace xueshi::roster;

namespace {

/// Names as they occur: Latin, Chinese, the dot of minority names, rare characters outside the basic plane, quotes.
std::string random_text() {
    std::string text = "x";
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("a", "张", "·", "\xF0\xA0\x80\x80", "\"", "\\", "\n", " ", "é"));
    for (const auto &piece : pieces) {
        text += piece;
    }
    return text;
}

training::TrainingClass random_class(int number) {
    training::TrainingClass result{ClassId("c" + std::to_string(number)),
                                   InstitutionId("i"),
                                   random_text(),
                                   random_text(),
                                   random_text(),
                                   {},
                                   {},
                                   {}};
    result.policy.cooldown_ms = *rc::gen::inRange<std::int64_t>(0, training::kMaxWindowMs);
    result.policy.factor = *rc::gen::element(training::Factor::face, training::Factor::face_and_finger);
    std::int64_t time_ms = *rc::gen::inRange<std::int64_t>(0, 2'000'000'000'000);
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        training::Lesson lesson{LessonId("l" + std::to_string(i)), random_text(), random_text(), RoomId("r"), {}};
        for (int hour = *rc::gen::inRange(1, 4); hour > 0; --hour) {
            const auto end_ms = time_ms + *rc::gen::inRange<std::int64_t>(1, training::kMaxHourMs);
            lesson.hours.push_back({time_ms, end_ms});
            time_ms = end_ms + *rc::gen::inRange<std::int64_t>(0, 1000);
        }
        result.lessons.push_back(std::move(lesson));
    }
    for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
        result.trainees.push_back({PersonId("p" + std::to_string(i)), std::to_string(i), random_text()});
    }
    return result;
}

Roster random_roster() {
    Roster roster;
    roster.device = DeviceId("d");
    roster.institution = InstitutionId("i");
    roster.institution_name = random_text();
    roster.room = RoomId("r");
    roster.as_of_ms = *rc::gen::inRange(0, 1000);
    roster.hours_as_of_ms = *rc::gen::inRange(0, 1000);
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        roster.classes.push_back(random_class(i));
        for (const auto &trainee : roster.classes.back().trainees) {
            if (*rc::gen::arbitrary<bool>()) {
                const auto proved = *rc::gen::inRange<std::int64_t>(0, 60);
                roster.hours[{roster.classes.back().id, trainee.id}] = {
                    proved, proved + *rc::gen::inRange<std::int64_t>(0, 60)};
            }
        }
    }
    return roster;
}

} // namespace

TEST_CASE("roster: any roster within the limits survives writing and reading") {
    CHECK(rc::check([] {
        const auto roster = random_roster();
        const auto payload = write_roster(roster);
        RC_ASSERT(payload.has_value());
        RC_ASSERT(read_roster(*payload).value() == roster);
    }));
}

TEST_CASE("roster: any damaged payload is either refused or read as something writable") {
    CHECK(rc::check([] {
        auto payload = write_roster(random_roster()).value();
        const auto at = *rc::gen::inRange<std::size_t>(0, payload.size());
        payload[at] = static_cast<char>(*rc::gen::inRange(1, 127));
        if (const auto roster = read_roster(payload)) {
            RC_ASSERT(write_roster(*roster).has_value());
        }
    }));
}
