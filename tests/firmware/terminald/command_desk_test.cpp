#include "firmware/terminald/command_desk.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_sink.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::terminald;

namespace {

struct DeskFixture {
    test::TemporaryDirectory directory;
    std::unique_ptr<identity::Signer> registry = identity::open_or_create_signer(directory / "registry.key").value();
    test::FakeClock clock;
    test::MemorySink sink;
    checkin::History history;
    int clips = 0;
    std::vector<std::string> watched; ///< "take_picture bureau begun"
    std::optional<Error> refusal;     ///< of a picture
    std::optional<CommandDesk> desk;

    DeskFixture() { restart(); }
    /// The program is killed and started again: only the journal is left.
    void restart() {
        CommandLog log;
        for (const auto &draft : sink.drafts()) {
            record::EventBody body;
            body.kind = to_string(draft.kind);
            body.data = draft.data;
            log.note(body);
        }
        desk.emplace(CommandDesk::Parts{sink, clock, history,
                                        [this](const Instant &) {
                                            clips += refusal ? 0 : 1;
                                            return refusal ? tl::unexpected<Error>(*refusal)
                                                           : Expected<MediaId>("m-" + std::to_string(clips));
                                        },
                                        [this](const CommandLog::Entry &entry, bool ended) {
                                            watched.push_back(entry.kind + " " + entry.ordered_by +
                                                              (ended ? " ended" : " begun"));
                                        }},
                     std::move(log));
    }
    identity::Command command(std::int64_t number, const std::string &kind, json::Object arguments = {}) const {
        identity::Command made;
        made.id = Uuid::v7(clock.now().wall_ms + number);
        made.device = DeviceId("d-1");
        made.number = number;
        made.kind = kind;
        made.arguments = std::move(arguments);
        made.ordered_by = "bureau";
        made.issued_ms = clock.now().wall_ms;
        made.expires_ms = clock.now().wall_ms + 60'000;
        return made;
    }
    Expected<CommandDesk::State> take(const identity::Command &command) {
        return desk->take(command, identity::sign_command(*registry, command).value());
    }
    std::vector<record::CommandResult> results() const {
        std::vector<record::CommandResult> all;
        for (const auto &draft : sink.drafts(record::EventKind::command_result)) {
            all.push_back(record::command_result_from_json(draft.data).value());
        }
        return all;
    }
};

} // namespace

TEST_CASE_FIXTURE(DeskFixture,
                  "command: a picture is taken once, however often the order comes and whatever is killed") {
    const auto picture = command(1, "take_picture");
    for (int life = 0; life < 3; ++life) {
        CHECK(take(picture) == CommandDesk::State::settled);
        CHECK(take(picture) == CommandDesk::State::settled);
        restart();
    }
    CHECK(clips == 1);
    REQUIRE(results().size() == 1);
    CHECK(results()[0].outcome == record::CommandOutcome::done);
    CHECK(results()[0].clip == MediaId("m-1"));
    CHECK(sink.drafts(record::EventKind::command).size() == 1);
}

TEST_CASE_FIXTURE(DeskFixture, "command: one that was cut off between its two events is not begun again, and says so") {
    const auto picture = command(1, "take_picture");
    record::EventDraft begun;
    begun.id = picture.id;
    begun.kind = record::EventKind::command;
    begun.data = identity::document_fields(identity::sign_command(*registry, picture).value());
    REQUIRE(sink.append(begun));
    restart();
    CHECK(take(picture) == CommandDesk::State::settled);
    CHECK(clips == 0);
    REQUIRE(results().size() == 1);
    CHECK(results()[0].outcome == record::CommandOutcome::failed);
}

TEST_CASE_FIXTURE(DeskFixture, "command: nothing is begun that the journal did not take") {
    const auto picture = command(1, "take_picture");
    sink.fail_with({ErrorCode::no_space, "full"});
    CHECK(take(picture).error().code == ErrorCode::no_space);
    CHECK(clips == 0);
    sink.recover();
    CHECK(take(picture) == CommandDesk::State::settled);
    CHECK(clips == 1);
}

