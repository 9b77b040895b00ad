#include <doctest/doctest.h>

#include "daemon/rules/counting.hpp"

using namespace xueshi;
using namespace xueshi::rules;
using record::Evidence;
using record::SourceKind;

TEST_CASE("rules: only a physical source counts, unless the registry's policy says otherwise") {
    CountingPolicy policy;
    CHECK(source_counts(policy, SourceKind::physical));
    CHECK_FALSE(source_counts(policy, SourceKind::replay));
    CHECK_FALSE(source_counts(policy, SourceKind::virtual_device));
    CHECK_FALSE(source_counts(policy, SourceKind::paper));
    policy.allow_replay = true;
    CHECK(source_counts(policy, SourceKind::replay));
    CHECK_FALSE(source_counts(policy, SourceKind::virtual_device));
    policy.allow_virtual = true;
    CHECK(source_counts(policy, SourceKind::virtual_device));
}

TEST_CASE("rules: a punch's standing follows source, evidence, enrolment and quarantine") {
    CountingPolicy policy;
    CHECK(standing(policy, SourceKind::physical, Evidence::face, false, false) == Standing::counts);
    CHECK(standing(policy, SourceKind::replay, Evidence::face, false, false) == Standing::flagged);
    CHECK(standing(policy, SourceKind::physical, Evidence::manual, false, false) == Standing::pending);
    CHECK(standing(policy, SourceKind::paper, Evidence::paper, false, false) == Standing::pending);
    CHECK(standing(policy, SourceKind::physical, Evidence::face, true, false) == Standing::flagged);
    CHECK(standing(policy, SourceKind::physical, Evidence::finger, true, false) == Standing::counts);
    CHECK(standing(policy, SourceKind::physical, Evidence::face, false, true) == Standing::pending);
    CHECK(standing(policy, SourceKind::virtual_device, Evidence::finger, false, true) == Standing::flagged);
    policy.allow_photograph_enrolment = true;
    CHECK(standing(policy, SourceKind::physical, Evidence::face, true, false) == Standing::counts);
}

TEST_CASE("rules: a class hour shorter than the minimum does not count") {
    CountingPolicy policy;
    CHECK(hour_counts(policy, {0, 2'400'000}));
    CHECK_FALSE(hour_counts(policy, {0, 2'399'999}));
    policy.allow_short_hours = true;
    CHECK(hour_counts(policy, {0, 1}));
}
