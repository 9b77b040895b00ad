#include "daemon/sync/commander.hpp"

#include <doctest/doctest.h>

#include "firmware/core/record/bodies.hpp"
#include "tests/daemon/sync/bench.hpp"
#include "tests/support/classroom.hpp"
#include "tests/support/event_chain.hpp"

using namespace xueshi;
using namespace std::chrono_literals;

namespace {

/// A device that follows commands; terminald as it is: it knows what it took, and what was settled.
struct CommanderBench : test::SyncBench {
    sync::State state = claimed_state();
    int rotations = 0;
    std::optional<record::SetPolicy> applied;
    std::set<std::string> taken, settled;
    std::vector<record::CommandResult> results;
    std::int64_t numbers = 0;
    std::optional<sync::Commander> commander;

    CommanderBench() {
        terminal.answer = [this](const std::string &verb, const json::Object &arguments) -> Expected<json::Object> {
            if (verb == "command") {
                const auto command =
                    identity::open_command(registry_key, identity::command_from_data(arguments).value()).value();
                taken.insert(command.id.str());
                const bool ours = command.kind == "take_picture" || settled.contains(command.id.str());
                return json::Object{{"state", ours ? "settled" : "for_sync"}};
            }
            const auto result = record::command_result_from_json(arguments).value();
            if (settled.insert(result.command.str()).second) {
                results.push_back(result);
            }
            return json::Object{{"seq", 1}};
        };
        live();
    }
    /// A new life on the same sync.db.
    void live() {
        commander.emplace(upstream, source, state, terminal, registry_key,
                          sync::Commander::Powers{clips::ClipPolicy{clips::ClipUpload::never, {ClassId("secret")}},
                                                  [this]() -> Expected<void> {
                                                      ++rotations;
                                                      return {};
                                                  },
                                                  [this](const record::SetPolicy &policy) { applied = policy; }});
    }
    Uuid order(const std::string &kind, json::Object arguments = {}, const std::string &whom = {}) {
        identity::Command command;
        command.id = Uuid::v7(1'788'200'000'000 + ++numbers);
        command.device = whom.empty() ? device : DeviceId(whom);
        command.number = numbers;
        command.kind = kind;
        command.arguments = std::move(arguments);
        command.ordered_by = "bureau";
        command.issued_ms = command.expires_ms = 1'788'200'000'000;
        upstream.commands.push_back(identity::sign_command(*registry_signer, command).value());
        return command.id;
    }
    sync::Outcome<bool> step() { return test::run(commander->step(0s)); }
    std::size_t requests() const { return upstream.commands_after.size(); }

    /// An acknowledged clip of somebody in a class, who agreed to its leaving or did not.
    void add_clip(const std::string &clip, const std::string &training_class, bool consented) {
        const auto run = [&](const std::string &sql) { REQUIRE(state.database().execute(sql)); };
        run("INSERT INTO clip (chain, seq, event, clip, file, sha256, bytes) VALUES ('c', " + std::to_string(++clips_) +
            ", 'e', '" + clip + "', 'f', x'00', 1)");
        run("INSERT INTO clip_subject (clip, person, class) VALUES ('" + clip + "', 'p-" + clip + "', '" +
            training_class + "')");
        run("INSERT INTO clip_consent (person, given) VALUES ('p-" + clip + "', " + (consented ? "1" : "0") + ")");
    }

private:
    int clips_ = 0;
};

} // namespace

TEST_CASE_FIXTURE(CommanderBench,
                  "commands: what the terminal carries out is handed over as it was signed, and not asked for again") {
    order("take_picture");
    order("reboot"); // the terminal refuses what it does not know
    settled.insert(identity::read_command(upstream.commands.back())->id.str());
    CHECK(step().value());
    CHECK(taken.size() == 2);
    CHECK_FALSE(step().value());
    CHECK(upstream.commands_after == std::vector<std::int64_t>{0, 2});
    live();
    CHECK_FALSE(step().value());
    CHECK(upstream.commands_after.back() == 2);
}

TEST_CASE_FIXTURE(CommanderBench, "F14: commands that come doubled or in another order are each carried out, once") {
    const auto first = order("rotate_certificate"), second = order("rotate_certificate");
    std::swap(upstream.commands[0], upstream.commands[1]);
    upstream.commands.push_back(upstream.commands[0]);
    upstream.commands.push_front(upstream.commands[1]);
    CHECK(step().value());
    CHECK(rotations == 2);
    REQUIRE(results.size() == 2);
    CHECK(results[0].command == first);
    CHECK(results[1].command == second);
    CHECK_FALSE(step().value());
}

