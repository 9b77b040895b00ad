#include "daemon/sync/clip_uplink.hpp"

#include <doctest/doctest.h>

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/core/record/video_bodies.hpp"
#include "tests/daemon/sync/bench.hpp"
#include "tests/support/classroom.hpp"
#include "tests/support/event_chain.hpp"

using namespace xueshi;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kMiB = 1 << 20;

std::string random_text(std::size_t size) {
    return std::string(as_text(random_bytes(size)));
}

/// A terminal's journal and media folder, a registry that acknowledges all events, and the uplink between.
struct ClipBench : test::SyncBench {
    test::EventChain journal;
    std::filesystem::path media = directory / "media";
    sync::State state = claimed_state();
    clips::ClipPolicy policy{clips::ClipUpload::all, {}};
    std::int64_t now_ms = 1'000, boot_ms = 1'000, request_ms = 0;
    std::unique_ptr<sync::ClipUplink> uplink;

    ClipBench() {
        std::filesystem::create_directories(media);
        source.about.chain = journal.chain();
        restart();
    }
    /// As after a kill: only sync.db is left.
    void restart() {
        uplink = std::make_unique<sync::ClipUplink>(
            upstream, source, state, [this] { return now_ms; }, [this] { return boot_ms += request_ms; },
            sync::ClipUplink::Options{media, policy});
    }
    struct Clip {
        std::string bytes, file;
        MediaId id{Uuid::v4().str()};
    };
    Clip add(std::size_t size, const std::string &person = {}, const std::string &training_class = {}) {
        Clip clip;
        clip.bytes = random_text(size);
        clip.file = clip.id.str() + ".mp4";
        REQUIRE(write_file_durably(media / clip.file, clip.bytes));
        if (!person.empty()) {
            record::Punch punch;
            punch.person = PersonId(person);
            punch.room = RoomId("r-1");
            punch.training_class = ClassId(training_class);
            punch.clip = clip.id;
            journal.append(record::EventKind::punch, record::to_json(punch));
        }
        record::ClipSaved saved;
        saved.clip = clip.id;
        saved.file = clip.file;
        saved.sha256 = hex(sha256(as_bytes(clip.bytes)));
        saved.bytes = static_cast<std::int64_t>(size);
        journal.append(record::EventKind::clip_saved, record::to_json(saved));
        acknowledge_all();
        return clip;
    }
    void consent(const std::string &person, bool given) {
        record::Consent consent;
        consent.person = PersonId(person);
        consent.purpose = "clips_leave_device";
        consent.given = given;
        journal.append(record::EventKind::consent, record::to_json(consent));
        acknowledge_all();
    }
    /// As terminald does when a clip's days are over.
    void expire(const Clip &clip) {
        const record::MediaDeleted deleted{clip.id, clip.file, "withheld_days",
                                           static_cast<std::int64_t>(clip.bytes.size())};
        journal.append(record::EventKind::media_deleted, record::to_json(deleted));
        REQUIRE(remove_durably(media / clip.file));
        acknowledge_all();
    }
    void acknowledge_all() {
        source.events = journal.events();
        acknowledge(journal);
    }
    void acknowledge(const test::EventChain &chain) {
        REQUIRE(
            state.save_receipt(chain.chain(), static_cast<std::int64_t>(chain.events().size()), {"{}", Bytes{1}}, 1));
    }
    /// Steps until nothing moves; the number of failures on the way.
    int run_dry(int most = 200) {
        int failures = 0;
        for (; most > 0; --most) {
            const auto step = test::run(uplink->step());
            if (step && *step == sync::ClipUplink::Step::idle) {
                return failures;
            }
            failures += step ? 0 : 1;
        }
        FAIL("never idle");
        return failures;
    }
    /// Until the registry has got so many requests.
    void run_until(std::size_t requests) {
        for (int i = 0; i < 100 && upstream.media.requests.size() < requests; ++i) {
            (void)test::run(uplink->step());
        }
    }
    std::vector<Sha256> confirmed() const {
        return acked::read_acked(read_file(directory / "sync/acked.json", acked::kMaxBytes).value()).value().media;
    }
    static Sha256 digest(const Clip &clip) { return sha256(as_bytes(clip.bytes)); }
    std::vector<std::string> clips_in(const std::string &table) {
        auto select = sqlite::Statement::prepare(state.database(), "SELECT clip FROM " + table).value();
        std::vector<std::string> ids;
        while (select.step().value()) {
            ids.push_back(select.text(0));
        }
        return ids;
    }
};

} // namespace

