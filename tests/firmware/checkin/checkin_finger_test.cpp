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
    wait(9'999);
    press(77);
    CHECK(refusals() == std::vector<std::string>{"no_match_finger"});
    wait(1);
    press(77);
    CHECK(refusals().size() == 2);
    CHECK(desk.status().guidance == Guidance::unknown_finger);
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: a refusal that could not be journaled is journaled as soon as it can be, and once") {
    sink.fail_with(Error{ErrorCode::io, "EIO"});
    press(77);
    desk.tick();
    sink.recover();
    desk.tick();
    CHECK(refusals() == std::vector<std::string>{"no_match_finger"});
    press(77);
    CHECK(refusals() == std::vector<std::string>{"no_match_finger"});
}

TEST_CASE_FIXTURE(test::CheckinFixture, "F27: a finger too like another person's is refused, and names neither") {
    enrol_fingers({10, 11});
    press(10);
    CHECK(punches().empty());
    CHECK(refusals() == std::vector<std::string>{"ambiguous"});
    CHECK(desk.status().finger == FingerOutcome::not_matched);
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: a finger that just reaches the matcher's threshold or margin is known") {
    press(1'010); // the threshold
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].person == PersonId("p-1"));
    enrol_fingers({10, 2'020, 3'010});
    press(2'010); // by the margin more like p-1 than like p-3
    CHECK(refusals().empty());
    wait(10'000);
    press(2'010);
    CHECK(punches().size() == 2);
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: the only finger enrolled has no margin and needs none") {
    enrol_fingers({10});
    press(10);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].margin_millionths == -1);
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: a finger without enough minutiae asks to press again and is no attempt") {
    desk.finger({});
    CHECK(sink.drafts().empty());
    CHECK(desk.status().guidance == Guidance::press_harder);
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
                  "checkin: face and finger are worth no more than the camera, when it is virtual") {
    desk.set_camera(&recorder, record::Source{record::SourceKind::virtual_device, "image"});
    desk.set_reader(record::Source{record::SourceKind::physical, "goodix"}, "fake-matcher-1");
    set_factor(training::Factor::face_and_finger);
    show_face(1, 10);
    press(10);
    REQUIRE(punches().size() == 1);
    CHECK(sink.drafts()[0].source == record::Source{record::SourceKind::virtual_device, "image+goodix"});
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: a finger completes nothing with a face that has given way to another") {
    set_factor(training::Factor::face_and_finger);
    show_face(1, 10);
    show_face(2, 3, 2);
    press(10);
    CHECK(punches().empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: another's punch by the finger leaves a face waiting for its own") {
    set_factor(training::Factor::face_and_finger);
    history.note(record::Accommodation{PersonId("p-2"), "finger", true, "face bandaged", "teacher"});
    show_face(1, 10);
    press(20);
    REQUIRE(punches().size() == 1);
    press(10);
    REQUIRE(punches().size() == 2);
    CHECK(punches()[1].person == PersonId("p-1"));
    CHECK(punches()[1].evidence == record::Evidence::both);
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: whose finger made the punch makes no second one by the face that was being seen") {
    show_face(1, 1);
    press(10);
    wait(20'000);
    show_face(1, 20);
    CHECK(punches().size() == 1);
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

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: of two people too alike the finger says which, also where the face is asked for") {
    for (const auto factor : {training::Factor::face, training::Factor::face_and_finger}) {
        CAPTURE(static_cast<int>(factor));
        set_factor(factor);
        const auto before = punches().size();
        show_face(12, 20); // between p-1 and p-2
        CHECK(desk.status().guidance == Guidance::finger_please);
        press(20);
        CHECK(desk.status().guidance == Guidance::face_please);
        show_face(12, 10);
        REQUIRE(punches().size() == before + 1);
        CHECK(punches().back().person == PersonId("p-2"));
        CHECK(punches().back().margin_millionths == -1);
        const bool both = factor == training::Factor::face_and_finger;
        CHECK(punches().back().evidence == (both ? record::Evidence::both : record::Evidence::face));
        show_nobody();
        wait(600'000);
    }
    CHECK(refusals().empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: of two people too alike the finger says which, before the face and after its wait") {
    set_factor(training::Factor::face_and_finger);
    press(10);
    show_face(12, 10);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].person == PersonId("p-1"));
    show_nobody();

    show_face(12, 20, 2);
    wait(30'000);
    CHECK(refusals() == std::vector<std::string>{"ambiguous"});
    press(20);
    show_face(12, 10, 2);
    REQUIRE(punches().size() == 2);
    CHECK(punches()[1].person == PersonId("p-2"));
}

TEST_CASE_FIXTURE(test::CheckinFixture, "F27: the finger of a third person names no face of two people too alike") {
    set_factor(training::Factor::face_and_finger);
    show_face(12, 20);
    press(30);
    show_face(12, 20);
    wait(30'000);
    show_face(12, 20);
    CHECK(punches().empty());
    CHECK(refusals().size() == 2); // the face too like another's, and a finger without its face
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
    press(77);
    CHECK(desk.status().finger == FingerOutcome::matched);
    sink.recover();
    wait(500);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].person == PersonId("p-1"));
    press(20);
    CHECK(punches().size() == 2);
}

namespace {

/// Prints of a reader that matches by itself, beside the others: label "print-n" of p-n.
class MatchingReader : public test::CheckinFixture {
public:
    MatchingReader() {
        std::vector<gallery::StoredTemplate> prints;
        for (int i = 1; i <= 4; ++i) {
            const auto number = std::to_string(i);
            prints.push_back({i, PersonId("p-" + number), "finger", "right_index", "fake-reader-1",
                              fingerprint::write_print({"print-" + number, Bytes{1}})});
        }
        REQUIRE(candidates.set_prints(prints));
        desk.set_reader(record::Source{record::SourceKind::physical, "fake"}, "fake-reader-1");
    }
};

} // namespace

TEST_CASE_FIXTURE(MatchingReader,
                  "checkin: a finger that the reader matched by itself is a punch without score or margin") {
    desk.finger_matched("print-4");
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].person == PersonId("p-4"));
    CHECK(punches()[0].by_reader);
    CHECK(punches()[0].model == "fake-reader-1");
    const auto data = sink.drafts(record::EventKind::punch)[0].data;
    CHECK(data.at("matched_by").as_string() == "reader");
    CHECK_FALSE(data.contains("score_millionths"));
    CHECK_FALSE(data.contains("margin_millionths"));
    CHECK(sink.drafts()[0].source == record::Source{record::SourceKind::physical, "fake"});
    CHECK(desk.status().finger == FingerOutcome::matched);
}

