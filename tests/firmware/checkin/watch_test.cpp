#include "firmware/checkin/watch.hpp"

#include <doctest/doctest.h>

#include <set>

#include "tests/support/fake_pipeline.hpp"

using namespace xueshi;
using namespace xueshi::checkin;
using test::FakePipeline;
using Face = FakePipeline::Face;

namespace {

constexpr std::int64_t kFrameMs = 50;

struct Room {
    /// The next frame, `after_ms` later.
    std::optional<FaceReport> show(const std::vector<Face> &faces, std::int64_t after_ms = kFrameMs) {
        boot_ms += after_ms;
        const Instant at{0, "", boot_ms, ClockQuality::synchronised};
        auto report = watch.look(FakePipeline::frame(faces, at), attention);
        REQUIRE(report);
        return *report;
    }
    /// How many of these frames are looked at.
    int looked(const std::vector<Face> &faces, int frames) {
        int count = 0;
        for (int frame = 0; frame < frames; ++frame) {
            count += show(faces) ? 1 : 0;
        }
        return count;
    }

    FakePipeline pipeline;
    Watch watch{pipeline, 0.6};
    Attention attention;
    std::int64_t boot_ms = 1'000'000;
};

} // namespace

TEST_CASE_FIXTURE(Room, "watch: while somebody is being recognised every frame is looked at") {
    CHECK(looked({Face{2}}, 100) == 100);
    CHECK(looked({}, 10) == 10); // lost for a moment
    CHECK(looked({Face{2}}, 100) == 100);
}

TEST_CASE_FIXTURE(Room, "watch: who is being recognised is followed, and every fifth frame searched for others") {
    looked({Face{2}}, 50);
    CHECK(pipeline.searched == 10);
    CHECK(pipeline.followed == 40);
    show({Face{2}});
    looked({Face{2}, Face{3}}, 4);
    CHECK(pipeline.searched == 11);
    const auto crowd = show({Face{2}, Face{3}});
    REQUIRE(crowd);
    CHECK(crowd->crowd == Crowd::several);
}

TEST_CASE_FIXTURE(Room, "watch: a face that is not where it was is searched in the same frame") {
    show({Face{2}});
    const auto gone = show({});
    REQUIRE(gone);
    CHECK(gone->crowd == Crowd::nobody);
    CHECK(pipeline.searched == 2);
}

TEST_CASE_FIXTURE(Room, "watch: who was behind the one that is followed keeps the track") {
    const std::vector<Face> queue{Face{.person = 1, .side = 200}, Face{.person = 2, .side = 100}};
    const auto nearest = show(queue);
    REQUIRE(nearest);
    attention.decided = {nearest->track};
    const auto behind = show(queue);
    REQUIRE(behind);
    attention = {};
    looked(queue, 5);
    attention.decided = {nearest->track};
    const auto later = show(queue);
    REQUIRE(later);
    CHECK(later->track == behind->track);
}

