#include <doctest/doctest.h>

#include "firmware/core/training/training.hpp"

using namespace xueshi;
using namespace xueshi::training;

namespace {

TrainingClass small_class() {
    TrainingClass result{ClassId("c1"), InstitutionId("i1"), "Welding", "", "", {}, {}, {}};
    result.lessons.push_back({LessonId("l1"), "Safety", "Li", RoomId("r1"), {{0, 1000}, {1000, 2000}}});
    result.lessons.push_back({LessonId("l2"), "Arc", "Li", RoomId("r1"), {{5000, 6000}}});
    result.trainees = {{PersonId("p1"), "1", "A"}, {PersonId("p2"), "2", "B"}};
    return result;
}

std::string breach(const TrainingClass &training_class) {
    const auto result = check(training_class);
    return result ? "" : result.error().message;
}

} // namespace

TEST_CASE("training: a class answers for its lessons, trainees and filed hours") {
    const auto c = small_class();
    CHECK(check(c).has_value());
    CHECK(c.filed_hours() == 3);
    CHECK(c.lesson(LessonId("l2"))->title == "Arc");
    CHECK(c.lesson(LessonId("l9")) == nullptr);
    CHECK(c.trainee(PersonId("p2"))->number == "2");
    CHECK(c.trainee(PersonId("")) == nullptr);
    CHECK(c.lessons[0].end_ms() == 2000);
}

TEST_CASE("training: factors are read as they are written") {
    for (const auto factor : {Factor::face, Factor::finger, Factor::face_or_finger, Factor::face_and_finger}) {
        CHECK(parse_factor(to_string(factor)).value() == factor);
    }
    CHECK_FALSE(parse_factor("iris").has_value());
}

TEST_CASE("training: check refuses hours that overlap, end before they start or are missing") {
    auto c = small_class();
    c.lessons[0].hours[1].start_ms = 999;
    CHECK(breach(c).find("lesson l1: class hour 2") != std::string::npos);
    c = small_class();
    c.lessons[0].hours[0].end_ms = 0;
    CHECK(breach(c).find("class hour 1") != std::string::npos);
    c = small_class();
    c.lessons[1].hours.clear();
    CHECK(breach(c).find("no class hour") != std::string::npos);
}

TEST_CASE("training: check refuses ids that are empty or used twice, and lessons out of order") {
    auto c = small_class();
    c.lessons[1].id = LessonId("l1");
    CHECK(breach(c).find("used twice") != std::string::npos);
    c = small_class();
    c.trainees[1].id = c.trainees[0].id;
    CHECK(breach(c).find("trainee 2") != std::string::npos);
    c = small_class();
    c.trainees[1].number = "1";
    CHECK(breach(c).find("number") != std::string::npos);
    c = small_class();
    std::swap(c.lessons[0], c.lessons[1]);
    CHECK(breach(c).find("after a later one") != std::string::npos);
    c = small_class();
    c.institution = InstitutionId();
    CHECK_FALSE(breach(c).empty());
}

TEST_CASE("training: the 61st trainee needs an approval number") {
    auto c = small_class();
    c.trainees.clear();
    for (int i = 1; i <= 60; ++i) {
        c.trainees.push_back({PersonId("p" + std::to_string(i)), std::to_string(i), "N"});
    }
    CHECK(breach(c).empty());
    c.trainees.push_back({PersonId("p61"), "61", "N"});
    CHECK(breach(c).find("approval number") != std::string::npos);
    c.approval_number = "2026-17";
    CHECK(breach(c).empty());
}

TEST_CASE("training: a policy outside its limits is refused") {
    Policy policy;
    CHECK(check(policy).has_value());
    policy.tolerance_numerator = 46;
    CHECK_FALSE(check(policy).has_value());
    policy.tolerance_numerator = 0;
    policy.tolerance_denominator = 0;
    CHECK_FALSE(check(policy).has_value());
    policy.tolerance_denominator = 45;
    policy.cooldown_ms = -1;
    CHECK_FALSE(check(policy).has_value());
}
