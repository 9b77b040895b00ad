#include "firmware/core/clips/clip_chooser.hpp"

#include <doctest/doctest.h>

#include "firmware/core/record/bodies.hpp"
#include "tests/support/event_chain.hpp"

using namespace xueshi;
using clips::ClipPolicy;
using clips::ClipUpload;

namespace {

struct Bench {
    test::EventChain chain;
    clips::ClipChooser chooser;
    const MediaId clip{Uuid::v4().str()};

    void read(record::EventKind kind, json::Object data) {
        chooser.read(record::read_body(chain.append(kind, std::move(data))).value());
    }
    void shows(const std::string &person, const std::string &training_class = "c-1") {
        json::Object data;
        data["clip"] = clip.str();
        data["person"] = person;
        data["class"] = training_class;
        read(person.empty() ? record::EventKind::refused_attempt : record::EventKind::punch, data);
    }
    void says(const std::string &person, bool given, const std::string &purpose = "clips_leave_device") {
        json::Object data;
        data["person"] = person;
        data["purpose"] = purpose;
        data["given"] = given;
        read(record::EventKind::consent, data);
    }
    bool leaves(const ClipPolicy &policy = {}) const { return chooser.may_leave(policy, clip); }
};

} // namespace

TEST_CASE("clip chooser: a clip leaves when everybody in it agreed, by their newest word") {
    Bench bench;
    CHECK_FALSE(bench.leaves());
    bench.shows("p-1");
    CHECK_FALSE(bench.leaves());
    bench.says("p-1", true, "face");
    CHECK_FALSE(bench.leaves());
    bench.says("p-1", true);
    CHECK(bench.leaves());
    bench.shows("p-2");
    CHECK_FALSE(bench.leaves());
    bench.says("p-2", true);
    CHECK(bench.leaves());
    bench.says("p-1", false);
    CHECK_FALSE(bench.leaves());
}

TEST_CASE("clip chooser: strangers, never, and confidential classes stay on the device") {
    Bench bench;
    bench.shows("");
    CHECK_FALSE(bench.leaves());
    CHECK_FALSE(bench.leaves({ClipUpload::all, {}}));
    Bench known;
    known.shows("p-1");
    CHECK(known.leaves({ClipUpload::all, {}}));
    CHECK_FALSE(known.leaves({ClipUpload::never, {}}));
    CHECK_FALSE(known.leaves({ClipUpload::all, {ClassId("c-1")}}));
}

TEST_CASE("clip chooser: nothing of a deleted clip stays, and no ground on which it might leave") {
    Bench bench;
    bench.shows("p-1");
    bench.says("p-1", true);
    CHECK(bench.leaves());
    bench.read(record::EventKind::media_deleted, {{"media", bench.clip.str()}});
    CHECK_FALSE(bench.leaves());
}