TEST_CASE_FIXTURE(CommanderBench,
                  "F25: a command of somebody else, for another device or changed on the way reaches nobody") {
    const auto stranger = identity::open_or_create_signer(directory / "stranger.key").value();
    identity::Command forged;
    forged.id = Uuid::v7(1);
    forged.device = device;
    forged.number = forged.issued_ms = forged.expires_ms = 1;
    forged.kind = "rotate_certificate";
    upstream.commands = {identity::sign_command(*stranger, forged).value()};
    CHECK(step().error().status == 0);
    upstream.commands.clear();
    order("rotate_certificate", {}, "d-else");
    CHECK_FALSE(step());
    CHECK(terminal.calls.empty());
    CHECK(rotations == 0);
    CHECK(state.command_cursor() == 0);
}

TEST_CASE_FIXTURE(CommanderBench, "commands: killed between the work and its result, it is done again, and told once") {
    order("rotate_certificate");
    const auto answer = terminal.answer;
    terminal.answer = [&](const std::string &verb, const json::Object &arguments) -> Expected<json::Object> {
        return verb == "command_result" ? fail(ErrorCode::unavailable, "away") : answer(verb, arguments);
    };
    CHECK(step().error().local);
    CHECK(step().error().local);
    CHECK(rotations == 1);  // in one life once
    CHECK(requests() == 1); // and the registry is not asked meanwhile
    terminal.answer = answer;
    live();
    CHECK(step().value());
    CHECK(rotations == 2); // each time a new certificate: harmless
    CHECK(results.size() == 1);
    live();
    CHECK_FALSE(step().value());
}

TEST_CASE_FIXTURE(CommanderBench, "commands: while terminald is away the registry is not asked again and again") {
    order("take_picture");
    const auto answer = std::exchange(terminal.answer, [](const std::string &, const json::Object &) {
        return Expected<json::Object>(fail(ErrorCode::unavailable, "away"));
    });
    for (int i = 0; i < 100; ++i) {
        CHECK(step().error().local);
    }
    CHECK(requests() == 1);
    terminal.answer = answer;
    CHECK(step().value());
    CHECK(taken.size() == 1);
}