TEST_CASE("clips: delivered oldest first, and told in acked.json when confirmed") {
    ClipBench bench;
    const auto first = bench.add(2 * kMiB + 5), second = bench.add(10), empty = bench.add(0);
    CHECK(bench.confirmed().empty());
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{first.bytes, second.bytes});
    CHECK(bench.confirmed() == std::vector<Sha256>{bench.digest(first), bench.digest(second), bench.digest(empty)});
    CHECK(bench.upstream.media.requests == std::vector<std::string>{"POST", "PATCH a 0 1048576",
                                                                    "PATCH a 1048576 1048581", "POST", "PATCH b 0 10",
                                                                    "POST"});
    CHECK(bench.uplink->waiting() == 0);
}

TEST_CASE("clips: over a quick link requests carry more and more, over a slow one no more than before") {
    const auto sizes = [](std::int64_t request_ms) {
        ClipBench bench;
        const auto clip = bench.add(5 * kMiB);
        bench.request_ms = request_ms;
        CHECK(bench.run_dry() == 0);
        CHECK(bench.upstream.media.whole == std::vector<std::string>{clip.bytes});
        std::vector<std::string> out;
        for (const auto &request : bench.upstream.media.requests) {
            out.push_back(request.substr(request.rfind(' ') + 1));
        }
        return out;
    };
    CHECK(sizes(0) == std::vector<std::string>{"POST", "1048576", "2097152", "2097152"});
    CHECK(sizes(1'000) == std::vector<std::string>{"POST", "1048576", "1048576", "1048576", "1048576", "1048576"});
}

TEST_CASE("clips: none before its event is acknowledged") {
    ClipBench bench;
    bench.add(10);
    const auto events = bench.source.events;
    bench.journal.append();
    bench.source.events = bench.journal.events();
    CHECK(bench.run_dry() == 0);
    record::ClipSaved later;
    later.clip = MediaId(Uuid::v4().str());
    later.file = "later.mp4";
    later.sha256 = hex(sha256({}));
    bench.journal.append(record::EventKind::clip_saved, record::to_json(later));
    bench.source.events = bench.journal.events();
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole.size() == 1);
    CHECK(bench.uplink->waiting() == 0);
}

TEST_CASE("F16: killed after any request, it goes on at the registry's offset and resends at most one chunk") {
    const std::size_t size = 3 * kMiB + 77;
    for (std::size_t kill = 1; kill <= 5; ++kill) {
        ClipBench bench;
        const auto clip = bench.add(size);
        bench.run_until(kill);
        bench.restart();
        CHECK(bench.run_dry() == 0);
        CHECK(bench.upstream.media.whole == std::vector<std::string>{clip.bytes});
        CHECK(bench.upstream.media.bytes_received <= static_cast<std::int64_t>(size) + kMiB);
        CHECK(bench.confirmed() == std::vector<Sha256>{bench.digest(clip)});
    }
}

TEST_CASE("F16: when each answer is lost it asks where the registry is, and sends no byte twice") {
    ClipBench bench;
    const auto clip = bench.add(3 * kMiB);
    bench.upstream.media.lose_answers = true;
    CHECK(bench.run_dry() == 3);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{clip.bytes});
    CHECK(bench.upstream.media.bytes_received == 3 * kMiB);
    CHECK(bench.confirmed() == std::vector<Sha256>{bench.digest(clip)});
}

