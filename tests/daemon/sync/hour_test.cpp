// How often the registry is asked in an hour of trouble: by a time that the test moves.
#include <doctest/doctest.h>

#include <fstream>

#include "daemon/sync/sync.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/core/roster/roster.hpp"
#include "tests/daemon/sync/bench.hpp"
#include "tests/daemon/sync/journal_bench.hpp"
#include "tests/support/borrowed_upstream.hpp"
#include "tests/support/fake_time.hpp"

using namespace xueshi;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMostAnHour = 120; ///< by all loops together: two a minute

/// Of clips alone.
struct MediaTrouble {
    bool create = false, send = false; ///< what is refused
    upstream::Refusal refusal;
    std::size_t requests = 0; ///< about clips
};

/// Counts every request, and may refuse each.
class TroubledUpstream final : public upstream::Upstream {
public:
    TroubledUpstream(upstream::Upstream &good, std::optional<upstream::Refusal> &trouble, MediaTrouble &media_trouble,
                     std::size_t &requests)
        : good_(good), trouble_(trouble), media_trouble_(media_trouble), requests_(requests) {}
    boost::asio::awaitable<upstream::Answer<wire::ClaimAnswer>> claim(wire::ClaimRequest request) override {
        return in_trouble() ? refuse<wire::ClaimAnswer>() : good_.claim(std::move(request));
    }
    boost::asio::awaitable<upstream::Answer<wire::BatchAnswer>> send_events(const wire::EventBatch &batch) override {
        return in_trouble() ? refuse<wire::BatchAnswer>() : good_.send_events(batch);
    }
    boost::asio::awaitable<upstream::Answer<std::vector<identity::SignedDocument>>>
    wait_for_commands(std::int64_t after, std::chrono::seconds wait) override {
        return in_trouble() ? refuse<std::vector<identity::SignedDocument>>() : good_.wait_for_commands(after, wait);
    }
    boost::asio::awaitable<upstream::Answer<RosterAnswer>> fetch_roster(std::string etag) override {
        return in_trouble() ? refuse<RosterAnswer>() : good_.fetch_roster(std::move(etag));
    }
    boost::asio::awaitable<upstream::Answer<UploadPosition>> create_upload(wire::ClipAnnouncement clip) override {
        return media_in_trouble(media_trouble_.create) ? refuse_media() : good_.create_upload(std::move(clip));
    }
    boost::asio::awaitable<upstream::Answer<UploadPosition>> upload_position(std::string upload) override {
        return media_in_trouble(false) ? refuse_media() : good_.upload_position(std::move(upload));
    }
    boost::asio::awaitable<upstream::Answer<UploadPosition>> send_piece(std::string upload, Piece piece) override {
        return media_in_trouble(media_trouble_.send) ? refuse_media()
                                                     : good_.send_piece(std::move(upload), std::move(piece));
    }
    void limit_sending(std::int64_t) override {}

private:
    bool in_trouble() {
        ++requests_;
        return trouble_.has_value();
    }
    bool media_in_trouble(bool refused) {
        ++media_trouble_.requests;
        return in_trouble() || refused;
    }
    boost::asio::awaitable<upstream::Answer<UploadPosition>> refuse_media() {
        co_return tl::unexpected<upstream::Refusal>(trouble_ ? *trouble_ : media_trouble_.refusal);
    }
    template <typename T>
    boost::asio::awaitable<upstream::Answer<T>> refuse() {
        co_return tl::unexpected<upstream::Refusal>(*trouble_);
    }
    upstream::Upstream &good_;
    std::optional<upstream::Refusal> &trouble_;
    MediaTrouble &media_trouble_;
    std::size_t &requests_;
};

/// A claimed device with events to deliver, and the whole daemon.
struct Hour {
    test::JournalBench journal;
    test::TemporaryDirectory directory;
    test::FakeClock clock;
    test::FakeTerminal terminal;
    std::unique_ptr<identity::Signer> registry_signer =
        identity::open_or_create_signer(directory / "registry.key").value();
    DeviceId device = identity::device_id(identity::PublicKey::from_pem(journal.signer->public_key_pem()).value());
    test::FakeUpstream upstream{*registry_signer, device};
    std::optional<upstream::Refusal> trouble;
    MediaTrouble media_trouble;
    std::size_t requests = 0;
    boost::asio::io_context io;
    test::FakeTime time{io, clock};
    std::unique_ptr<sync::Sync> sync;