TEST_CASE_FIXTURE(MatchingReader, "checkin: a print that is nobody's, or of somebody out of scope, is not matched") {
    desk.finger_matched("");
    CHECK(refusals() == std::vector<std::string>{"no_match_finger"});
    CHECK(desk.status().finger == FingerOutcome::not_matched);
    wait(20'000);
    desk.finger_matched("print-9");
    CHECK(refusals().size() == 2);
    wait(20'000);
    roster->classes[0].trainees.pop_back(); // p-4 has left
    desk.finger_matched("print-4");
    CHECK(refusals().size() == 3);
    CHECK(punches().empty());
}

TEST_CASE_FIXTURE(MatchingReader,
                  "checkin: while the punch of a finger that the reader matched is not saved no other is taken") {
    sink.fail_with(Error{ErrorCode::no_space, "full"});
    desk.finger_matched("print-1");
    desk.finger_matched("");
    CHECK(desk.status().finger == FingerOutcome::matched);
    CHECK(desk.status().guidance == Guidance::not_saved);
    sink.recover();
    wait(500);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].person == PersonId("p-1"));
}

TEST_CASE_FIXTURE(MatchingReader,
                  "checkin: face and a finger that the reader matched are both, with the face's score") {
    set_factor(training::Factor::face_and_finger);
    show_face(1, 10);
    desk.finger_matched("print-1");
    desk.finger_matched("print-2");
    show_face(2, 10, 2);
    REQUIRE(punches().size() == 2);
    for (const auto &punch : punches()) {
        CHECK(punch.evidence == record::Evidence::both);
        CHECK(punch.by_reader);
        CHECK(punch.score_millionths == 1'000'000);
    }
}

TEST_CASE_FIXTURE(test::CheckinFixture,
                  "checkin: a finger that stays unusable is journaled as too poor, with the reason") {
    desk.finger_retry(fingerprint::Retry::centre);
    CHECK(desk.status().guidance == Guidance::centre_the_finger);
    desk.finger_retry(fingerprint::Retry::remove_and_retry); // asks, and counts for nothing
    desk.finger_retry(fingerprint::Retry::too_few_minutiae);
    CHECK(refusals().empty());
    CHECK(desk.status().finger == FingerOutcome::too_poor);
    desk.finger_retry(fingerprint::Retry::too_few_minutiae);
    REQUIRE(refusals() == std::vector<std::string>{"poor_quality"});
    const auto data = sink.drafts(record::EventKind::refused_attempt)[0].data;
    CHECK(data.at("factor").as_string() == "finger");
    CHECK(data.at("detail").as_string() == "too_few_minutiae");
    CHECK(desk.status().guidance == Guidance::unreadable_finger);
    press(40);
    CHECK(desk.status().finger == FingerOutcome::matched);
}

TEST_CASE_FIXTURE(MatchingReader,
                  "checkin: only unusable fingers in a row are too poor, a usable one between ends it") {
    const auto press_badly_twice = [&] {
        desk.finger_retry(fingerprint::Retry::too_few_minutiae);
        desk.finger_retry(fingerprint::Retry::too_few_minutiae);
    };
    press_badly_twice();
    press(40);
    press_badly_twice();
    desk.finger_matched("print-4");
    press_badly_twice();
    CHECK(refusals().empty());
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: far too many minutiae are refused at once") {
    desk.finger(fingerprint::Impression(101));
    REQUIRE(refusals() == std::vector<std::string>{"poor_quality"});
    CHECK(sink.drafts(record::EventKind::refused_attempt)[0].data.at("detail").as_string() == "too_many_minutiae");
}

TEST_CASE_FIXTURE(test::CheckinFixture, "checkin: without its reader the screen says so, and the face goes on") {
    desk.expect_reader();
    desk.lose_reader();
    CHECK(desk.status().finger == FingerOutcome::reader_absent);
    wait(5'000);
    CHECK(desk.status().guidance == Guidance::face_without_reader);
    show_face(1, 10);
    REQUIRE(punches().size() == 1);
    CHECK(punches()[0].evidence == record::Evidence::face);
    show_nobody();
    set_factor(training::Factor::face_and_finger);
    show_face(2, 10, 2);
    CHECK(desk.status().guidance == Guidance::reader_absent); // who needs the finger is sent to the teacher
    desk.set_reader(record::Source{record::SourceKind::virtual_device, "virtual_image"}, "fake-matcher-1");
    press(20);
    CHECK(punches().size() == 2);
}
