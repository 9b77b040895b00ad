#include "firmware/recorder/stray_clips.hpp"

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/recorder/clip_label.hpp"
#include "firmware/recorder/clip_writer.hpp"
#include "tests/support/classroom_film.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/ffprobe.hpp"
#include "tests/support/memory_sink.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using recorder::StrayClips;

namespace {

const record::Source kCamera{record::SourceKind::replay, "film"};

/// A media directory in which power went between a clip's file and its event.
struct Cut {
    Cut() {
        recorder::Clip clip;
        clip.id = id;
        clip.source = kCamera;
        for (const auto &unit : test::classroom_film()) {
            if (const auto *picture = std::get_if<camera::Unit>(&unit)) {
                clip.units.push_back(std::make_shared<const camera::Unit>(*picture));
            }
        }
        frames = static_cast<std::int64_t>(clip.units.size());
        first = clip.units.front()->captured;
        test::MemorySink cut;
        cut.fail_with({ErrorCode::io, "the power is gone"});
        recorder::ClipWriter writer(std::move(clip));
        REQUIRE_FALSE(writer.attempt(media.path(), cut, clock));
        REQUIRE(writer.file_is_saved());
        clock.reboot("99999999-2222-4333-8444-555555555555");
    }
    void recover() {
        StrayClips strays(media.path());
        for (const auto &draft : sink.drafts()) {
            strays.note(body_of(draft));
        }
        REQUIRE(strays.recover(sink, clock));
    }
    static record::EventBody body_of(const record::EventDraft &draft) {
        record::EventBody body;
        body.kind = record::to_string(draft.kind);
        body.data = draft.data;
        return body;
    }
    std::filesystem::path file() const { return media / (id.str() + ".mp4"); }

    test::TemporaryDirectory media;
    test::FakeClock clock;
    test::MemorySink sink;
    MediaId id{Uuid::v7(test::FakeClock::kStartMs).str()};
    std::int64_t frames = 0;
    Instant first;
};

} // namespace

TEST_CASE_FIXTURE(Cut, "F02: a clip whose event a power cut took is journaled by the next start, once, as recovered") {
    recover();
    const auto events = sink.drafts(record::EventKind::clip_saved);
    REQUIRE(events.size() == 1);
    const auto &data = events[0].data;
    const auto content = read_file(file(), 100 << 20).value();
    CHECK(events[0].source == kCamera);
    CHECK(data.at("clip").as_string() == id.str());
    CHECK(data.at("file").as_string() == file().filename().string());
    CHECK(data.at("sha256").as_string() == hex(sha256(as_bytes(content))));
    CHECK(data.at("bytes").as_int64() == static_cast<std::int64_t>(content.size()));
    CHECK(data.at("recovered").as_bool());
    CHECK(data.at("frames").as_int64() == frames);
    CHECK(data.at("first_boot_ms").as_int64() == first.boot_ms);
    CHECK(data.at("first_wall_ms").as_int64() == first.wall_ms);
    CHECK(data.at("boot_id").as_string() == first.boot_id); // the event's own is that of the new start
    CHECK(events[0].at.boot_id != first.boot_id);
    CHECK(test::probe(file()).packets.at("h264").size() == static_cast<std::size_t>(frames)); // players skip the label
    recover();
    CHECK(sink.drafts().size() == 1);
}

TEST_CASE_FIXTURE(Cut, "F02: a recovered clip that cannot be journaled is tried again under the same id") {
    StrayClips strays(media.path());
    sink.fail_with({ErrorCode::io, "the journal's disk failed"});
    CHECK_FALSE(strays.recover(sink, clock));
    sink.recover();
    CHECK(strays.recover(sink, clock));
    CHECK(strays.recover(sink, clock));
    CHECK(sink.drafts().size() == 1);
}

TEST_CASE_FIXTURE(Cut, "F05: long files that a lost journal leaves are read a part at a time, each journaled once") {
    std::map<std::string, std::string> digests;
    for (const std::size_t mib : {10u, 7u}) {
        const auto name = Uuid::v7(test::FakeClock::kStartMs).str() + ".mp4";
        const std::string content(mib << 20, static_cast<char>(mib));
        REQUIRE(write_file_durably(media / name, content));
        digests[name] = hex(sha256(as_bytes(content)));
    }
    StrayClips strays(media.path());
    int calls = 1;
    for (; !strays.recover(sink, clock).value() && calls < 20; ++calls) {
    }
    CHECK(calls >= 17 / 4);
    CHECK(calls <= 17 / 4 + 3);
    REQUIRE(sink.drafts().size() == 3); // with the clip
    for (const auto &draft : sink.drafts()) {
        const std::string name(draft.data.at("file").as_string());
        if (digests.contains(name)) {
            CHECK(draft.data.at("sha256").as_string() == digests[name]);
        }
    }
    CHECK(strays.recover(sink, clock).value());
    CHECK(sink.drafts().size() == 3);
}

TEST_CASE_FIXTURE(Cut, "F02: a clip that does not say when it was taken is journaled without, and with its digest") {
    REQUIRE(write_file_durably(file(), "no film at all"));
    CHECK(recorder::read_label(file()).error().code == ErrorCode::corrupt);
    recover();
    REQUIRE(sink.drafts().size() == 1);
    CHECK(sink.drafts()[0].data == json::Object{{"clip", id.str()},
                                                {"file", id.str() + ".mp4"},
                                                {"sha256", hex(sha256(as_bytes("no film at all")))},
                                                {"bytes", 14},
                                                {"recovered", true}});
}

TEST_CASE_FIXTURE(Cut, "F02: films that were cut off are their recorder's, and foreign files nobody's") {
    REQUIRE(remove_durably(file()));
    const auto film = Uuid::v7(test::FakeClock::kStartMs).str();
    for (const auto &name : {film + ".mp4", film + ".open.json", std::string("notes.mp4"), film + ".mp4.part"}) {
        REQUIRE(write_file_durably(media / name, "x"));
    }
    recover();
    CHECK(sink.drafts().empty());
    CHECK(std::filesystem::exists(media / "notes.mp4"));
}

TEST_CASE_FIXTURE(Cut, "F02: what a power cut left of a file that was being written is removed by the next start") {
    const auto half = media / ("." + id.str() + ".mp4.312.0.tmp");
    REQUIRE(write_file_durably(half, "half"));
    recover();
    CHECK_FALSE(std::filesystem::exists(half));
    CHECK(std::filesystem::exists(file()));
}

TEST_CASE_FIXTURE(Cut, "F02: a label that was cut or changed is none") {
    const auto content = read_file(file(), 100 << 20).value();
    for (const auto &changed : {content.substr(0, content.size() - 1), content + "x", content.substr(0, 3)}) {
        REQUIRE(write_file_durably(file(), changed));
        CHECK(recorder::read_label(file()).error().code == ErrorCode::corrupt);
    }
    REQUIRE(write_file_durably(file(), content));
    CHECK(recorder::read_label(file())->saved.frames == frames);
}
