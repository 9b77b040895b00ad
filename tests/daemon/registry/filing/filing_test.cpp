#include <doctest/doctest.h>

#include <set>

#include "tests/daemon/registry/filing/filed.hpp"

using namespace filed;
using registry::filing::read_class;

TEST_CASE("filing: a class is plan and roster together, every trainee with a new random id") {
    const auto result = read_class(kPlan, roster(3), kNowMs).value();
    CHECK(training::check(result.training_class).has_value());
    REQUIRE(result.rows.size() == 3);
    std::set<PersonId> ids;
    for (std::size_t i = 0; i < result.rows.size(); ++i) {
        const auto &trainee = result.training_class.trainees[i];
        CHECK(trainee.number == result.rows[i].number);
        CHECK(trainee.name == result.rows[i].name);
        CHECK(Uuid::parse(trainee.id.str()).has_value());
        ids.insert(trainee.id);
    }
    CHECK(ids.size() == 3);
    const auto again = read_class(kPlan, roster(3), kNowMs).value();
    CHECK_FALSE(ids.contains(again.training_class.trainees[0].id));
}

TEST_CASE("filing: trainees of a confidential class who are not named are shown by their number") {
    const std::string nameless = "number,name,id_number\n07,,\n08,,\n";
    CHECK(contains(refusal(read_class(kPlan, nameless, kNowMs)), "roster: line 2"));
    const auto plan = edited(kPlan, "[policy]", "confidential_document = \"吉人社密〔2026〕3号\"\n[policy]");
    const auto filed = read_class(plan, nameless, kNowMs).value().training_class;
    CHECK(filed.confidential_document == "吉人社密〔2026〕3号");
    CHECK(filed.trainees.at(0).name == "07");
    CHECK(filed.trainees.at(0).id != filed.trainees.at(1).id);
}

TEST_CASE("filing: errors say which of the two files is wrong") {
    CHECK(contains(refusal(read_class("", roster(1), kNowMs)), "plan: "));
    CHECK(contains(refusal(read_class(kPlan, "", kNowMs)), "roster: line 1"));
}

TEST_CASE("F21: an approval number in the plan allows the 61st trainee") {
    CHECK(contains(refusal(read_class(kPlan, roster(61), kNowMs)), "roster: line 62"));
    const auto approved = edited(kPlan, "name = \"家政服务员\"", "name = \"x\"\napproval_number = \"2026-17\"");
    CHECK(read_class(approved, roster(61), kNowMs).value().training_class.trainees.size() == 61);
}
