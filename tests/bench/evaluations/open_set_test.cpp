#include "tests/bench/face/open_set.hpp"

#include <deque>

#include <doctest/doctest.h>

using namespace xueshi;
using namespace xueshi::bench;

namespace {

/// People whose vectors stand upright on each other.
struct People {
    const Look &look(const std::string &person) {
        looks.emplace_back();
        looks.back().person = person;
        looks.back().found = true;
        return looks.back();
    }
    Vectors pictures(const std::string &person, std::size_t axis, int count) {
        face::Embedding vector(4, 0.0F);
        vector[axis] = 1;
        Vectors vectors;
        for (int i = 0; i < count; ++i) {
            vectors.emplace_back(&look(person), vector);
        }
        return vectors;
    }
    std::deque<Look> looks; // stays where it is
};

} // namespace

TEST_CASE("evaluation: five samples of each person are enrolled, and galleries are filled up to their size") {
    People people;
    auto vectors = people.pictures("a", 0, 9);
    for (const auto &one : people.pictures("b", 1, 2)) {
        vectors.push_back(one);
    }
    const auto samples = samples_of(vectors);
    CHECK(samples.at("a").size() == 5);
    CHECK(samples.at("a").front().first == vectors.front().first);
    CHECK(samples.at("b").size() == 2);
    std::mt19937 random(1);
    Gallery gallery;
    fill(gallery, samples, 1, random);
    CHECK(gallery.names.size() == 1);
    fill(gallery, samples, 60, random);
    CHECK(gallery.names.size() == 2); // nobody twice
    CHECK(gallery.has("a"));
    CHECK_FALSE(gallery.has("c"));
}

TEST_CASE("evaluation: a gallery leaves half of the people strangers, and is never empty") {
    CHECK(gallery_size(2086) == 60);
    CHECK(gallery_size(120) == 60);
    CHECK(gallery_size(61) == 30);
    CHECK(gallery_size(8) == 4);
    CHECK(gallery_size(1) == 1);
    CHECK(gallery_size(0) == 1);
}

TEST_CASE("evaluation: a search says the own score and the two best others, a stranger has no own") {
    People people;
    Gallery gallery;
    gallery.add("a", people.pictures("a", 0, 1));
    gallery.add("b", people.pictures("b", 1, 1));
    gallery.add("c", people.pictures("c", 2, 1));
    const face::Embedding probe{0.8F, 0.6F, 0.1F, 0};
    const auto own = search(gallery, people.look("a"), {&probe});
    CHECK(own.mated);
    CHECK(own.gallery == 3);
    CHECK(own.own == doctest::Approx(0.8));
    CHECK(own.best_other == doctest::Approx(0.6));
    CHECK(own.second == doctest::Approx(0.1));
    const auto stranger = search(gallery, people.look("d"), {&probe, &probe});
    CHECK_FALSE(stranger.mated);
    CHECK(stranger.best_other == doctest::Approx(0.8));

    const std::vector<Search> all{own, own, stranger};
    const auto rates = open_set(all, 0.7F, 0.3F); // the second person lies 0.2 behind
    CHECK(rates.fnir.part == 2);
    CHECK(rates.fnir.whole == 2);
    CHECK(rates.fnir.different == 1);
    CHECK(rates.fpir.part == 0);
    CHECK(open_set(all, 0.7F, 0.1F).fnir.part == 0);
    CHECK(open_set(all, 0.7F, 0.1F).fpir.part == 1);
    CHECK(*threshold_for(all, 0.003) > stranger.best_other);
    CHECK_FALSE(threshold_for({own}, 0.003));
    CHECK(open_set(all, std::nullopt, 0).fnir.whole == 0);
}