TEST_CASE_FIXTURE(DeskFixture, "command: what sync carries out is left to it until its result is in the chain, once") {
    const auto rotate = command(1, "rotate_certificate");
    CHECK(take(rotate) == CommandDesk::State::for_sync);
    restart();
    CHECK(take(rotate) == CommandDesk::State::for_sync);
    record::CommandResult result;
    result.command = rotate.id;
    sink.fail_with({ErrorCode::io, "later"});
    CHECK_FALSE(desk->conclude(result));
    sink.recover();
    CHECK(desk->conclude(result).value() > 0);
    CHECK(desk->conclude(result) == 0);
    restart();
    CHECK(desk->conclude(result) == 0);
    CHECK(take(rotate) == CommandDesk::State::settled);
    CHECK(results().size() == 1);
    result.command = Uuid::v7(9);
    CHECK(desk->conclude(result).error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(DeskFixture,
                  "command: an unknown kind, an expired one and one with wrong arguments are refused by an event") {
    CHECK(take(command(1, "reboot")) == CommandDesk::State::settled);
    CHECK(take(command(2, "send_clip", {{"file", "../gallery.db"}})) == CommandDesk::State::settled);
    auto old = command(3, "take_picture");
    old.expires_ms = clock.now().wall_ms;
    CHECK(take(old) == CommandDesk::State::settled);
    REQUIRE(results().size() == 3);
    for (const auto &result : results()) {
        CHECK(result.outcome == record::CommandOutcome::refused);
        CHECK_FALSE(result.reason.empty());
    }
    CHECK(clips == 0);
}

TEST_CASE_FIXTURE(DeskFixture, "F25: an older command, or another one with a number that was used, orders nothing") {
    CHECK(take(command(5, "take_picture")) == CommandDesk::State::settled);
    CHECK(take(command(4, "take_picture")) == CommandDesk::State::settled);
    auto other = command(5, "take_picture");
    other.id = Uuid::v7(1);
    CHECK(take(other).error().code == ErrorCode::conflict);
    CHECK(clips == 1);
    CHECK(results().size() == 1);
}

TEST_CASE_FIXTURE(DeskFixture, "command: without a time nobody knows whether it holds: it waits") {
    clock.set_quality(ClockQuality::unset);
    const auto picture = command(1, "take_picture");
    CHECK(take(picture).error().code == ErrorCode::unavailable);
    CHECK(sink.drafts().empty());
    clock.set_quality(ClockQuality::holdover);
    CHECK(take(picture) == CommandDesk::State::settled);
}

TEST_CASE_FIXTURE(DeskFixture, "command: without a camera no picture is taken, and the result says so") {
    refusal = Error{ErrorCode::unavailable, "no camera runs"};
    CHECK(take(command(1, "take_picture")) == CommandDesk::State::settled);
    CHECK(results().at(0).outcome == record::CommandOutcome::failed);
    CHECK(results().at(0).reason == "no camera runs");
}

TEST_CASE_FIXTURE(DeskFixture, "command: people who are to be verified again are asked until it expires") {
    CHECK(take(command(1, "reverify", {{"people", json::Array{"p-1", "p-2"}}})) == CommandDesk::State::settled);
    CHECK(history.asked(clock.now().wall_ms).size() == 2);
    CHECK(history.asked(clock.now().wall_ms + 60'000).empty());
}

TEST_CASE_FIXTURE(DeskFixture, "command: whoever looks from afar is told of from the beginning to the result") {
    CHECK(take(command(1, "take_picture")) == CommandDesk::State::settled);
    CHECK(watched == std::vector<std::string>{"take_picture bureau begun", "take_picture bureau ended"});
    watched.clear();
    const auto clip = command(2, "send_clip", {{"clip", "m-1"}});
    CHECK(take(clip) == CommandDesk::State::for_sync);
    restart(); // sync carries it out again, and the name is known from the journal
    CHECK(take(clip) == CommandDesk::State::for_sync);
    record::CommandResult result;
    result.command = clip.id;
    REQUIRE(desk->conclude(result));
    CHECK(watched ==
          std::vector<std::string>{"send_clip bureau begun", "send_clip bureau begun", "send_clip bureau ended"});
    watched.clear();
    CHECK(take(command(3, "rotate_certificate")) == CommandDesk::State::for_sync);
    auto old = command(4, "take_picture");
    old.expires_ms = clock.now().wall_ms;
    CHECK(take(old) == CommandDesk::State::settled);
    CHECK(std::ranges::find(watched, "take_picture bureau begun") == watched.end());
}
