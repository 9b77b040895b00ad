#include "daemon/sync/sync.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "firmware/core/identity/nonce.hpp"
#include "firmware/core/identity/tls_identity.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/core/record/video_bodies.hpp"
#include "firmware/core/roster/roster.hpp"
#include "tests/daemon/sync/bench.hpp"
#include "tests/daemon/sync/journal_bench.hpp"
#include "tests/support/borrowed_upstream.hpp"
#include "tests/support/fake_archive.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/test_pki.hpp"

using namespace xueshi;
using namespace std::chrono_literals;

namespace {

struct Bench {
    test::JournalBench journal;
    test::TemporaryDirectory directory;
    test::FakeClock clock;
    test::FakeTerminal terminal;
    std::unique_ptr<identity::Signer> registry_signer =
        identity::open_or_create_signer(directory / "registry.key").value();
    identity::PublicKey device_key = identity::PublicKey::from_pem(journal.signer->public_key_pem()).value();
    DeviceId device = identity::device_id(device_key);
    test::FakeUpstream upstream{*registry_signer, device};
    int connections_with_certificate = 0;
    sync::LinkPolicy link;
    std::int64_t max_send_bytes_per_s = 0;
    std::function<Expected<std::unique_ptr<upstream::Archive>>()> archive;

    Bench() {
        journal.open();
        std::ofstream(directory / "ca.pem") << "first ca";
        upstream.grant();
        terminal.answer = [this](const std::string &, const json::Object &) -> Expected<json::Object> {
            json::Object out;
            out["signing_key_pem"] = journal.signer->public_key_pem();
            out["suite"] = 1;
            out["key_level"] = "file";
            out["chain"] = journal.writer->description().chain.str();
            out["proof"] = base64(Bytes{1});
            return out;
        };
    }

    sync::Sync::Options options() const {
        sync::Sync::Options out;
        out.directory = directory / "sync";
        out.journal = journal.path;
        out.claim.ca_file = directory / "ca.pem";
        out.link = link;
        out.max_send_bytes_per_s = max_send_bytes_per_s;
        out.archive = archive;
        out.media = directory / "media";
        out.poll = 20ms;
        out.roster_every = 20ms;
        out.nonce_every = 1h;
        out.first_backoff = 2ms;
        out.longest_backoff = 10ms;
        return out;
    }

    /// The daemon's life, from start to sudden death once `done` holds. False: it never held.
    template <typename Done>
    bool live_until(Done done) {
        boost::asio::io_context io;
        const auto connect = [this](const sync::Trust &trust) -> Expected<std::unique_ptr<upstream::Upstream>> {
            connections_with_certificate += trust.client_certificate.empty() ? 0 : 1;
            return std::make_unique<test::BorrowedUpstream>(upstream);
        };
        const auto sync = sync::Sync::open(io, clock, terminal, connect, options()).value();
        sync->start([](const Error &error) { FAIL(error.message); });
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!done() && std::chrono::steady_clock::now() < deadline) {
            io.run_one_for(5ms);
            clock.advance(5); // what waits for the registry waits by it
        }
        return done();
    }
    /// A lesson video of 1,000 bytes.
    void add_film() {
        const std::string bytes(1'000, 'x');
        std::filesystem::create_directories(directory / "media");
        REQUIRE(write_file_durably(directory / "media/film.mp4", bytes));
        record::LessonVideoSaved video;
        video.video = MediaId(Uuid::v4().str());
        video.file = "film.mp4";
        video.sha256 = hex(sha256(as_bytes(bytes)));
        video.bytes = std::ssize(bytes);
        video.duration_ms = 1'000;
        video.camera = "classroom";
        video.room = RoomId("r-1");
        video.lessons = {{ClassId("c-1"), LessonId("l-1")}};
        video.first = {1'788'200'000'000, 1};
        video.last = {1'788'200'001'000, 2};
        video.boot_id = "11111111-2222-4333-8444-555555555555";
        journal.append(record::EventKind::lesson_video_saved, record::to_json(video));
    }
    json::Object file(const std::string &name) const {
        const auto text = read_file(directory / ("sync/" + name), 1 << 20);
        return text ? json::parse(*text).value().as_object() : json::Object();
    }
    std::int64_t acked() const {
        const auto out = file("acked.json");
        return out.contains("seq") ? out.at("seq").as_int64() : 0;
    }
};

} // namespace