TEST_CASE("F17: an offset below what was acknowledged begins the upload again from the local copy") {
    ClipBench bench;
    const auto clip = bench.add(2 * kMiB);
    bench.run_until(2); // POST, one chunk
    bench.upstream.media.uploads.at("a").bytes.resize(1'000);
    bench.restart();
    CHECK(bench.run_dry() == 1);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{clip.bytes});
    CHECK(bench.upstream.media.requests[2] == "HEAD a");
    CHECK(bench.upstream.media.requests[3] == "POST");
    CHECK(bench.confirmed() == std::vector<Sha256>{bench.digest(clip)});
}

TEST_CASE("F17: an offset above what was sent begins the upload again from the local copy") {
    for (const std::size_t restarts : {0u, 1u}) {
        ClipBench bench;
        const auto clip = bench.add(6 * kMiB);
        bench.run_until(2); // the next piece ends at 3 MiB
        bench.upstream.media.uploads.at("a").bytes.resize(3 * kMiB + 1, 'z');
        if (restarts == 1) {
            bench.restart();
        }
        CHECK(bench.run_dry() == (restarts == 0 ? 2 : 1));        // a piece is refused, and it is begun again
        CHECK(bench.upstream.media.whole.size() == restarts + 1); // a new life sees it by the digest, at the end
        CHECK(bench.upstream.media.whole.back() == clip.bytes);
        CHECK(bench.confirmed() == std::vector<Sha256>{bench.digest(clip)});
    }
}

TEST_CASE("F17: an upload that expired (404, 410) or was refused at its end (422) is created again") {
    for (const unsigned status : {404u, 410u, 422u}) {
        ClipBench bench;
        const auto clip = bench.add(2 * kMiB);
        bench.run_until(2);
        bench.upstream.media.refusals = {status};
        CHECK(bench.run_dry() == 1);
        CHECK(bench.upstream.media.whole == std::vector<std::string>{clip.bytes});
        CHECK(bench.confirmed() == std::vector<Sha256>{bench.digest(clip)});
    }
}

TEST_CASE("F17: a clip counts as confirmed only with its own digest; a registry that never confirms is given rest") {
    ClipBench bench;
    bench.add(1'000);
    bench.upstream.media.confirm_other = true;
    CHECK(bench.run_dry() == 3);
    CHECK(bench.confirmed().empty());
    CHECK(bench.uplink->waiting() == 1);
    const auto requests = bench.upstream.media.requests.size();
    CHECK(requests <= 9);
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.requests.size() == requests); // it rests
    bench.upstream.media.confirm_other = false;
    bench.now_ms += 3'600'000;
    CHECK(bench.run_dry() == 0);
    CHECK(bench.confirmed().size() == 1);
}

TEST_CASE("clips: a failure is told and tried again; a timeout makes the pieces smaller") {
    ClipBench bench;
    const auto clip = bench.add(2 * kMiB);
    bench.run_until(1);
    bench.upstream.media.refusals = {0, 503, 503};
    CHECK(bench.run_dry() == 3);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{clip.bytes});
    CHECK(bench.upstream.media.requests.back().ends_with(" 524288"));
}

TEST_CASE("clips: a file that is missing, or not what was signed, is reported, and the next ones go on") {
    ClipBench bench;
    const auto missing = bench.add(10), damaged = bench.add(10), good = bench.add(10);
    std::filesystem::remove(bench.media / missing.file);
    REQUIRE(write_file_durably(bench.media / damaged.file, random_text(10)));
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{good.bytes});
    CHECK(bench.confirmed() == std::vector<Sha256>{bench.digest(good)});
    const auto reports = bench.state.unreported(10).value();
    REQUIRE(reports.size() == 2);
    CHECK(reports[0].outcome == "clip_missing");
    CHECK(reports[1].outcome == "clip_damaged");
    CHECK(reports[0].hash == bench.journal.events()[0].hash);
}