TEST_CASE_FIXTURE(Room, "watch: of four people one behind another each is asked, the nearest first, and none twice") {
    const std::vector<Face> queue{Face{.person = 1, .side = 250}, Face{.person = 2, .side = 180},
                                  Face{.person = 3, .side = 130}, Face{.person = 4, .side = 95}};
    std::set<std::uint64_t> tracks;
    for (const auto &face : queue) {
        CAPTURE(face.person);
        const auto report = show(queue);
        REQUIRE(report);
        CHECK(report->crowd == Crowd::one);
        CHECK(report->observed);
        CHECK(report->observation.embedding == FakePipeline::embedding(face.person));
        CHECK(tracks.insert(report->track).second);
        attention.decided.push_back(report->track);
    }
    looked(queue, 40);
    const auto later = show(queue, 1'000);
    REQUIRE(later);
    CHECK(tracks.contains(later->track)); // all four are known still
}

TEST_CASE_FIXTURE(Room,
                  "watch: of a crowd the four nearest are followed, and a report says which tracks have not ended") {
    std::vector<Face> queue;
    for (int person = 1; person <= 7; ++person) {
        queue.push_back({.person = person, .side = 300 >> person});
    }
    const auto report = show(queue);
    REQUIRE(report);
    CHECK(report->tracks.size() == 4);
    CHECK(std::ranges::count(report->tracks, report->track) == 1);
    attention.decided = {report->track};
    queue.erase(queue.begin());
    const auto left = show(queue);
    REQUIRE(left);
    CHECK(left->tracks.size() == 5); // the fifth came up, the first is missed for a moment
    CHECK(std::ranges::count(left->tracks, report->track) == 1);
    std::optional<FaceReport> last;
    for (int frame = 0; frame < 100; ++frame) {
        if (auto shown = show(queue)) {
            last = std::move(shown);
        }
    }
    REQUIRE(last);
    CHECK(last->tracks.size() == 4);
    CHECK(std::ranges::count(last->tracks, report->track) == 0);
}

TEST_CASE_FIXTURE(Room, "watch: who is decided about, or waits for a finger, is followed at five frames a second") {
    const auto first = show({Face{2}});
    REQUIRE(first);
    attention.decided = {first->track};
    looked({Face{2}}, 20); // a second
    CHECK(looked({Face{2}}, 100) == 25);
    attention = Attention{.decided = {}, .waiting = first->track};
    CHECK(looked({Face{2}}, 100) == 25);
    attention = {};
    CHECK(looked({Face{2}}, 100) >= 96);
}

TEST_CASE_FIXTURE(Room, "watch: a face that cannot be used is looked at five times a second, until it can") {
    const std::vector<Face> away{Face{.person = 2, .flaw = face::QualityFlaw::turned_away}};
    CHECK(looked(away, 100) == 25);
    CHECK(looked({Face{2}}, 100) >= 96);
    CHECK(looked(away, 19) == 19); // a head turned away for a moment
    CHECK_FALSE(show(away));
}

TEST_CASE_FIXTURE(Room, "watch: an empty room is searched once a second, and for who steps up when something moves") {
    show({Face{2}});
    looked({}, 60); // three seconds
    pipeline.searched = 0;
    CHECK(looked({}, 200) == 10);
    CHECK(pipeline.searched == 10);
    CHECK(pipeline.searched_near == 0);
    while (!show({})) {
    }
    const auto stepped_up = show({Face{2}}, 200);
    REQUIRE(stepped_up);
    CHECK(stepped_up->crowd == Crowd::one);
    CHECK(pipeline.searched_near == 1);
}

TEST_CASE_FIXTURE(Room, "watch: people far away are looked for once a second, and not taken for gone in between") {
    Face far{.person = 2, .flaw = face::QualityFlaw::too_small, .side = 40};
    int seen = 0;
    for (int frame = 0; frame < 100; ++frame) {
        far.person = frame % 2 == 0 ? 2 : 100; // so something moves
        if (const auto report = show({far})) {
            CHECK(report->crowd == Crowd::one);
            ++seen;
        }
    }
    CHECK(seen == 5);
    CHECK(pipeline.searched_near >= 15);
    // Nearer, and large enough: asked as they come, however far that is.
    CHECK(looked({Face{.person = 2, .side = 50}}, 100) >= 80);
}

TEST_CASE_FIXTURE(Room, "watch: an enrolment and an active check see every frame, however good") {
    attention.any_quality = true;
    CHECK(looked({Face{.quality_percent = 90}}, 5) == 5);
    const auto poor = show({Face{.quality_percent = 10}});
    REQUIRE(poor);
    CHECK_FALSE(poor->observation.embedding.empty());
    CHECK(looked({Face{.person = 2, .flaw = face::QualityFlaw::turned_away}}, 100) == 100);
}

TEST_CASE_FIXTURE(Room, "watch: somebody decided about is looked at once a second, somebody who waits not at all") {
    const auto first = show({Face{2}});
    REQUIRE(first);
    CHECK(first->observed);
    attention.decided = {first->track};
    CHECK(show({Face{2}}, 1'000)->observed);
    CHECK_FALSE(show({Face{2}}, 200)->observed);
    CHECK_FALSE(show({Face{2}}, 600)->observed);
    CHECK(show({Face{2}}, 200)->observed);
    attention = Attention{.decided = {}, .waiting = first->track};
    const auto resting = show({Face{2}}, 8'000);
    REQUIRE(resting);
    CHECK_FALSE(resting->observed);
    CHECK(resting->observation.detection.box.width > 0); // the screen frames it still
    CHECK(resting->crowd == Crowd::one);
    CHECK(resting->track == first->track);
    attention = {};
    CHECK(show({Face{2}}, 200)->observed);
}

TEST_CASE_FIXTURE(Room, "watch: an embedding is made only of frames nearly as good as the best, and the best fades") {
    CHECK_FALSE(show({Face{.quality_percent = 50}})->observation.embedding.empty());
    CHECK_FALSE(show({Face{.quality_percent = 90}})->observation.embedding.empty());
    const auto poor = show({Face{.quality_percent = 50}});
    REQUIRE(poor);
    CHECK(poor->observed);
    CHECK(poor->observation.embedding.empty());
    CHECK(show({Face{.quality_percent = 73}})->observation.embedding.empty());
    CHECK_FALSE(show({Face{.quality_percent = 74}})->observation.embedding.empty());
    looked({Face{.quality_percent = 50}}, 40); // the best frame is long ago
    CHECK_FALSE(show({Face{.quality_percent = 50}})->observation.embedding.empty());
}

TEST_CASE_FIXTURE(Room,
                  "watch: whoever steps into a decided track is embedded at the next look, however good the last") {
    const auto first = show({Face{.person = 2, .quality_percent = 90}});
    REQUIRE(first);
    attention.decided = {first->track};
    const auto look = show({Face{.person = 3, .quality_percent = 50}}, 1'000);
    REQUIRE(look);
    REQUIRE(look->track == first->track);
    CHECK(look->observed);
    CHECK(look->observation.embedding == FakePipeline::embedding(3));
}

TEST_CASE_FIXTURE(Room,
                  "F27: the nearest of several people is asked first, then the next, and nobody else is looked at") {
    const std::vector<Face> queue{Face{.person = 1, .side = 200}, Face{.person = 2, .side = 120},
                                  Face{.person = 3, .side = 70}};
    const auto nearest = show(queue);
    REQUIRE(nearest);
    CHECK(nearest->crowd == Crowd::one);
    CHECK(nearest->observation.embedding == FakePipeline::embedding(1));
    attention.decided = {nearest->track};
    const auto next = show(queue);
    REQUIRE(next);
    CHECK(next->crowd == Crowd::one);
    CHECK(next->observation.embedding == FakePipeline::embedding(2));
}
