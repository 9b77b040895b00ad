#include "tests/bench/face/species.hpp"

#include <doctest/doctest.h>

using namespace xueshi;
using namespace xueshi::bench;

TEST_CASE("evaluation: APCER is that of the worst species of all sets, and each is told with its counts") {
    json::Object figures;
    add_attacks(figures,
                {{"nuaa", {{"print", {.error = {.part = 3, .whole = 70}, .no_sample = {.part = 1, .whole = 320}}}}},
                 {"spoof",
                  {{"fake", {.error = {.part = 0, .whole = 4}, .no_sample = {}}},
                   {"screen", {.error = {.part = 1, .whole = 4}, .no_sample = {.part = 2, .whole = 6}}}}}});
    CHECK(figures.at("apcer").to_number<double>() == doctest::Approx(0.25));
    CHECK(figures.at("apcer_species").as_string() == "spoof screen");
    CHECK(figures.at("apcer_interval").as_object().at("of").to_number<int>() == 4);
    const auto sets = figures.at("apcer_by_species").as_object();
    const auto print = sets.at("nuaa").as_object().at("print").as_object();
    CHECK(print.at("part").to_number<int>() == 3);
    CHECK(print.at("no_sample").as_object().at("part").to_number<int>() == 1);
    CHECK(sets.at("spoof").as_object().size() == 2);
}

TEST_CASE("evaluation: of equally bad species the one of the most presentations, and of none null") {
    json::Object figures;
    add_attacks(figures, {{"nuaa", {{"print", {.error = {.part = 0, .whole = 70}, .no_sample = {}}}}},
                          {"spoof", {{"screen", {.error = {.part = 0, .whole = 1}, .no_sample = {}}}}}});
    CHECK(figures.at("apcer").to_number<double>() == 0);
    CHECK(figures.at("apcer_interval").as_object().at("of").to_number<int>() == 70);
    json::Object none;
    add_attacks(none, {{"spoof", {{"print", {.error = {}, .no_sample = {.part = 1, .whole = 1}}}}}});
    CHECK(none.at("apcer").is_null());
    CHECK(none.at("apcer_species").is_null());
    CHECK(none.at("apcer_interval").as_object().at("low").is_null());
}