    Hour() {
        journal.open();
        std::ofstream(directory / "ca.pem") << "first ca";
        upstream.grant();
        terminal.answer = [this](const std::string &, const json::Object &) -> Expected<json::Object> {
            return json::Object{{"signing_key_pem", journal.signer->public_key_pem()},
                                {"suite", 1},
                                {"key_level", "file"},
                                {"chain", journal.writer->description().chain.str()},
                                {"proof", base64(Bytes{1})}};
        };
        sync::Sync::Options options;
        options.directory = directory / "sync";
        options.journal = journal.path;
        options.claim.ca_file = directory / "ca.pem";
        options.pauses = time.pauses();
        options.media = directory / "media";
        options.clips.upload = clips::ClipUpload::all;
        std::filesystem::create_directories(options.media);
        const auto connect = [this](const sync::Trust &) -> Expected<std::unique_ptr<upstream::Upstream>> {
            return std::make_unique<TroubledUpstream>(upstream, trouble, media_trouble, requests);
        };
        sync = sync::Sync::open(io, clock, terminal, connect, std::move(options)).value();
        sync->start([](const Error &error) { FAIL(error.message); });
    }
    /// Claims and delivers what there is.
    void begin() {
        journal.append(5);
        time.pass(10s);
        REQUIRE(delivered() == 5);
    }
    void add_clips(int count) {
        for (; count > 0; --count) {
            record::ClipSaved saved;
            saved.clip = MediaId(Uuid::v4().str());
            saved.file = saved.clip.str() + ".mp4";
            saved.bytes = 1'000;
            const std::string bytes(1'000, 'x');
            saved.sha256 = hex(sha256(as_bytes(bytes)));
            std::ofstream(directory / "media" / saved.file) << bytes;
            journal.append(record::EventKind::clip_saved, record::to_json(saved));
        }
    }
    std::size_t delivered() const {
        return upstream.chains.empty() ? 0 : upstream.chains.begin()->second.events.size();
    }
    std::size_t requests_in(std::chrono::minutes span) {
        requests = 0;
        time.pass(span);
        return requests;
    }
};

} // namespace

TEST_CASE("F15: in every failing mode the registry is asked at most twice a minute, and gets everything afterwards") {
    using test::FakeUpstream;
    const std::vector<std::pair<std::string, upstream::Refusal>> modes{
        {"nobody answers", FakeUpstream::refusal_of(0, ErrorCode::unavailable)},
        {"answers come too late", FakeUpstream::refusal_of(0, ErrorCode::timeout)},
        {"the certificate cannot be trusted", FakeUpstream::refusal_of(0, ErrorCode::denied)},
        {"out of order", FakeUpstream::refusal_of(500, ErrorCode::io)},
        {"away for a while", FakeUpstream::refusal_of(503, ErrorCode::unavailable)},
        {"away for a time it says", FakeUpstream::refusal_of(503, ErrorCode::unavailable, 600)},
        {"too many", FakeUpstream::refusal_of(429, ErrorCode::unavailable)},
        {"full", FakeUpstream::refusal_of(507, ErrorCode::no_space)},
        {"no certificate", FakeUpstream::refusal_of(401, ErrorCode::denied)},
        {"revoked", FakeUpstream::refusal_of(403, ErrorCode::denied)},
        {"not found", FakeUpstream::refusal_of(404, ErrorCode::not_found)},
        {"unreadable", FakeUpstream::refusal_of(200, ErrorCode::corrupt)},
    };
    for (const auto &[name, refusal] : modes) {
        CAPTURE(name);
        Hour hour;
        hour.begin();
        hour.journal.append(3);
        hour.trouble = refusal;
        const auto requests = hour.requests_in(60min);
        CHECK(requests >= 3);
        CHECK(requests <= kMostAnHour);
        hour.trouble.reset();
        hour.time.pass(15min); // the longest pause, and what it asked for
        CHECK(hour.delivered() == 8);
    }
}

TEST_CASE(
    "F15: clips that alone are refused, in whatever way, cost at most two requests a minute, and all arrive later") {
    constexpr int kClips = 30;
    using test::FakeUpstream;
    for (const unsigned status : {400U, 404U, 413U, 422U, 460U, 503U}) {
        for (const bool create : {true, false}) {
            CAPTURE(status);
            CAPTURE(create);
            Hour hour;
            hour.begin();
            hour.media_trouble.create = create;
            hour.media_trouble.send = !create;
            hour.media_trouble.refusal = FakeUpstream::refusal_of(status, ErrorCode::unavailable);
            hour.add_clips(kClips);
            hour.time.pass(60min);
            CHECK(hour.media_trouble.requests >= 3);
            CHECK(hour.media_trouble.requests <= kMostAnHour);
            CHECK(hour.delivered() == 5 + kClips); // the events
            hour.media_trouble.create = hour.media_trouble.send = false;
            hour.time.pass(30min); // the longest pause and rest
            CHECK(hour.upstream.media.whole.size() == kClips);
        }
    }
}

TEST_CASE("F15: a registry that is away is asked by one for all: as rarely as its pauses, whatever waits") {
    Hour hour;
    hour.begin();
    hour.trouble = test::FakeUpstream::refusal_of(0, ErrorCode::unavailable);
    hour.time.pass(60min);
    CHECK(hour.requests_in(60min) <= 24); // at least half of five minutes between two
}

TEST_CASE("F15: a registry whose word cannot be trusted is not asked in a hot loop either") {
    Hour hour;
    hour.begin();
    hour.upstream.forge_head = true;
    hour.journal.append(3);
    CHECK(hour.requests_in(60min) <= 3 * kMostAnHour); // rosters and commands go on as ever
    hour.upstream.forge_head = false;
    hour.time.pass(10min);
    CHECK(hour.delivered() == 8);
}

TEST_CASE("sync: with nothing to do the registry is asked for a roster a minute, and not oftener for commands than it "
          "may make them wait") {
    Hour hour;
    hour.begin();
    CHECK(hour.requests_in(60min) <= 60 + 120 + 1);
}

TEST_CASE("sync: a device that is not claimed yet asks no oftener either when the registry is away") {
    Hour hour;
    hour.trouble = test::FakeUpstream::refusal_of(0, ErrorCode::unavailable);
    CHECK(hour.requests_in(60min) <= kMostAnHour);
    hour.trouble.reset();
    hour.journal.append(5);
    hour.time.pass(10min);
    CHECK(hour.delivered() == 5);
}
