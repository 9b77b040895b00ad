#pragma once

#include <doctest/doctest.h>

#include "firmware/checkin/checkin.hpp"
#include "tests/support/classroom.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_matcher.hpp"
#include "tests/support/fake_pipeline.hpp"
#include "tests/support/fake_recorder.hpp"
#include "tests/support/memory_sink.hpp"

namespace xueshi::test {

/// A check-in in make_classroom(), with p-1 .. p-3 enrolled by face and p-1 .. p-4 by finger (finger 10 * n).
class CheckinFixture {
public:
    CheckinFixture() : CheckinFixture(settings()) {}
    explicit CheckinFixture(const checkin::Settings &settings)
        : desk{settings,
               {sink, clock, history, candidates, &recorder, &matcher,
                record::Source{record::SourceKind::physical, "v4l2"},
                record::Source{record::SourceKind::virtual_device, "virtual_image"}, "fake-face-1"}} {
        std::vector<gallery::StoredTemplate> faces;
        for (int i = 1; i <= 3; ++i) {
            const PersonId person("p-" + std::to_string(i));
            faces.push_back({i, person, "face", "", "", checkin::write_embedding(FakePipeline::embedding(i))});
        }
        REQUIRE(candidates.set_faces(faces, 5));
        enrol_fingers({10, 20, 30, 40});
        desk.set_roster(roster);
    }

    static checkin::Settings settings() {
        checkin::Settings made;
        made.face.match = 0.6F;
        made.face.margin = 0.1F;
        made.face.liveness = 0.5F;
        return made;
    }
    /// `frames` frames of one face, 100 ms apart.
    void show_face(int person, int frames, std::uint64_t track = 1, float liveness = 0.9F) {
        checkin::FaceReport report;
        report.crowd = checkin::Crowd::one;
        report.track = track;
        report.observation.liveness = liveness;
        report.observation.embedding = FakePipeline::embedding(person);
        play(report, frames);
    }
    void show_flaw(face::QualityFlaw flaw, int frames, std::uint64_t track = 1) {
        checkin::FaceReport report;
        report.crowd = checkin::Crowd::one;
        report.track = track;
        report.observation.flaw = flaw;
        play(report, frames);
    }
    /// One frame of a face that is turned by so many degrees to the person's left.
    void show_turned(int person, float yaw, float liveness = 0.9F) {
        checkin::FaceReport report;
        report.crowd = checkin::Crowd::one;
        report.track = 1;
        report.observation.liveness = liveness;
        report.observation.pose.yaw = yaw;
        report.observation.embedding = FakePipeline::embedding(person);
        play(report, 1);
    }
    void show_nobody(int frames = 6) {
        if (frames > face::Tracker::kPatience) {
            tracks.clear();
        }
        play({}, frames);
    }
    void show_crowd(int frames) {
        checkin::FaceReport report;
        report.crowd = checkin::Crowd::several;
        play(report, frames);
    }
    void press(int number) { desk.finger(FakeMatcher::finger(number)); }
    /// From now on these are the fingers of p-1, p-2 ...
    void enrol_fingers(const std::vector<int> &numbers) {
        std::vector<gallery::StoredTemplate> fingers;
        for (const int number : numbers) {
            const auto person = static_cast<std::int64_t>(fingers.size()) + 1;
            fingers.push_back({10 + person, PersonId("p-" + std::to_string(person)), "finger", "right_index", "",
                               fingerprint::write_impressions({FakeMatcher::finger(number)})});
        }
        REQUIRE(candidates.set_fingers(fingers, matcher));
    }
    void wait(std::int64_t ms) {
        clock.advance(ms);
        desk.tick();
    }
    void set_factor(training::Factor factor) { roster->classes[0].policy.factor = factor; }

    std::vector<record::Punch> punches() const {
        std::vector<record::Punch> read;
        for (const auto &draft : sink.drafts(record::EventKind::punch)) {
            const auto punch = record::punch_from_json(draft.data);
            REQUIRE(punch);
            read.push_back(*punch);
        }
        return read;
    }
    std::vector<std::string> refusals() const {
        std::vector<std::string> reasons;
        for (const auto &draft : sink.drafts(record::EventKind::refused_attempt)) {
            reasons.emplace_back(draft.data.at("reason").as_string());
        }
        return reasons;
    }

    FakeClock clock;
    MemorySink sink;
    FakeRecorder recorder;
    FakeMatcher matcher;
    checkin::History history;
    checkin::Candidates candidates;
    std::shared_ptr<roster::Roster> roster = make_classroom();
    checkin::Checkin desk;

    checkin::LiveTracks tracks; ///< who was shown stays in view until there is nobody

private:
    void play(checkin::FaceReport report, int frames) {
        if (report.crowd == checkin::Crowd::one && std::ranges::count(tracks, report.track) == 0) {
            tracks.push_back(report.track);
        }
        report.tracks = tracks;
        for (int i = 0; i < frames; ++i) {
            desk.face(report);
            clock.advance(100);
        }
    }
};

} // namespace xueshi::test
