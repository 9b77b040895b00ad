#include "tests/bench/face/pairs.hpp"

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using bench::read_pairs;

namespace {

struct PairsFile {
    explicit PairsFile(const std::string &text) { REQUIRE(write_file_durably(path, text)); }
    test::TemporaryDirectory directory;
    std::filesystem::path path = directory / "pairs.csv";
};

} // namespace

TEST_CASE("evaluation: pairs are read with either word for same, whatever ends their lines") {
    const PairsFile file("file_x,file_y,Decision\r\na.jpg,b.jpg,Yes\r\n\r\na.jpg,c.jpg,No\nd/e.png,f.png,1\ng,h,false");
    const auto lines = read_pairs(file.path, 3);
    REQUIRE(lines);
    REQUIRE(lines->size() == 4);
    CHECK((*lines)[0].texts == std::vector<std::string>{"a.jpg", "b.jpg"});
    CHECK((*lines)[0].same);
    CHECK_FALSE((*lines)[1].same);
    CHECK((*lines)[2].same);
    CHECK_FALSE((*lines)[3].same);
}

TEST_CASE("evaluation: a pairs file without a head line loses no pair") {
    const PairsFile file("a.jpg,b.jpg,Yes\na.jpg,c.jpg,No\n");
    const auto lines = read_pairs(file.path, 3);
    REQUIRE(lines);
    REQUIRE(lines->size() == 2);
    CHECK(lines->front().texts == std::vector<std::string>{"a.jpg", "b.jpg"});
}

TEST_CASE("evaluation: a line of another form is named with its file; so is a file that is missing or empty") {
    for (const char *line : {"a,b", "a,b,maybe", ",b,Yes", "a,b,Yes,1"}) {
        const PairsFile file(std::string("x,y,Decision\na,b,Yes\n") + line + "\n");
        const auto lines = read_pairs(file.path, 3);
        REQUIRE_FALSE(lines);
        CHECK(lines.error().message.find("pairs.csv: line 3") != std::string::npos);
    }
    const PairsFile empty("x,y,Decision\n");
    CHECK(read_pairs(empty.path, 3).error().code == ErrorCode::not_found);
    const auto missing = read_pairs(empty.directory / "other.csv", 3);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message.find("other.csv") != std::string::npos);
}

TEST_CASE("evaluation: the halves that pairs fall into share no person, and pairs across are in neither") {
    const std::vector<bench::LabelledLine> pairs{{{"a1", "a2"}, true},  {{"b1", "b2"}, true},  {{"a2", "a3"}, true},
                                                 {{"a3", "b1"}, false}, {{"a1", "a3"}, true},  {{"c1", "d1"}, false},
                                                 {{"d2", "d1"}, true},  {{"c1", "b2"}, false}, {{"c1", "a1"}, false}};
    const auto halves = bench::halves_of(pairs);
    REQUIRE(halves.size() == pairs.size());
    REQUIRE(halves[0]);
    CHECK(halves[2] == halves[0]); // a, over two steps
    CHECK(halves[4] == halves[0]);
    REQUIRE(halves[1]);
    CHECK(halves[1] != halves[0]);
    CHECK_FALSE(halves[3]); // a with b
    CHECK(halves[5] == halves[6]);
    CHECK((halves[7] == halves[5]) != (halves[8] == halves[5])); // c is in one half only
}