TEST_CASE("sync: claims, fetches the roster and delivers what is appended while it runs") {
    Bench bench;
    bench.journal.append(5);
    CHECK(bench.live_until([&] { return bench.acked() == 5 && bench.file("roster.json").contains("payload"); }));
    CHECK(bench.connections_with_certificate == 1);
    bool appended = false;
    CHECK(bench.live_until([&] {
        if (!appended && bench.upstream.roster_requests > 1) {
            bench.journal.append(3);
            appended = true;
        }
        return bench.acked() == 8;
    }));
    CHECK(bench.upstream.claims.size() == 1);
    CHECK(bench.live_until([&] {
        const auto status = bench.file("status.json");
        return status.contains("queue") && status.at("queue") == 0 && status.at("acked_seq") == 8 &&
               status.at("phase") == "delivering";
    }));
}

TEST_CASE("F15: a registry that is away, busy and back again gets every event once") {
    Bench bench;
    CHECK(bench.live_until([&] { return bench.file("roster.json").contains("payload"); }));
    bench.journal.append(20);
    bench.upstream.most_events = 4;
    for (const unsigned status : {0U, 503U, 429U, 500U, 0U, 502U, 503U}) {
        bench.upstream.refusals.push_back(test::FakeUpstream::refusal_of(status, ErrorCode::unavailable));
    }
    CHECK(bench.live_until([&] { return bench.acked() == 20; }));
    CHECK(bench.upstream.refusals.empty());
    CHECK(bench.upstream.chains.begin()->second.events.size() == 20);
}

