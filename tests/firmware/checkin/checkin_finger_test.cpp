#include "tests/firmware/checkin/checkin_fixture.hpp"

using namespace xueshi;
using namespace xueshi::checkin;

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: a known finger is a punch, with the reader as its source") {
    press(40);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].person == PersonId("p-4"));
    CHECK(punches()[0].evidence == record::Evidence::finger);
    CHECK(punches()[0].liveness_millionths == -1);
    CHECK(punches()[0].model == "fake-matcher-1");
    CHECK(sink.drafts()[0].source == record::Source{record::SourceKind::virtual_device, "virtual_image"});
    press(30);
    CHECK(punches().size() == 2);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: an unknown finger is refused, journaled once in a while") {
    press(77);
    press(77);
    CHECK(refusals() == std::vector<std::string>{"no_match_finger"});
    wait(20'000);
    press(77);
    CHECK(refusals().size() == 2);
    CHECK(desk.status().guidance == Guidance::unknown_finger);
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: a finger without enough minutiae asks to press again and is no attempt") {
    desk.finger({});
    CHECK(sink.drafts().empty());
    CHECK(desk.status().guidance == Guidance::lift_and_retry);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: a finger does not disturb the face that is being seen") {
    show_face(1, 3);
    press(40);
    show_face(1, 2);
    REQUIRE(punches().size() == 2);
    CHECK(punches()[0].person == PersonId("p-4"));
    CHECK(punches()[1].person == PersonId("p-1"));
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: face and finger of one person in either order are one punch of both") {
    set_factor(training::Factor::face_and_finger);
    show_face(1, 10);
    CHECK(punches().empty());
    CHECK(desk.status().guidance == Guidance::finger_please);
    press(10);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].evidence == record::Evidence::both);
    CHECK(punches()[0].model == "fake-face-1+fake-matcher-1");
    CHECK(punches()[0].liveness_millionths == 900'000);
    // The less trustworthy sensor names the source.
    CHECK(sink.drafts()[0].source == record::Source{record::SourceKind::virtual_device, "v4l2+virtual_image"});
    show_nobody();

    press(20);
    CHECK(desk.status().guidance == Guidance::face_please);
    show_face(2, 10, 2);
    REQUIRE(punches().size() == 2);
    CHECK(punches()[1].evidence == record::Evidence::both);
    CHECK(punches()[1].person == PersonId("p-2"));
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: whose finger came too late still completes face and finger without leaving the picture") {
    set_factor(training::Factor::face_and_finger);
    show_face(1, 10);
    wait(30'000);
    press(10);
    CHECK(desk.status().guidance == Guidance::face_please);
    show_face(1, 10);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].evidence == record::Evidence::both);
    show_face(1, 100);
    CHECK(punches().size() == 1);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "F26: a finger does not give a barred face another try") {
    set_factor(training::Factor::face_and_finger);
    show_face(1, 20, 1, 0.1F);
    press(10);
    show_face(1, 20);
    CHECK(punches().empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: face of one and finger of another are no punch of both") {
    set_factor(training::Factor::face_and_finger);
    show_face(1, 10);
    press(20);
    CHECK(punches().empty());
    wait(30'000);
    show_face(1, 30);
    CHECK(punches().empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: a class that wants the finger takes the finger, not the face") {
    set_factor(training::Factor::finger);
    show_face(1, 10);
    CHECK(punches().empty());
    CHECK(desk.status().guidance == Guidance::finger_please);
    press(10);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].evidence == record::Evidence::finger);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: a class that wants the face takes the face, not the finger") {
    set_factor(training::Factor::face);
    press(10);
    CHECK(punches().empty());
    CHECK(desk.status().guidance == Guidance::face_please);
    show_face(1, 10);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].evidence == record::Evidence::face);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: while a finger's punch is not saved no other finger is taken") {
    sink.fail_with(Error{ErrorCode::no_space, "full"});
    press(10);
    press(20);
    CHECK(desk.status().guidance == Guidance::not_saved);
    sink.recover();
    wait(500);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].person == PersonId("p-1"));
    press(20);
    CHECK(punches().size() == 2);
}