TEST_CASE("clips: a report names the clip's own event, not the next one or another chain's") {
    ClipBench bench;
    bench.policy.upload = clips::ClipUpload::never;
    bench.restart();
    const auto clip = bench.add(10);
    bench.journal.append();
    bench.acknowledge_all();
    CHECK(bench.run_dry() == 0);
    bench.source.begin_chain();
    bench.source.append(3);
    auto &former = bench.source.former.front().events;
    const Uuid event = former.front().id;
    bool is_there = true;
    SUBCASE("kept") {}
    SUBCASE("lost") {
        former.erase(former.begin());
        is_there = false;
    }
    std::filesystem::remove(bench.media / clip.file);
    bench.policy.upload = clips::ClipUpload::all;
    bench.restart();
    CHECK(bench.run_dry() == 0);
    const auto reports = bench.state.unreported(10).value();
    REQUIRE(reports.size() == 1);
    CHECK(reports.front().chain == bench.journal.chain());
    CHECK(reports.front().id == event);
    CHECK(reports.front().hash == (is_there ? bench.journal.events().front().hash : Sha256{}));
}

TEST_CASE("clips: a file that cannot be read now holds up no other, and is tried again") {
    ClipBench bench;
    const auto unreadable = bench.add(10), good = bench.add(20);
    std::filesystem::remove(bench.media / unreadable.file);
    std::filesystem::create_symlink(unreadable.file, bench.media / unreadable.file); // ELOOP, also for root
    CHECK(bench.run_dry() == 1);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{good.bytes});
    CHECK(bench.state.unreported(10).value().empty());
    std::filesystem::remove(bench.media / unreadable.file);
    REQUIRE(write_file_durably(bench.media / unreadable.file, unreadable.bytes));
    bench.upstream.media.own_file_fails = true; // from now on only while it is sent
    bench.now_ms += sync::ClipLedger::kRestMs;
    CHECK(bench.run_dry() == 1);
    bench.upstream.media.own_file_fails = false;
    bench.now_ms += sync::ClipLedger::kRestMs;
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{good.bytes, unreadable.bytes});
}

TEST_CASE("F09: a clock that is set back an hour, a day or a year while a clip rests does not stop it") {
    for (const std::int64_t back : {3'600'000LL, 86'400'000LL, 365LL * 86'400'000}) {
        ClipBench bench;
        bench.now_ms = 1'800'000'000'000;
        const auto clip = bench.add(1'000);
        bench.upstream.media.confirm_other = true;
        CHECK(bench.run_dry() == 3);
        CHECK(bench.confirmed().empty());
        bench.upstream.media.confirm_other = false;
        bench.now_ms -= back;
        CHECK(bench.run_dry() == 0);
        CHECK(bench.confirmed() == std::vector<Sha256>{bench.digest(clip)});
    }
}

TEST_CASE(
    "clips: one that the registry will never take is reported, and the next ones go on; ordered, it is tried anew") {
    ClipBench bench;
    const auto unwanted = bench.add(10);
    bench.upstream.media.refusals = {409};
    CHECK(bench.run_dry() == 1);
    const auto good = bench.add(20);
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{good.bytes});
    for (std::int64_t passed = 0; passed <= kDayMs; passed += sync::ClipLedger::kRestMs) {
        CHECK(bench.state.unreported(10).value().empty()); // it may be a proxy's word
        bench.upstream.media.refusals = {409};
        bench.now_ms += sync::ClipLedger::kRestMs;
        CHECK(bench.run_dry() <= 1);
    }
    CHECK(bench.state.unreported(10).value().front().outcome == "clip_refused");
    CHECK(bench.uplink->waiting() == 0);
    REQUIRE(sync::ClipLedger(bench.state.database()).ask_for(unwanted.id, bench.policy));
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole.back() == unwanted.bytes);
}

TEST_CASE("clips: what a proxy refuses for a day is not given up") {
    ClipBench bench;
    const auto first = bench.add(10), second = bench.add(20);
    for (std::int64_t passed = 0; passed <= kDayMs; passed += sync::ClipLedger::kRestMs) {
        bench.upstream.media.refusals = {400, 400};
        CHECK(bench.run_dry() == 2);
        CHECK(bench.uplink->waiting() == 2);
        bench.now_ms += sync::ClipLedger::kRestMs;
    }
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{first.bytes, second.bytes});
}