TEST_CASE("F15: while the registry refuses, requests are as rare as the pauses, not as the appends") {
    Bench bench;
    CHECK(bench.live_until([&] { return bench.file("roster.json").contains("payload"); }));
    const auto refusal = test::FakeUpstream::refusal_of(503, ErrorCode::unavailable, 3'600);
    for (int i = 0; i < 100; ++i) {
        bench.upstream.refusals.push_back(refusal);
    }
    int looks = 0;
    bench.live_until([&] {
        bench.journal.append(1);
        return ++looks == 50;
    });
    CHECK(bench.upstream.batches.size() <= 1);
    CHECK(bench.upstream.refusals.size() >= 98); // one upload, one roster
}

TEST_CASE("F15: a registry that is away while nothing waits to be sent is seen in the status, and its return too") {
    Bench bench;
    const auto reachable = [&] {
        const auto status = bench.file("status.json");
        return status.contains("reachable") ? std::optional(status.at("reachable").as_bool()) : std::nullopt;
    };
    CHECK(bench.live_until([&] { return reachable() == true && bench.file("roster.json").contains("payload"); }));
    bench.upstream.refusals.push_back(test::FakeUpstream::refusal_of(0, ErrorCode::unavailable, 2));
    bool was_away = false;
    CHECK(bench.live_until([&] {
        was_away = was_away || reachable() == false;
        return was_away && reachable() == true;
    }));
    CHECK_FALSE(bench.file("status.json").contains("upload_error"));
}

TEST_CASE("sync: killed at any moment, it goes on where the receipts say") {
    Bench bench;
    bench.upstream.most_events = 3;
    for (int life = 1; life <= 25; ++life) {
        bench.journal.append(4);
        int looks = 0;
        bench.live_until([&] { return ++looks == life; });
    }
    CHECK(bench.live_until([&] { return bench.acked() == 100; }));
    CHECK(bench.upstream.chains.begin()->second.events.size() == 100);
}

TEST_CASE("sync: an operator's approval is waited for with the code in the status") {
    Bench bench;
    bench.upstream.claim_answers.clear();
    wire::ClaimAnswer waiting;
    waiting.code = "K7Q2-M9";
    bench.upstream.claim_answers.push_back(waiting);
    CHECK(bench.live_until([&] {
        const auto status = bench.file("status.json");
        return status.contains("claim_code") && status.at("claim_code") == "K7Q2-M9" &&
               status.at("phase") == "waiting_approval";
    }));
}

TEST_CASE("sync: clips that wait for their hours are counted while they wait") {
    Bench bench;
    bench.clock.set_wall(parse_time("2026-11-28T12:00:00+08:00").value());
    bench.link.clip_hours = {sync::parse_daily_span("22:00-23:00").value()};
    record::ClipSaved saved;
    saved.clip = MediaId(Uuid::v4().str());
    saved.file = "clip.mp4";
    saved.sha256 = hex(Sha256{});
    saved.bytes = 1;
    record::EventDraft draft;
    draft.id = Uuid::v7(1'700'000'000'000);
    draft.kind = record::EventKind::clip_saved;
    draft.at = bench.clock.now();
    draft.data = record::to_json(saved);
    REQUIRE(bench.journal.writer->append(draft));
    CHECK(bench.live_until([&] {
        const auto status = bench.file("status.json");
        return status.contains("clips") && status.at("clips") == 1 && status.at("clips_paused") == "hours";
    }));
    CHECK(bench.upstream.media.requests.empty());
}

TEST_CASE("sync: the registry's signed time is carried into the chain, once in its time; another's word is not") {
    Bench bench;
    int nonces = 0;
    const auto prove = bench.terminal.answer;
    bench.terminal.answer = [&](const std::string &verb, const json::Object &arguments) -> Expected<json::Object> {
        if (verb != "nonce") {
            return prove(verb, arguments);
        }
        ++nonces;
        CHECK(identity::nonce_from_data(arguments)->payload == bench.upstream.nonce->payload);
        return json::Object();
    };
    identity::Nonce nonce;
    nonce.device = bench.device;
    nonce.number = "00112233445566778899aabbccddeeff";
    nonce.wall_ms = 7;
    bench.upstream.nonce = identity::sign_nonce(*bench.journal.signer, nonce).value(); // not the registry's key
    CHECK(bench.live_until([&, looks = 0]() mutable { return bench.upstream.roster_requests > 3 && ++looks > 50; }));
    CHECK(nonces == 0);
    bench.upstream.nonce = identity::sign_nonce(*bench.registry_signer, nonce).value();
    CHECK(bench.live_until([&, after = 0]() mutable { return nonces > 0 && ++after > 50; }));
    CHECK(nonces == 1);
}

TEST_CASE("sync: a certificate is renewed before its end, with a new request, and new connections show it") {
    Bench bench;
    bench.clock.set_wall(make_system_clock(TimeSource::host)->now().wall_ms); // certificates are of the real one
    const test::TestPki pki;
    test::TestPki::Wish soon, late;
    soon.valid_until_s = 86'400;
    late.valid_until_s = 365 * 86'400;
    auto answer = bench.upstream.claim_answers.front();
    answer.certificate_pem = pki.issue(soon).certificate_pem;
    bench.upstream.claim_answers = {answer};
    answer.certificate_pem = pki.issue(late).certificate_pem;
    bench.upstream.claim_answers.push_back(answer);
    CHECK(bench.live_until([&] { return bench.upstream.new_credentials == 1; }));
    CHECK(read_file(bench.directory / "sync/client.crt", 1 << 20).value() == answer.certificate_pem);
    REQUIRE(bench.upstream.claims.size() == 2);
    CHECK(bench.upstream.claims[0].certificate_request_pem != bench.upstream.claims[1].certificate_request_pem);
    CHECK(bench.live_until([&, looks = 0]() mutable { return ++looks > 50; }));
    CHECK(bench.upstream.claims.size() == 2); // the new one is good for a long time
}

TEST_CASE("commands: a certificate that is ordered soon after another was made is made at once") {
    Bench bench;
    bench.clock.set_wall(make_system_clock(TimeSource::host)->now().wall_ms);
    const test::TestPki pki;
    test::TestPki::Wish soon, late;
    soon.valid_until_s = 86'400; // renewed before the first command is asked for
    late.valid_until_s = 365 * 86'400;
    auto answer = bench.upstream.claim_answers.front();
    answer.certificate_pem = pki.issue(soon).certificate_pem;
    bench.upstream.claim_answers = {answer};
    answer.certificate_pem = pki.issue(late).certificate_pem;
    bench.upstream.claim_answers.push_back(answer);
    const auto prove = bench.terminal.answer;
    bench.terminal.answer = [&](const std::string &verb, const json::Object &arguments) -> Expected<json::Object> {
        return verb == "command" ? json::Object{{"state", "for_sync"}} : prove(verb, arguments);
    };
    identity::Command command;
    command.id = Uuid::v7(1);
    command.device = bench.device;
    command.number = command.issued_ms = command.expires_ms = 1;
    command.kind = "rotate_certificate";
    command.ordered_by = "bureau";
    bench.upstream.commands = {identity::sign_command(*bench.registry_signer, command).value()};
    CHECK(bench.live_until([&] { return bench.upstream.new_credentials == 2; }));
    CHECK(bench.upstream.claims.size() == 3);
}

TEST_CASE("sync: a renewal whose answer was lost is the same request again in the next life") {
    Bench bench;
    REQUIRE(bench.live_until([&] { return bench.upstream.roster_requests > 0; }));
    const auto request = bench.directory / "sync/client.csr"; // begun, not answered
    const auto asked = identity::make_certificate_request(bench.directory / "sync/client.next.key", "again").value();
    REQUIRE(write_file_durably(request, asked));
    REQUIRE(write_file_durably(bench.directory / "sync/renewal", ""));
    CHECK(bench.live_until([&] { return bench.upstream.new_credentials == 1; }));
    REQUIRE(bench.upstream.claims.size() == 2);
    CHECK(bench.upstream.claims[1].certificate_request_pem == asked);
    CHECK(bench.upstream.claims[1].token.empty());
}

TEST_CASE("sync: hours that the registry ordered hold for lesson videos, in place of those configured") {
    Bench bench;
    bench.clock.set_wall(parse_time("2026-11-28T12:00:00+08:00").value());
    REQUIRE(bench.live_until([&] { return bench.acked() == 0 && bench.upstream.roster_requests > 0; }));
    record::SetPolicy policy;
    policy.film_hours = {"22:00-23:00"};
    REQUIRE(sync::State::open(bench.directory / "sync")->save_ordered_policy(policy));
    bench.archive = []() -> Expected<std::unique_ptr<upstream::Archive>> {
        return std::make_unique<test::FakeArchive>();
    };
    bench.add_film();
    CHECK(bench.live_until([&] {
        const auto status = bench.file("status.json");
        return status.contains("films_paused") && status.at("films_paused") != "" && status.at("films") == 1;
    }));
}

TEST_CASE("sync: a bandwidth cap holds for films and what goes to the registry together") {
    /// Notes what the registry's line may carry while a film is on its way.
    class Noting final : public upstream::Archive {
    public:
        Noting(Bench &bench, std::pair<std::int64_t, std::int64_t> &limits) : bench_(bench), limits_(limits) {}
        Result<void> put(Film film, std::int64_t max_bytes_per_s) override {
            limits_ = {max_bytes_per_s, bench_.upstream.most_bytes_per_s};
            return memory_.put(std::move(film), max_bytes_per_s);
        }
        Result<Sha256> digest(std::string name, std::int64_t bytes) override {
            return memory_.digest(std::move(name), bytes);
        }
        Result<void> put_text(std::string name, std::string text) override {
            return memory_.put_text(std::move(name), std::move(text));
        }
        void heed(const std::atomic<bool> &) override {}
        std::string describe() const override { return "noting"; }

    private:
        Bench &bench_;
        std::pair<std::int64_t, std::int64_t> &limits_;
        test::FakeArchive memory_;
    };
    Bench bench;
    std::pair<std::int64_t, std::int64_t> limits{-1, -1};
    bench.max_send_bytes_per_s = 1'001;
    bench.archive = [&]() -> Expected<std::unique_ptr<upstream::Archive>> {
        return std::make_unique<Noting>(bench, limits);
    };
    bench.add_film();
    CHECK(bench.live_until([&] { return limits.first > 0 && bench.upstream.most_bytes_per_s == 1'001; }));
    CHECK(limits == std::pair<std::int64_t, std::int64_t>{501, 501});
}