TEST_CASE_FIXTURE(CommanderBench, "commands: a range is sent again byte for byte, and not beyond its end") {
    source.append(1'000);
    upstream.chains[chain.str()].events = source.events; // all duplicates
    order("resend_range", {{"chain", chain.str()}, {"first", 101}, {"last", 650}});
    CHECK(step().value());
    std::vector<record::Sequence> sent;
    for (const auto &batch : upstream.batches) {
        for (const auto &event : batch.events) {
            sent.push_back(event.seq);
            CHECK(event.body == source.events[static_cast<std::size_t>(event.seq - 1)].body);
        }
    }
    REQUIRE(sent.size() == 550);
    CHECK(sent.front() == 101);
    CHECK(sent.back() == 650);
    CHECK(results.at(0).sent == 550);
}

TEST_CASE_FIXTURE(CommanderBench, "commands: a range while the registry is away is sent when it is back") {
    source.append(10);
    order("resend_range", {{"chain", chain.str()}, {"first", 1}, {"last", 99}});
    upstream.refusals.push_back(test::FakeUpstream::refusal_of(503, ErrorCode::unavailable, 7));
    CHECK(step().error().retry_after_s == 7);
    CHECK(results.empty());
    CHECK(step().value());
    CHECK(results.at(0).sent == 10);
}

TEST_CASE_FIXTURE(CommanderBench, "F16: a range that a slow link does not carry in time goes in smaller pieces") {
    source.append(300);
    upstream.most_in_time = 30;
    order("resend_range", {{"chain", chain.str()}, {"first", 1}, {"last", 300}});
    int failures = 0;
    while (!step()) {
        REQUIRE(++failures < 10);
    }
    CHECK(failures == 3); // 200, 100 and 50
    CHECK(results.at(0).sent == 300);
}

TEST_CASE_FIXTURE(CommanderBench, "commands: a range counts as sent what the registry holds, and nothing else") {
    source.append(10);
    upstream.poison = {4};
    order("resend_range", {{"chain", chain.str()}, {"first", 1}, {"last", 10}});
    CHECK(step().value());
    CHECK(results.at(0).sent == 9);
    order("resend_range", {{"chain", chain.str()}, {"first", 20}, {"last", 30}});
    source.append(20);
    CHECK(step().value()); // 11 to 19 never came: these are not tried
    CHECK(results.at(1).sent == 0);
}

TEST_CASE_FIXTURE(CommanderBench,
                  "F18: an event that is refused by 400 or 422 holds up no range and no later command") {
    source.append(20);
    upstream.unreadable = {7};
    SUBCASE("400") {}
    SUBCASE("422") {
        upstream.unreadable_status = 422;
    }
    order("resend_range", {{"chain", chain.str()}, {"first", 1}, {"last", 20}});
    order("rotate_certificate");
    CHECK(step().value());
    CHECK(rotations == 1);
    CHECK(results.at(0).sent == 6); // the fake takes nothing behind a gap
}

TEST_CASE_FIXTURE(CommanderBench,
                  "commands: an ordered clip goes first, also where none leaves by itself, if its people agreed") {
    add_clip("first", "open", true);
    add_clip("wanted", "open", true);
    order("send_clip", {{"clip", "wanted"}});
    CHECK(step().value());
    CHECK(results.at(0).outcome == record::CommandOutcome::done);
    sync::ClipLedger ledger(state.database());
    const clips::ClipPolicy never{clips::ClipUpload::never, {}};
    CHECK(ledger.next(never, 1)->clip->saved.announcement.clip == MediaId("wanted"));
    const clips::ClipPolicy consented;
    const auto wanted = ledger.next(consented, 1)->clip.value();
    CHECK(wanted.saved.announcement.clip == MediaId("wanted"));
    CHECK(ledger.asked_for().value() == std::set{MediaId("wanted")}); // which nobody deletes meanwhile
    REQUIRE(ledger.confirm(wanted));
    CHECK(ledger.asked_for().value().empty());
}

TEST_CASE_FIXTURE(
    CommanderBench,
    "commands: a clip that was just acknowledged can be ordered while no clip is sent, as in closed hours") {
    test::EventChain journal;
    record::Consent consent;
    consent.person = PersonId("p-1");
    consent.purpose = "clips_leave_device";
    consent.given = true;
    journal.append(record::EventKind::consent, record::to_json(consent));
    record::Punch punch;
    punch.person = PersonId("p-1");
    punch.training_class = ClassId("c-1");
    punch.clip = MediaId(Uuid::v4().str());
    journal.append(record::EventKind::punch, record::to_json(punch));
    for (int i = 0; i < 600; ++i) {
        journal.append();
    }
    record::ClipSaved saved;
    saved.clip = punch.clip;
    saved.file = "clip.mp4";
    saved.sha256 = hex(Sha256{});
    saved.bytes = 1;
    journal.append(record::EventKind::clip_saved, record::to_json(saved));
    source.about.chain = journal.chain();
    source.events = journal.events();
    REQUIRE(state.save_receipt(journal.chain(), std::ssize(source.events), {"{}", Bytes{1}}, 1));
    order("send_clip", {{"clip", punch.clip.str()}});
    CHECK(step().value());
    CHECK(results.at(0).outcome == record::CommandOutcome::done);
    sync::ClipLedger ledger(state.database());
    CHECK(ledger.next(clips::ClipPolicy{}, 1)->clip->saved.announcement.clip == punch.clip);
}

TEST_CASE_FIXTURE(CommanderBench,
                  "commands: no order takes a clip out of a confidential class, or one of somebody who did not agree") {
    add_clip("secret-one", "secret", true);
    add_clip("unwilling", "open", false);
    add_clip("filed-secret", "c-1", true);
    auto roster = *test::make_classroom();
    roster.classes.front().confidential_document = "3";
    REQUIRE(state.note_confidential(roster));
    for (const std::string clip : {"secret-one", "unwilling", "unknown", "filed-secret"}) {
        order("send_clip", {{"clip", clip}});
    }
    CHECK(step().value());
    REQUIRE(results.size() == 4);
    CHECK(results[3].outcome == record::CommandOutcome::refused);
    CHECK(results[3].reason.find("confidential") != std::string::npos);
    CHECK(results[0].outcome == record::CommandOutcome::refused);
    CHECK(results[0].reason.find("confidential") != std::string::npos);
    CHECK(results[1].outcome == record::CommandOutcome::refused);
    CHECK(results[1].reason.find("consent") != std::string::npos);
    CHECK(results[2].outcome == record::CommandOutcome::failed);
    sync::ClipLedger ledger(state.database());
    const clips::ClipPolicy never{clips::ClipUpload::never, {ClassId("secret")}};
    CHECK_FALSE(ledger.next(never, 1)->clip);
}

TEST_CASE_FIXTURE(
    CommanderBench,
    "commands: a policy holds in later lives, until another is ordered; hours that read not are refused") {
    order("set_policy", {{"clip_hours", json::Array{"22:00-06:00"}}, {"max_kbytes_per_s", 20}});
    CHECK(step().value());
    REQUIRE(applied);
    CHECK(applied->max_kbytes_per_s == 20);
    CHECK(state.ordered_policy()->clip_hours->at(0) == "22:00-06:00");
    for (const char *hours : {"clip_hours", "film_hours"}) {
        order("set_policy", {{hours, json::Array{"at night"}}});
        CHECK(step().value());
        CHECK(results.back().outcome == record::CommandOutcome::refused);
    }
    CHECK(state.ordered_policy()->max_kbytes_per_s == 20);
    order("set_policy");
    CHECK(step().value());
    CHECK_FALSE(state.ordered_policy()->max_kbytes_per_s); // as configured
}