TEST_CASE("clips: one that fails does not stand before those that did not yet") {
    ClipBench bench;
    const auto bad = bench.add(10);
    bench.upstream.media.refusals = {409};
    CHECK(bench.run_dry() == 1);
    const auto good = bench.add(20);
    bench.now_ms += sync::ClipLedger::kRestMs; // both may go
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{good.bytes, bad.bytes});
}

TEST_CASE("F31: a file name that leads out of the media folder is no clip") {
    ClipBench bench;
    for (const char *name : {"../secret", "/etc/passwd", "a/b.mp4", "..", ".hidden", ""}) {
        record::ClipSaved saved;
        saved.clip = MediaId(Uuid::v4().str());
        saved.file = name;
        saved.sha256 = hex(sha256({}));
        bench.journal.append(record::EventKind::clip_saved, record::to_json(saved));
    }
    bench.acknowledge_all();
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.requests.empty());
}

TEST_CASE("clips: without consent none leaves; with it those of before leave too; withdrawn, no more do") {
    ClipBench bench;
    bench.policy.upload = clips::ClipUpload::consented;
    bench.restart();
    const auto of_a = bench.add(10, "p-a"), of_stranger = bench.add(11);
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.requests.empty());
    CHECK(bench.uplink->withheld() == 2);
    bench.consent("p-a", true);
    const auto of_b = bench.add(12, "p-b");
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{of_a.bytes});
    bench.consent("p-a", false);
    bench.add(13, "p-a");
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole.size() == 1);
    CHECK(bench.uplink->withheld() == 3);
}

TEST_CASE("clips: thousands that may not leave are set aside in parts, each kept, and one behind them leaves") {
    ClipBench bench;
    bench.policy.upload = clips::ClipUpload::consented;
    bench.restart();
    constexpr int kOfStrangers = 2'300;
    for (int i = 0; i < kOfStrangers; ++i) {
        record::ClipSaved saved;
        saved.clip = MediaId(Uuid::v4().str());
        saved.file = saved.clip.str() + ".mp4";
        saved.sha256 = hex(sha256(as_bytes(saved.file)));
        bench.journal.append(record::EventKind::clip_saved, record::to_json(saved));
    }
    bench.consent("p-a", true);
    const auto of_a = bench.add(10, "p-a");
    while (bench.uplink->read_journal()) {
    }
    for (int restart = 0; restart < 2; ++restart) { // each life looks at all again
        REQUIRE(test::run(bench.uplink->step()).value() == sync::ClipUplink::Step::moved);
        CHECK(bench.uplink->withheld() == static_cast<std::int64_t>(sync::ClipLedger::kMostSetAside));
        bench.restart();
    }
    CHECK(bench.run_dry() == 0);
    CHECK(bench.uplink->withheld() == kOfStrangers);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{of_a.bytes});
}

TEST_CASE("clips: of a confidential class none leaves, whatever the policy; `never` means none") {
    ClipBench bench;
    bench.policy.confidential.insert(ClassId("c-secret"));
    bench.restart();
    bench.consent("p-a", true);
    bench.add(10, "p-a", "c-secret");
    const auto open = bench.add(11, "p-a", "c-open");
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{open.bytes});
    bench.policy = {clips::ClipUpload::never, {}};
    bench.restart();
    bench.add(12, "p-a", "c-open");
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole.size() == 1);
}

TEST_CASE("clips: none leaves of a class that the roster calls confidential") {
    ClipBench bench;
    bench.consent("p-a", true);
    auto roster = *test::make_classroom();
    roster.classes.front().confidential_document = "3";
    REQUIRE(bench.state.note_confidential(roster));
    bench.add(10, "p-a", "c-1");
    const auto open = bench.add(11, "p-a", "c-open");
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{open.bytes});
}

