#include "firmware/checkin/sample_pose.hpp"

#include <set>
#include <string_view>

#include <doctest/doctest.h>

using namespace xueshi;
using namespace xueshi::checkin;

TEST_CASE("sample pose: the first sample looks into the camera, each other pose is taken once") {
    PoseGuide guide;
    CHECK_FALSE(guide.match({25, 0}));
    REQUIRE(guide.match({2, 0}) == SamplePose::front);
    guide.take(SamplePose::front, {2, 0});
    CHECK_FALSE(guide.match({2, 0}));
    CHECK(guide.match({20, 0}) == SamplePose::left);
    CHECK(guide.match({-20, 0}) == SamplePose::right);
    CHECK(guide.match({0, -11}) == SamplePose::up);
    guide.take(SamplePose::left, {20, 0});
    CHECK_FALSE(guide.match({25, 0}));
    CHECK(guide.missing() == std::vector{SamplePose::right, SamplePose::up, SamplePose::down});
}

TEST_CASE("sample pose: a first sample that looked down is down once the others are there") {
    PoseGuide guide;
    for (const float pitch : {15.0F, 2.0F, -12.0F}) {
        const auto pose = guide.match({0, pitch});
        REQUIRE(pose);
        guide.take(*pose, {0, pitch});
    }
    CHECK(guide.taken() == std::vector{SamplePose::down, SamplePose::front, SamplePose::up});
    CHECK_FALSE(guide.match({0, 30}));
}

TEST_CASE("sample pose: a turn or nod counts from its least angle on, measured from the first sample") {
    PoseGuide guide;
    CHECK_FALSE(guide.match({12.5F, 0}));
    CHECK_FALSE(guide.match({-12.5F, 0}));
    REQUIRE(guide.match({12, 0}) == SamplePose::front);
    guide.take(SamplePose::front, {12, 0});
    CHECK_FALSE(guide.match({25.5F, 0}));
    CHECK(guide.match({26, 0}) == SamplePose::left);
    CHECK_FALSE(guide.match({-1.5F, 0}));
    CHECK(guide.match({-2, 0}) == SamplePose::right);
    CHECK_FALSE(guide.match({12, 8.5F}));
    CHECK(guide.match({12, 9}) == SamplePose::up);
    CHECK_FALSE(guide.match({-1.5F, 8.5F}));
}

TEST_CASE("sample pose: each pose has a name and a sentence of its own") {
    std::set<std::string_view> names, sentences;
    for (const auto pose : PoseGuide().missing()) {
        CHECK_FALSE(to_string(pose).empty());
        CHECK(names.insert(to_string(pose)).second);
        CHECK_FALSE(text(guidance_for(pose)).zh.empty());
        CHECK(sentences.insert(text(guidance_for(pose)).zh).second);
    }
    CHECK(names.size() == kSamplePoses);
}
