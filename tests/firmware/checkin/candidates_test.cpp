#include <doctest/doctest.h>

#include "firmware/checkin/candidates.hpp"
#include "tests/support/fake_matcher.hpp"

using namespace xueshi;
using namespace xueshi::checkin;

namespace {

const PersonId kAnna("anna"), kBert("bert"), kCarl("carl");

gallery::StoredTemplate face_of(const PersonId &person, const face::Embedding &embedding) {
    return {1, person, "face", "", "m", write_embedding(embedding)};
}
gallery::StoredTemplate finger_of(const PersonId &person, int number) {
    return {
        1, person, "finger", "right_index", "m", fingerprint::write_impressions({test::FakeMatcher::finger(number)})};
}

} // namespace

TEST_CASE("candidates: an embedding is kept bit for bit") {
    const face::Embedding embedding{0.25F, -1.5F, 3e-8F};
    const auto read = read_embedding(write_embedding(embedding), 3);
    REQUIRE(read);
    CHECK(*read == embedding);
    CHECK_FALSE(read_embedding(write_embedding(embedding), 4));
}

TEST_CASE("candidates: only the scope is searched") {
    Candidates candidates;
    REQUIRE(candidates.set_faces({face_of(kAnna, {1, 0}), face_of(kBert, {0.8F, 0.6F}), face_of(kBert, {0, 1})}, 2));
    CHECK(candidates.people() == 2);
    CHECK(candidates.search_face({1, 0}, {kAnna, kBert}).person == kAnna);
    CHECK(candidates.search_face({1, 0}, {kAnna, kBert}).second == doctest::Approx(0.8));
    CHECK(candidates.search_face({1, 0}, {kBert}).person == kBert);
    CHECK(candidates.search_face({1, 0}, {kBert}).second == -1);
    CHECK(candidates.search_face({1, 0}, {kCarl}).person.empty());
    CHECK(candidates.most_similar_face({1, 0}, kAnna).person == kBert);
}

TEST_CASE("candidates: new templates are searched at once under the same scope") {
    Candidates candidates;
    REQUIRE(candidates.set_faces({face_of(kAnna, {0, 1})}, 2));
    CHECK(candidates.search_face({1, 0}, {kAnna, kBert}).score == doctest::Approx(0));
    REQUIRE(candidates.set_faces({face_of(kAnna, {0, 1}), face_of(kBert, {1, 0})}, 2));
    CHECK(candidates.search_face({1, 0}, {kAnna, kBert}).person == kBert);
    CHECK(candidates.has_face(kBert));
    CHECK_FALSE(candidates.has_finger(kBert));
}

TEST_CASE("candidates: a template of a wrong size is an error and changes nothing") {
    Candidates candidates;
    REQUIRE(candidates.set_faces({face_of(kAnna, {1, 0})}, 2));
    CHECK_FALSE(candidates.set_faces({face_of(kBert, {1, 0, 0})}, 2));
    CHECK(candidates.search_face({1, 0}, {kAnna}).person == kAnna);
}

TEST_CASE("candidates: fingers are searched within the scope too") {
    const test::FakeMatcher matcher;
    Candidates candidates;
    REQUIRE(candidates.set_fingers({finger_of(kAnna, 10), finger_of(kBert, 20)}, matcher));
    const auto probe = matcher.prepare({test::FakeMatcher::finger(20)});
    REQUIRE(probe);
    CHECK(candidates.search_finger(**probe, matcher, {kAnna, kBert}).person == kBert);
    CHECK(candidates.search_finger(**probe, matcher, {kAnna}).score < 0.5F);
    CHECK(candidates.most_similar_finger(**probe, matcher, kBert).person == kAnna);
}

TEST_CASE("candidates: when a finger is enrolled or erased nobody else's is prepared again") {
    const test::FakeMatcher matcher;
    Candidates candidates;
    REQUIRE(candidates.set_fingers({finger_of(kAnna, 10)}, matcher));
    REQUIRE(candidates.set_fingers({finger_of(kAnna, 10), finger_of(kBert, 20)}, matcher));
    CHECK(matcher.prepared == 2);
    REQUIRE(candidates.set_fingers({finger_of(kBert, 20), finger_of(kAnna, 30)}, matcher));
    CHECK(matcher.prepared == 3);
    const auto probe = matcher.prepare({test::FakeMatcher::finger(30)});
    REQUIRE(probe);
    CHECK(candidates.search_finger(**probe, matcher, {kAnna, kBert}).person == kAnna);
    REQUIRE(candidates.set_fingers({finger_of(kBert, 30)}, matcher)); // the same finger, another person's now
    CHECK(candidates.search_finger(**probe, matcher, {kAnna, kBert}).person == kBert);
}

TEST_CASE("candidates: a finger that was erased is found no more under the same scope") {
    const test::FakeMatcher matcher;
    Candidates candidates;
    const auto probe = matcher.prepare({test::FakeMatcher::finger(20)});
    REQUIRE(probe);
    REQUIRE(candidates.set_fingers({finger_of(kAnna, 10), finger_of(kBert, 20)}, matcher));
    CHECK(candidates.search_finger(**probe, matcher, {kAnna, kBert}).person == kBert);
    REQUIRE(candidates.set_fingers({finger_of(kAnna, 10)}, matcher));
    CHECK(candidates.search_finger(**probe, matcher, {kAnna, kBert}).person == kAnna);
}

TEST_CASE("candidates: a finger is like the person's own from the threshold on, apart from the one that is excepted") {
    const test::FakeMatcher matcher;
    Candidates candidates;
    REQUIRE(candidates.set_fingers({finger_of(kAnna, 10)}, matcher));
    const auto probe = matcher.prepare({test::FakeMatcher::finger(1'010)});
    REQUIRE(probe);
    CHECK(candidates.own_finger_like(**probe, matcher, kAnna, "") == "right_index");
    CHECK(candidates.own_finger_like(**probe, matcher, kAnna, "right_index").empty());
    CHECK(candidates.own_finger_like(**probe, matcher, kBert, "").empty());
}
