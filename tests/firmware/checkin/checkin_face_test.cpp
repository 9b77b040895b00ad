#include "tests/firmware/checkin/checkin_fixture.hpp"

using namespace xueshi;
using namespace xueshi::checkin;
using record::Direction;

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: a recognised face is one punch with lesson, scores, clip and source") {
    show_face(1, 20);
    REQUIRE(punches().size() == 1);
    const auto punch = punches()[0];
    CHECK(punch.person == PersonId("p-1"));
    CHECK(punch.room == RoomId("r-1"));
    CHECK(punch.training_class == ClassId("c-1"));
    CHECK(punch.lesson == LessonId("l-1"));
    CHECK(punch.direction == Direction::check_in);
    CHECK(punch.evidence == record::Evidence::face);
    CHECK(punch.score_millionths == 1'000'000);
    CHECK(punch.margin_millionths == 1'000'000);
    CHECK(punch.liveness_millionths == 900'000);
    CHECK(punch.model == "fake-face-1");
    REQUIRE(recorder.clips.size() == 1);
    CHECK(punch.clip == recorder.clips[0]);
    CHECK(sink.drafts()[0].source == record::Source{record::SourceKind::physical, "v4l2"});
    CHECK(desk.status().guidance == Guidance::recorded);
    CHECK(desk.status().punches == 1);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: fewer frames than must agree make no punch") {
    show_face(1, 4);
    CHECK(sink.drafts().empty());
    show_nobody();
    show_face(1, 4, 2);
    CHECK(sink.drafts().empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: a face that stays does not punch again") {
    show_face(1, 600);
    CHECK(punches().size() == 1);
    CHECK(refusals().empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: somebody who steps into the same track is a punch of their own") {
    show_face(1, 10);
    show_face(2, 10);
    show_face(1, 10);
    REQUIRE(punches().size() == 2);
    CHECK(punches()[1].person == PersonId("p-2"));
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: leaving and coming back checks out, within the cooldown it is a moment") {
    show_face(1, 10);
    show_nobody();
    wait(60'000);
    show_face(1, 10, 2);
    show_nobody();
    wait(10 * 60'000);
    show_face(1, 10, 3);
    REQUIRE(punches().size() == 3);
    CHECK(punches()[0].direction == Direction::check_in);
    CHECK(punches()[1].direction == Direction::moment);
    CHECK(punches()[2].direction == Direction::check_out);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: coming and going before the camera is no endless stream of moments") {
    for (std::uint64_t track = 1; track <= 6; ++track) {
        show_face(1, 8, track);
        show_nobody();
    }
    CHECK(punches().size() == 1);
    CHECK(desk.status().guidance == Guidance::recorded_before);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "F27: a stranger is refused with a clip, and never named") {
    show_face(9, 20);
    CHECK(punches().empty());
    CHECK(refusals() == std::vector<std::string>{"unknown_person"});
    const auto data = sink.drafts()[0].data;
    CHECK_FALSE(data.contains("person"));
    CHECK(data.at("clip").as_string() == recorder.clips.at(0).str());
    CHECK(desk.status().guidance == Guidance::unknown_person);
}

TEST_CASE_FIXTURE(
    test::CheckinFixture,
    "F27: a stranger who stays is tried once more after a pause, then no more, and recognised at any time") {
    show_face(9, 20);
    wait(5'000);
    show_face(9, 20);
    CHECK(refusals().size() == 1);
    wait(10'000);
    show_face(9, 20);
    CHECK(refusals().size() == 2);
    CHECK(recorder.clips.size() == 2);
    for (int minute = 0; minute < 5; ++minute) {
        wait(60'000);
        show_face(9, 20);
    }
    CHECK(refusals().size() == 2);
    show_face(1, 10);
    CHECK(punches().size() == 1);
    show_nobody();
    show_face(9, 20, 2);
    CHECK(refusals().size() == 3);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "F27: a stranger who stays takes no attempt from somebody who is being asked") {
    show_face(9, 20, 2);
    wait(11'000);
    show_face(1, 3, 1);
    show_face(9, 1, 2); // the other one was missed in this frame
    show_face(1, 2, 1);
    CHECK(punches().size() == 1);
    CHECK(refusals().size() == 1);
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "F27: each stranger's attempt is journaled with a clip, however soon after the last") {
    show_face(9, 10, 1);
    show_face(8, 10, 2);
    CHECK(refusals() == std::vector<std::string>{"unknown_person", "unknown_person"});
    REQUIRE(recorder.clips.size() == 2);
    CHECK(sink.drafts()[1].data.at("clip").as_string() == recorder.clips[1].str());
    show_face(1, 20, 3, 0.1F);
    show_face(2, 20, 4, 0.1F);
    CHECK(refusals().size() == 4);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: a crowd whose tracks change is journaled once in a while") {
    for (std::uint64_t track = 1; track <= 3; ++track) {
        show_crowd(10);
        show_face(9, 1, track);
    }
    CHECK(refusals() == std::vector<std::string>{"several_people"});
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: a trainee first seen badly is recognised when seen better") {
    show_face(9, 10);
    show_face(1, 10);
    CHECK(refusals().size() == 1);
    CHECK(punches().size() == 1);
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "F27: two faces of like size make no punch, one event, and a plea for one person") {
    show_crowd(50);
    CHECK(punches().empty());
    CHECK(refusals() == std::vector<std::string>{"several_people"});
    CHECK(recorder.clips.empty());
    CHECK(desk.status().guidance == Guidance::one_at_a_time);
    show_face(2, 10);
    CHECK(punches().size() == 1);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: a crowd is journaled when it stood there for eight frames in a row") {
    show_crowd(7);
    show_face(2, 1);
    show_crowd(7);
    CHECK(refusals().empty());
    show_crowd(1);
    CHECK(refusals() == std::vector<std::string>{"several_people"});
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: somebody has left after five frames in a row without a face") {
    show_face(1, 10);
    show_nobody(4);
    show_face(1, 1);
    show_nobody(4);
    CHECK(desk.attention().decided.size() == 1);
    show_nobody(1);
    CHECK(desk.attention().decided.empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture, "F26: a face that is not live is refused and barred until it leaves") {
    show_face(1, 20, 1, 0.1F);
    CHECK(refusals() == std::vector<std::string>{"not_live"});
    show_face(1, 100, 1, 0.99F);
    CHECK(punches().empty());
    show_nobody();
    show_face(1, 10, 1, 0.99F);
    CHECK(punches().size() == 1);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: a frame with a flaw gives guidance and counts for nothing") {
    show_flaw(face::QualityFlaw::too_small, 30);
    CHECK(desk.status().guidance == Guidance::come_closer);
    show_flaw(face::QualityFlaw::too_dark, 30);
    CHECK(desk.status().guidance == Guidance::more_light);
    CHECK(sink.drafts().empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture, "F26: who wears sunglasses, a mask or a hat is asked to take them off") {
    for (const auto flaw :
         {face::QualityFlaw::eyes_covered, face::QualityFlaw::mouth_covered, face::QualityFlaw::brows_covered}) {
        show_flaw(face::QualityFlaw::too_small, 5);
        show_flaw(flaw, 5);
        CHECK(desk.status().guidance == Guidance::uncover_face);
    }
    CHECK(text(Guidance::uncover_face).zh == "请摘下墨镜、口罩或帽子");
    CHECK(punches().empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: nobody outside the open lesson's roster is searched, everybody between lessons") {
    roster->classes[0].trainees.erase(roster->classes[0].trainees.begin());
    auto other = roster->classes[0];
    other.id = ClassId("c-2");
    other.trainees = {training::Trainee{PersonId("p-1"), "01", "学员"}};
    other.lessons.erase(other.lessons.begin());
    roster->classes.push_back(other);
    show_face(1, 10);
    CHECK(refusals() == std::vector<std::string>{"unknown_person"});
    show_nobody();
    wait(5 * 3'600'000);
    show_face(1, 10, 2);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].direction == Direction::unscheduled);
    CHECK(punches()[0].lesson.empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: a punch outside any lesson is kept as unscheduled, never turned away") {
    clock.advance(3 * 3'600'000);
    show_face(1, 10);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].direction == Direction::unscheduled);
    CHECK(punches()[0].training_class.empty());
    CHECK(desk.status().guidance == Guidance::recorded);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "F11: with a clock that was never set the punch is kept and names no lesson") {
    clock.set_quality(ClockQuality::unset);
    show_face(1, 10);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].lesson.empty());
    CHECK(sink.drafts()[0].at.quality == ClockQuality::unset);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "F01: success is shown only after the append, and a retry keeps the id") {
    sink.fail_with(Error{ErrorCode::io, "EIO"});
    show_face(1, 10);
    CHECK(desk.status().guidance == Guidance::not_saved);
    CHECK_FALSE(desk.status().saved);
    CHECK(desk.has_unsaved());
    CHECK(desk.status().punches == 0);
    show_nobody(); // the person leaves, the punch does not
    sink.recover();
    wait(1'000);
    CHECK(desk.status().guidance == Guidance::recorded);
    REQUIRE(punches().size() == 1);
    CHECK(recorder.clips.size() == 1);
    wait(1'000);
    CHECK(punches().size() == 1);
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "F01: a refused attempt that could not be saved is appended later, once, with its clip") {
    sink.fail_with(Error{ErrorCode::io, "EIO"});
    show_face(1, 10, 1, 0.1F); // a print
    show_nobody();
    CHECK(refusals().empty());
    CHECK(desk.status().refusals == 0);
    sink.recover();
    wait(1'000);
    wait(1'000);
    CHECK(refusals() == std::vector<std::string>{"not_live"});
    CHECK(desk.status().refusals == 1);
    REQUIRE(recorder.clips.size() == 1);
    CHECK(sink.drafts()[0].data.at("clip").as_string() == recorder.clips[0].str());
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: while a punch cannot be saved, the next person's track is not taken for decided") {
    sink.fail_with(Error{ErrorCode::no_space, "full"});
    show_face(1, 10, 1);
    show_face(2, 10, 2);
    sink.recover();
    wait(1'000);
    CHECK(desk.attention().decided == std::vector<std::uint64_t>{1});
    show_face(2, 10, 2);
    REQUIRE(punches().size() == 2);
    CHECK(punches()[1].person == PersonId("p-2"));
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: a settled face that now and then looks like another is not asked again and again") {
    show_face(2, 10);
    for (int i = 0; i < 60; ++i) {
        show_face(12, 10); // between p-1 and p-2, a trifle nearer to p-1
        wait(1'000);
    }
    CHECK(refusals().empty());
    CHECK(desk.status().guidance == Guidance::ready);
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: a face too like another asks for a finger, and the finger settles it") {
    show_face(12, 20);
    CHECK(desk.status().guidance == Guidance::finger_please);
    CHECK(sink.drafts().empty());
    press(10);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].evidence == record::Evidence::finger);
    wait(60'000);
    CHECK(refusals().empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: an ambiguous face without a finger is journaled as refused") {
    show_face(12, 20);
    wait(30'000);
    CHECK(refusals() == std::vector<std::string>{"ambiguous"});
    CHECK(punches().empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: who was asked to be verified again proves a moment and stays checked in; then leaves") {
    show_face(1, 10);
    show_nobody();
    wait(10 * 60'000);
    history.note(record::Reverify{{PersonId("p-1"), PersonId("p-2")}}, clock.now().wall_ms + 600'000);
    wait(1);
    CHECK(desk.status().asked.size() == 2);
    show_face(1, 10, 2);
    show_nobody();
    show_face(2, 10, 3); // not checked in: this is the check-in
    show_nobody();
    wait(10 * 60'000);
    show_face(1, 10, 4);
    REQUIRE(punches().size() == 4);
    CHECK(punches()[1].reverification);
    CHECK(punches()[1].direction == Direction::moment);
    CHECK(punches()[2].direction == Direction::check_in);
    CHECK_FALSE(punches()[2].reverification);
    CHECK(punches()[3].direction == Direction::check_out);
    CHECK_FALSE(punches()[3].reverification);
    CHECK(desk.status().asked.empty()); // one came, the other's time is over
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: at the lesson's end nobody is verified again, everybody checks out") {
    show_face(1, 10);
    show_nobody();
    history.note(record::Reverify{{PersonId("p-1")}}, clock.now().wall_ms + 3'600'000);
    const auto &lesson = roster->classes[0].lessons[0];
    wait(lesson.end_ms() - clock.now().wall_ms);
    press(10);
    REQUIRE(punches().size() == 2);
    CHECK(punches()[1].direction == Direction::check_out);
    CHECK_FALSE(punches()[1].reverification);
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: whose punch between two lessons was both's is verified again inside the second") {
    auto next = roster->classes[0].lessons[0];
    next.id = LessonId("l-next");
    for (auto &hour : next.hours) {
        hour = {hour.start_ms + 45 * 60'000, hour.end_ms + 45 * 60'000};
    }
    roster->classes[0].lessons.push_back(next);
    press(10);
    wait(46 * 60'000);
    press(10);
    wait(10 * 60'000);
    history.note(record::Reverify{{PersonId("p-1")}}, clock.now().wall_ms + 600'000);
    press(10);
    REQUIRE(punches().size() == 3);
    CHECK(punches()[1].direction == Direction::both);
    CHECK(punches()[2].lesson == LessonId("l-next"));
    CHECK(punches()[2].reverification);
    CHECK(punches()[2].direction == Direction::moment);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: who stays in view while many come and go punches once") {
    const auto of_first = [&] { return std::ranges::count(punches(), PersonId("p-1"), &record::Punch::person); };
    show_face(1, 10);
    REQUIRE(of_first() == 1);
    for (std::uint64_t track = 2; track <= 20; ++track) {
        CAPTURE(track);
        show_face(track % 2 == 0 ? 2 : 9, 10, track); // somebody of the class, or a stranger
        tracks.erase(std::ranges::find(tracks, track));
        show_face(1, 2);
        CHECK(desk.attention().is_decided(1));
        clock.advance(30'000); // in all more than the pause after which a face may check out
    }
    show_face(1, 50);
    CHECK(of_first() == 1);
    show_nobody();
    show_face(1, 10, 21);
    CHECK(of_first() == 2);
}

TEST_CASE("checkin: without a roster nothing is recorded and the screen says so") {
    test::FakeClock clock;
    test::MemorySink sink;
    History history;
    Candidates candidates;
    Checkin desk(test::CheckinFixture::settings(),
                 {sink, clock, history, candidates, nullptr, nullptr, {}, {}, "fake-face-1"});
    FaceReport report;
    report.crowd = Crowd::one;
    report.observation.embedding = test::FakePipeline::embedding(1);
    for (int i = 0; i < 20; ++i) {
        desk.face(report);
    }
    desk.tick();
    CHECK(sink.drafts().empty());
    CHECK(desk.status().guidance == Guidance::no_roster);
}
