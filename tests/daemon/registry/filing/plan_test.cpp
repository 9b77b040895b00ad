#include <doctest/doctest.h>

#include "daemon/registry/filing/plan.hpp"
#include "tests/daemon/registry/filing/filed.hpp"

using namespace filed;
using registry::filing::read_plan;

namespace {

std::string refused(std::string_view from, std::string_view to) {
    const auto plan = edited(kPlan, from, to);
    CHECK(plan != kPlan);
    return refusal(read_plan(plan));
}

constexpr std::int64_t kLesson1Ms = 1'795'478'400'000; // 2026-11-24T00:00:00Z

} // namespace

TEST_CASE("filing: a plan is read whole, lessons by their start") {
    const auto plan = read_plan(kPlan).value();
    CHECK(plan.institution.id == InstitutionId("school-1"));
    CHECK(plan.institution.region == "220100");
    const auto &c = plan.training_class;
    CHECK(c.institution == InstitutionId("school-1"));
    CHECK(c.name == "家政服务员");
    CHECK(c.policy.opens_before_ms == 600'000);
    CHECK(c.policy.closes_after_ms == 900'000);
    CHECK(c.policy.tolerance_numerator == 1);
    CHECK(c.policy.tolerance_denominator == 3);
    CHECK(c.policy.factor == training::Factor::face_and_finger);
    REQUIRE(c.lessons.size() == 2);
    CHECK(c.lessons[0].id == LessonId("lesson-1"));
    CHECK(c.filed_hours() == 4);
    CHECK(c.lessons[0].hours == std::vector<training::ClassHour>{{kLesson1Ms, kLesson1Ms + 2'700'000},
                                                                 {kLesson1Ms + 3'000'000, kLesson1Ms + 5'700'000}});
    CHECK(c.lessons[1].hours[1].start_ms == kLesson1Ms + 25 * 3'600'000);
}

TEST_CASE("filing: policy and approval number may be left out; offsets are kept to the millisecond") {
    auto text =
        edited(kPlan, "[policy]\nopens_before_ms = 600000\ntolerance = [1, 3]\nfactor = \"face_and_finger\"\n", "");
    CHECK(read_plan(text).value().training_class.policy == training::Policy{});
    text = edited(text, "name = \"家政服务员\"", "name = \"x\"\napproval_number = \"2026-17\"");
    CHECK(read_plan(text).value().training_class.approval_number == "2026-17");
    text = edited(text, "start = 2026-11-24T08:00:00+08:00\n", "start = 2026-11-23T19:00:00.250-05:00\n");
    CHECK(read_plan(text).value().training_class.lessons[0].start_ms() == kLesson1Ms + 250);
}

TEST_CASE("filing: an unknown key is refused by line, key and what is allowed") {
    CHECK(contains(refused("teacher", "tutor"), "line 12, key lesson[0].teacher: is missing"));
    const auto message = refused("factor =", "factors =");
    CHECK(contains(message, "line 11, key policy.factors: is not known here; allowed: "));
    CHECK(contains(message, "tolerance"));
    CHECK(contains(refused("[policy]", "[rules]"), "key rules: is not known here"));
    CHECK(contains(refused("break_seconds = 300", "pause = 300"), "key lesson[1].pause"));
}

TEST_CASE("filing: a missing or mistyped key is refused by line and key") {
    CHECK(contains(refused("region = \"220100\"", ""), "key institution.region: is missing"));
    CHECK(contains(refused("\"220100\"", "\"2201\""), "line 4, key institution.region: must be six digits"));
    CHECK(contains(refused("\"school-1\"", "7"), "line 2, key institution.id: must be text"));
    CHECK(contains(refused("\"school-1\"", "\"../etc\""), "key institution.id"));
    CHECK(contains(refused("hours = 2\n", "hours = 17\n"), "key lesson[1].hours: must be an integer from 1 to 16"));
    CHECK(contains(refused("[1, 3]", "[4, 3]"), "key policy.tolerance[0]"));
    CHECK(contains(refused("[1, 3]", "0.3"), "must be [numerator, denominator]"));
    CHECK(contains(refused("face_and_finger", "iris"), "line 11, key policy.factor"));
    CHECK(contains(refused("600000", "-1"), "key policy.opens_before_ms: must be an integer from 0"));
    CHECK(contains(refused("\"lesson-1\"", "\"lesson-2\""), "key lesson[1].id: is already"));
}

TEST_CASE("filing: times need their offset and class hours their order") {
    CHECK(contains(refused("start = 2026-11-24T08:00:00+08:00\n", "start = 2026-11-24T08:00:00\n"), "with its offset"));
    CHECK(contains(refused("08:45:00", "07:45:00"), "hours[0]: must end after its start"));
    CHECK(contains(refused("T09:00:00", "T08:40:00"), "hours[1]: begins before"));
    CHECK(contains(refused("{start = 2026-11-25T08", "{from = 1, start = 2026-11-25T08"), "hours[0].from"));
    CHECK(contains(refused("hour_seconds = 2700", ""), "hour_seconds: is missing"));
}

TEST_CASE("filing: F34: malformed, huge and deep plans are refused") {
    CHECK(contains(refused("[class]", "[class"), "line 5"));
    CHECK(contains(refused("[[lesson]]", "[lesson]"), "line"));
    CHECK(read_plan(std::string((1 << 20) + 1, ' ')).error().code == ErrorCode::too_large);
    CHECK_FALSE(read_plan("a = " + std::string(100'000, '[')).has_value());
    CHECK_FALSE(read_plan("").has_value());
}
