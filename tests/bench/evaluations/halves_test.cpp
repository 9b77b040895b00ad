#include "tests/bench/face/halves.hpp"

#include <doctest/doctest.h>

using xueshi::bench::reporting_half;

TEST_CASE("evaluation: who of a large set reports does not change with whoever else is in it") {
    std::map<std::string, std::size_t> pictures;
    for (char letter = 'a'; letter <= 'z'; ++letter) {
        pictures.emplace(std::string("lfw/") + letter, 1 + letter % 3);
    }
    const auto before = reporting_half(pictures);
    CHECK(before.size() > 2);
    CHECK(before.size() < 24);
    pictures.emplace("lfw/Another", 3);
    auto after = reporting_half(pictures);
    after.erase("lfw/Another");
    CHECK(after == before);
}

TEST_CASE("evaluation: of a small set both halves have people to compare") {
    // By their letters b to e are of one half.
    const auto half = reporting_half({{"b", 2}, {"c", 1}, {"d", 6}, {"e", 1}});
    CHECK(half == std::set<std::string>{"b", "c"}); // b and d have several pictures, c and e the rest
    CHECK(reporting_half({{"a", 2}, {"b", 2}}) == std::set<std::string>{"a"});
    CHECK(reporting_half({{"a", 2}}) == std::set<std::string>{"a"});
    CHECK(reporting_half({}).empty());
}