TEST_CASE("clips: acked.json names a bounded number; as terminald deletes files the next ones follow") {
    ClipBench bench;
    std::vector<ClipBench::Clip> clips;
    for (std::size_t i = 0; i < acked::kMaxMedia + 3; ++i) {
        clips.push_back(bench.add(8));
    }
    CHECK(bench.run_dry(2'000) == 0);
    CHECK(bench.confirmed().size() == acked::kMaxMedia);
    CHECK(bench.confirmed().front() == bench.digest(clips.front()));
    std::filesystem::remove(bench.media / clips[0].file);
    std::filesystem::remove(bench.media / clips[1].file);
    bench.now_ms += 60'000;
    CHECK(bench.run_dry() == 0);
    CHECK(bench.confirmed().size() == acked::kMaxMedia);
    CHECK(bench.confirmed().front() == bench.digest(clips[2]));
    CHECK(bench.confirmed().back() == bench.digest(clips[acked::kMaxMedia + 1]));
}

TEST_CASE("clips: when terminald has deleted a delivered one nothing of it stays") {
    ClipBench bench;
    const auto first = bench.add(8, "p-a", "c-1"), second = bench.add(9, "p-b", "c-1");
    CHECK(bench.run_dry() == 0);
    std::filesystem::remove(bench.media / first.file);
    bench.now_ms += 60'000;
    CHECK(bench.run_dry() == 0);
    CHECK(bench.clips_in("clip") == std::vector{second.id.str()});
    CHECK(bench.clips_in("clip_subject") == std::vector{second.id.str()});
}

TEST_CASE("clips: one that terminald deleted undelivered is neither counted nor missed, whoever agrees afterwards") {
    ClipBench bench;
    bench.policy.upload = clips::ClipUpload::consented;
    bench.restart();
    const auto expired = bench.add(8, "p-a", "c-1"), kept = bench.add(9, "p-a", "c-1");
    CHECK(bench.run_dry() == 0);
    CHECK(bench.uplink->withheld() == 2);
    bench.expire(expired);
    SUBCASE("as the uplink sees it") {
        CHECK(bench.run_dry() == 0);
        CHECK(bench.uplink->withheld() == 1);
    }
    SUBCASE("as one that was not running finds it") {
        bench.restart();
    }
    bench.consent("p-a", true);
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole == std::vector{kept.bytes});
    CHECK(bench.state.quarantined() == 0);
    CHECK(bench.clips_in("clip") == std::vector{kept.id.str()});
    CHECK(bench.clips_in("clip_subject") == std::vector{kept.id.str()});
}

TEST_CASE("F05: the clips of a former chain are delivered too, once their events are acknowledged") {
    ClipBench bench;
    const auto first = bench.add(10);
    CHECK(bench.run_dry() == 0);
    const auto before = bench.source.events.size();
    const auto second = bench.add(20);
    bench.source.begin_chain();
    REQUIRE(bench.source.former.front().events.size() == before + 1);
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole == std::vector<std::string>{first.bytes, second.bytes});
}

TEST_CASE("clips: consent withdrawn in a later chain holds, although the former chain's consent comes in after it") {
    ClipBench bench;
    bench.policy.upload = clips::ClipUpload::consented;
    bench.restart();
    bench.source.begin_chain();
    test::EventChain later;
    bench.source.about.chain = later.chain();
    record::Consent consent;
    consent.person = PersonId("p-a");
    consent.purpose = "clips_leave_device";
    bool given = false;
    SUBCASE("withdrawn") {}
    SUBCASE("given") {
        given = true;
    }
    consent.given = given;
    later.append(record::EventKind::consent, record::to_json(consent));
    bench.source.events = later.events();
    bench.acknowledge(later);
    CHECK(bench.run_dry() == 0);
    consent.given = !given;
    bench.journal.append(record::EventKind::consent, record::to_json(consent));
    bench.add(10, "p-a");
    bench.source.former.front().events = bench.journal.events();
    bench.source.events = later.events();
    CHECK(bench.run_dry() == 0);
    CHECK(bench.upstream.media.whole.size() == (given ? 1 : 0));
}
