#include "tests/firmware/checkin/checkin_fixture.hpp"

using namespace xueshi;
using namespace xueshi::checkin;

namespace {

struct ActiveDesk : test::CheckinFixture {
    ActiveDesk() : CheckinFixture(active()) {}
    static checkin::Settings active() {
        auto made = settings();
        made.active_check = true;
        return made;
    }
};

} // namespace

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: a face that is never seen well is journaled with its flaw and a clip") {
    show_flaw(face::QualityFlaw::mouth_covered, 90);
    CHECK(refusals() == std::vector<std::string>{"poor_quality"});
    const auto data = sink.drafts()[0].data;
    CHECK(data.at("detail").as_string() == "mouth_covered");
    CHECK(data.contains("clip"));
    show_face(1, 10); // the mask comes off
    CHECK(punches().size() == 1);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: a mask that stays on is one refused attempt, not one every while") {
    show_flaw(face::QualityFlaw::mouth_covered, 600);
    CHECK(refusals().size() == 1);
    show_face(1, 1); // for a moment it is not seen
    show_flaw(face::QualityFlaw::mouth_covered, 200);
    CHECK(refusals().size() == 1);
    show_nobody();
    show_flaw(face::QualityFlaw::mouth_covered, 90, 2);
    CHECK(refusals().size() == 2);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: only a face that is seen badly without a break is journaled") {
    show_flaw(face::QualityFlaw::mouth_covered, 80); // 7.9 s
    show_face(1, 1);
    show_flaw(face::QualityFlaw::mouth_covered, 80);
    CHECK(refusals().empty());
    show_flaw(face::QualityFlaw::mouth_covered, 1);
    CHECK(refusals() == std::vector<std::string>{"poor_quality"});
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: sunglasses, mask and hat are asked to come off") {
    for (const auto flaw :
         {face::QualityFlaw::eyes_covered, face::QualityFlaw::mouth_covered, face::QualityFlaw::brows_covered}) {
        show_flaw(flaw, 5);
        CHECK(desk.status().guidance == Guidance::uncover_face);
    }
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: who passes by far away is no refused attempt") {
    show_flaw(face::QualityFlaw::too_small, 600);
    CHECK(sink.drafts().empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: a second factor that does not come is journaled and shown") {
    set_factor(training::Factor::face_and_finger);
    show_face(1, 10);
    wait(30'000);
    CHECK(refusals() == std::vector<std::string>{"no_second_factor"});
    CHECK(desk.status().guidance == Guidance::second_factor_missing);
    press(20);
    wait(30'000);
    CHECK(refusals().size() == 2);
    CHECK(punches().empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: one sensor waits for the other as long as the policy says, and no longer") {
    set_factor(training::Factor::face_and_finger);
    press(10);
    wait(19'999);
    CHECK(refusals().empty());
    wait(1);
    CHECK(refusals() == std::vector<std::string>{"no_second_factor"});
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: who shows the face where the finger is asked, and passes on, is no refused attempt") {
    set_factor(training::Factor::finger);
    show_face(1, 10);
    wait(30'000);
    CHECK(refusals().empty());
    CHECK(desk.status().guidance == Guidance::second_factor_missing);
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: face, then finger of one person within the cooldown are no two punches") {
    show_face(1, 10);
    press(10);
    press(10);
    CHECK(punches().size() == 1);
    wait(60'000);
    press(10);
    REQUIRE(punches().size() == 2);
    CHECK(punches()[1].direction == record::Direction::moment);
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: a moment is journaled again once the pause is over, also outside lessons") {
    press(10);
    wait(9'999);
    press(10);
    CHECK(punches().size() == 1);
    wait(1);
    press(10);
    CHECK(punches().size() == 2);
    wait(3 * 3'600'000);
    press(20);
    press(20);
    REQUIRE(punches().size() == 3);
    CHECK(punches()[2].direction == record::Direction::unscheduled);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: the pause holds back moments alone, never a check-in or check-out") {
    roster->classes[0].policy.cooldown_ms = 1'000;
    press(10);
    wait(2'000);
    press(10);
    REQUIRE(punches().size() == 2);
    CHECK(punches()[1].direction == record::Direction::check_out);
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: a settled face asks for no more looks, a waiting one stays the one who is asked") {
    CHECK(desk.attention().decided.empty());
    show_face(1, 10, 7);
    CHECK(desk.attention().decided == std::vector<std::uint64_t>{7});
    CHECK(desk.attention().waiting == 0);
    set_factor(training::Factor::face_and_finger);
    show_face(2, 10, 8);
    CHECK(desk.attention().waiting == 8);
    show_nobody();
    wait(30'000);
    CHECK(desk.attention().waiting == 0);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: after the nearest the next one is asked, and nobody twice") {
    show_face(1, 10, 1);
    show_face(2, 10, 2); // the nearest is decided, so the worker reports the one behind
    for (int i = 0; i < 20; ++i) {
        show_face(1, 1, 1);
        show_face(2, 1, 2);
    }
    CHECK(punches().size() == 2);
    CHECK(desk.attention().decided.size() == 2);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: a face that was not looked at changes nothing") {
    FaceReport report;
    report.crowd = Crowd::one;
    report.track = 1;
    report.observed = false;
    for (int i = 0; i < 100; ++i) {
        desk.face(report);
    }
    CHECK(sink.drafts().empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: an accommodated finger is enough where face and finger are asked, and is marked so") {
    set_factor(training::Factor::face_and_finger);
    history.note(record::Accommodation{PersonId("p-1"), "finger", true, "face bandaged", "teacher"});
    press(10);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].evidence == record::Evidence::finger);
    CHECK(punches()[0].accommodation == "finger");
    press(20);
    CHECK(punches().size() == 1);
    set_factor(training::Factor::face_or_finger);
    wait(10'000);
    show_face(1, 10);
    REQUIRE(punches().size() == 2);
    CHECK(punches()[1].accommodation.empty()); // by the face it needed none
}

TEST_CASE_FIXTURE(ActiveDesk, "checkin: with the active check a recognised face turns the head before it is a punch") {
    show_face(1, 10);
    CHECK(punches().empty());
    for (int i = 0; i < 2; ++i) {
        show_turned(1, 0);
        const bool left = desk.status().guidance == Guidance::look_left;
        show_turned(2, left ? 20.0F : -20.0F); // nobody turns for another
        CHECK(punches().empty());
        show_turned(1, left ? 20.0F : -20.0F);
    }
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].active_check);
}

TEST_CASE_FIXTURE(ActiveDesk, "checkin: a finger that makes the punch ends the active check of the same person") {
    show_face(1, 10);
    press(10);
    REQUIRE(punches().size() == 1);
    show_face(1, 20);
    wait(30'000);
    CHECK(punches().size() == 1);
    CHECK(refusals().empty());
    show_nobody();
    show_face(2, 10, 2);
    press(10); // another's finger ends nothing
    CHECK(desk.attention().any_quality);
}

TEST_CASE_FIXTURE(ActiveDesk, "F26: a head that turns plainly to the other side than asked is refused and barred") {
    show_face(1, 10);
    show_turned(1, 0);
    show_turned(1, desk.status().guidance == Guidance::look_left ? -20.0F : 20.0F);
    CHECK(refusals() == std::vector<std::string>{"active_check_failed"});
    CHECK(desk.status().guidance == Guidance::not_turned);
    for (int i = 0; i < 10; ++i) {
        show_turned(1, 0);
        show_turned(1, 20);
        show_turned(1, -20);
    }
    CHECK(punches().empty());
}

TEST_CASE_FIXTURE(ActiveDesk, "F26: a picture that does not turn its head as asked is refused, journaled and barred") {
    show_face(1, 250);
    wait(1'000);
    CHECK(punches().empty());
    CHECK(refusals() == std::vector<std::string>{"active_check_failed"});
    CHECK(sink.drafts()[0].data.contains("clip"));
    show_face(1, 100);
    CHECK(punches().empty());
}

TEST_CASE_FIXTURE(ActiveDesk, "F26: turns of a face that is not live, or not like enough, count for nothing") {
    show_face(1, 10);
    const auto turn = [&](int person, float liveness) {
        for (int i = 0; i < 2; ++i) {
            show_turned(person, 0, liveness);
            show_turned(person, desk.status().guidance == Guidance::look_left ? 20.0F : -20.0F, liveness);
        }
    };
    turn(1, 0.1F);
    turn(11, 0.9F);
    CHECK(punches().empty());
    CHECK(refusals().empty());
    turn(1, 0.9F);
    CHECK(punches().size() == 1);
}

TEST_CASE_FIXTURE(ActiveDesk, "checkin: another's finger ends no active check, also after a face without a name") {
    show_face(12, 20, 3); // waits for a finger, and gives way to p-2
    show_face(2, 10, 1);
    press(40);
    CHECK(desk.attention().any_quality);
}

TEST_CASE_FIXTURE(ActiveDesk, "F26: the active check lasts as long as the policy says, and no longer") {
    show_face(1, 5); // asked 100 ms ago
    wait(14'899);
    CHECK(refusals().empty());
    wait(1);
    CHECK(refusals() == std::vector<std::string>{"active_check_failed"});
}
