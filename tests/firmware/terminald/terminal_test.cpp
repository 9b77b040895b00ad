#include "firmware/terminald/terminal.hpp"

#include <algorithm>
#include <chrono>

#include "firmware/core/identity/command.hpp"
#include "firmware/core/identity/nonce.hpp"
#include "firmware/core/record/command_bodies.hpp"
#include "tests/firmware/terminald/bare_terminal.hpp"
#include "tests/support/faulty_vfs.hpp"
#include "tests/support/hidden_file.hpp"
#include "tests/support/small_disk.hpp"

using namespace xueshi;
using namespace xueshi::terminald;

using test::BareTerminal;

namespace {

/// Its data lie on a disk that a test fills; the socket, as on a board, does not.
struct TerminalOnSmallDisk : BareTerminal {
    TerminalOnSmallDisk() : BareTerminal(false) {
        if (disk.there()) {
            start();
        }
    }
    Settings settings() const override {
        auto made = BareTerminal::settings();
        made.state_directory = disk / "terminal";
        made.sync_directory = disk / "sync";
        made.clip.media_directory = disk / "terminal/media";
        return made;
    }

    /// To the last byte of what the journal holds for itself.
    void use_up() const {
        disk.fill("video.mp4");
        const auto signer = identity::open_or_create_signer(disk / "terminal/signing.key").value();
        const auto writer = journal::JournalWriter::open(disk / "terminal/journal.db", *signer).value();
        record::EventDraft draft;
        draft.kind = record::EventKind::tamper;
        draft.data = {{"what", "case"}};
        Expected<record::Sequence> last = 0;
        while (last) {
            draft.at = make_system_clock(TimeSource::host)->now();
            draft.id = Uuid::v7(draft.at.wall_ms);
            last = writer->append(draft);
        }
        REQUIRE(last.error().code == ErrorCode::no_space);
    }
    record::Sequence head() const {
        return journal::JournalReader::open(disk / "terminal/journal.db").value().head().value().seq;
    }

    const test::SmallDisk disk{12}; ///< too small for any reserve of the journal
};

} // namespace

TEST_CASE_FIXTURE(BareTerminal, "terminald: start and clean stop are in the journal, and it starts again on it") {
    const auto first_device = device();
    stop();
    auto kinds = events();
    REQUIRE(kinds.size() == 2);
    CHECK(kinds[0].kind == "boot");
    CHECK(kinds[1].kind == "shutdown");
    const auto head = hex(kinds[1].hash);
    start();
    CHECK(device() == first_device);
    const auto boot = record::read_body(events().back());
    REQUIRE(boot);
    CHECK(boot->data.at("previous_head").as_string() == head);
}

TEST_CASE_FIXTURE(BareTerminal, "terminald: without camera, reader and models it answers and says what is missing") {
    const auto status = terminal->status();
    CHECK(status.at("face_model").as_string().empty());
    CHECK(std::string(status.at("face_error").as_string()).find("models manifest") != std::string::npos);
    CHECK_FALSE(status.at("camera").as_object().at("running").as_bool());
    CHECK_FALSE(status.at("reader").as_object().at("wanted").as_bool());
    CHECK(status.at("checkin").as_object().at("guidance").as_string() == "no_roster");
    CHECK(status.at("seq").as_int64() == 1);
}

TEST_CASE_FIXTURE(BareTerminal, "F10: a terminal that cannot tell one boot from another does not start, and says why") {
    const test::HiddenFile hidden("/proc/sys/kernel/random/boot_id");
    if (!hidden.done()) {
        MESSAGE("skipped: this process may not hide a file");
        return;
    }
    stop();
    const auto created = terminald::Terminal::create(context, settings());
    REQUIRE_FALSE(created);
    CHECK(created.error().message.find("boot_id") != std::string::npos);
}

TEST_CASE_FIXTURE(TerminalOnSmallDisk,
                  "F03: a terminal that is started on a full disk comes up, and records its start when there is room") {
    if (!disk.there()) {
        MESSAGE("skipped: this process may not mount a small disk");
        return;
    }
    stop();
    use_up();
    const auto before = head();
    start();
    CHECK(terminal->status().at("seq").as_int64() == before);

    std::filesystem::remove(disk / "video.mp4");
    for (int i = 0; i < 600 && head() == before; ++i) {
        context.run_one_for(std::chrono::milliseconds(50));
    }
    auto reader = journal::JournalReader::open(disk / "terminal/journal.db").value();
    const auto recorded = reader.read(before, 1).value();
    REQUIRE(recorded.size() == 1);
    CHECK(recorded.front().kind == "boot");
}

TEST_CASE_FIXTURE(BareTerminal, "terminald: a roster that is renamed into place is loaded by itself") {
    CHECK_FALSE(terminal->reload_roster());
    registry.pin(directory / "sync");
    registry.publish(directory / "sync", device(), 5);
    for (int i = 0; i < 600 && terminal->status().at("roster_classes").to_number<int>() == 0; ++i) {
        context.run_one_for(std::chrono::milliseconds(50));
    }
    CHECK(terminal->status().at("roster_classes").to_number<int>() == 1);
    CHECK(terminal->status().at("checkin").as_object().at("guidance").as_string() == "ready");

    registry.publish(directory / "sync", DeviceId("d-else"), 6);
    CHECK_FALSE(terminal->reload_roster());
    CHECK(terminal->status().at("roster_classes").to_number<int>() == 1); // the old one stays
}

TEST_CASE_FIXTURE(BareTerminal,
                  "terminald: the proof of possession holds for the key that the device's id comes from") {
    const std::string pem = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n";
    const auto answer = terminal->prove_possession(pem);
    REQUIRE(answer);
    const auto key = identity::PublicKey::from_pem(std::string(answer->at("signing_key_pem").as_string()));
    REQUIRE(key);
    CHECK(identity::device_id(*key) == device());
    const auto proof = parse_base64(std::string_view(answer->at("proof").as_string()));
    REQUIRE(proof);
    CHECK(key->verify(as_bytes("xueshi-claim-v1\n" + pem), *proof));
    CHECK_FALSE(key->verify(as_bytes("xueshi-receipt-v1\n" + pem), *proof));
}

TEST_CASE_FIXTURE(BareTerminal, "terminald: the registry's signed time is put into the chain at most once a minute") {
    const auto nonce = [&](const identity::Signer &signer, const DeviceId &device) {
        identity::Nonce nonce;
        nonce.device = device;
        nonce.number = "00112233445566778899aabbccddeeff";
        nonce.wall_ms = 1'700'000'000'000;
        return identity::nonce_data(identity::sign_nonce(signer, nonce).value());
    };
    const auto &by = registry.signer();
    CHECK(terminal->note_nonce(nonce(by, device())).error().code == ErrorCode::not_found); // no key is pinned yet
    registry.pin(directory / "sync");
    CHECK(terminal->note_nonce(nonce(by, DeviceId("d-else"))).error().code == ErrorCode::denied);
    const auto stranger = identity::open_or_create_signer(directory / "stranger.key").value();
    CHECK(terminal->note_nonce(nonce(*stranger, device())).error().code == ErrorCode::denied);
    CHECK(terminal->note_nonce({{"payload", "{}"}}).error().code == ErrorCode::invalid_argument);
    const auto seq = terminal->note_nonce(nonce(by, device()));
    REQUIRE(seq);
    CHECK(events().back().seq == *seq);
    CHECK(events().back().kind == "nonce");
    CHECK(terminal->note_nonce(nonce(by, device())) == 0);
    CHECK(events().back().seq == *seq);
}

TEST_CASE_FIXTURE(BareTerminal,
                  "F25: a terminal obeys its own registry only, and each command once, also after a restart") {
    identity::Command command;
    const auto now_ms = make_system_clock(TimeSource::host)->now().wall_ms;
    command.id = Uuid::v7(now_ms);
    command.device = device();
    command.number = 1;
    command.kind = "reverify";
    command.arguments = {{"people", json::Array{"p-1"}}};
    command.issued_ms = now_ms;
    command.expires_ms = now_ms + 3'600'000;
    const auto signed_by = [&](const identity::Signer &signer) {
        return identity::document_fields(identity::sign_command(signer, command).value());
    };
    const auto kinds = [this] {
        std::vector<std::string> all;
        for (const auto &event : events()) {
            all.push_back(event.kind);
        }
        return all;
    };
    CHECK(terminal->take_command(signed_by(registry.signer())).error().code == ErrorCode::not_found); // no key yet
    registry.pin(directory / "sync");
    const auto stranger = identity::open_or_create_signer(directory / "stranger.key").value();
    CHECK(terminal->take_command(signed_by(*stranger)).error().code == ErrorCode::denied);
    command.device = DeviceId("d-else");
    CHECK(terminal->take_command(signed_by(registry.signer())).error().code == ErrorCode::denied);
    command.device = device();
    CHECK(terminal->take_command({{"payload", "{}"}}).error().code == ErrorCode::invalid_argument);
    CHECK(kinds() == std::vector<std::string>{"boot"});
    CHECK(terminal->take_command(signed_by(registry.signer()))->at("state") == "settled");
    stop();
    start();
    CHECK(terminal->take_command(signed_by(registry.signer()))->at("state") == "settled");
    CHECK(kinds() == std::vector<std::string>{"boot", "command", "command_result", "shutdown", "boot"});
    const auto asked = [this] { return terminal->status().at("checkin").as_object().contains("asked"); };
    for (int i = 0; i < 600 && !asked(); ++i) {
        context.run_one_for(std::chrono::milliseconds(50));
    }
    CHECK(asked()); // after the restart too
}

TEST_CASE_FIXTURE(BareTerminal, "terminald: no picture is taken to order while a confidential class is in the room") {
    registry.pin(directory / "sync");
    const auto now_ms = test::wall_ms();
    const auto outcome_of_order = [&](std::int64_t number) {
        identity::Command command;
        command.id = Uuid::v7(now_ms + number);
        command.device = device();
        command.number = number;
        command.kind = "take_picture";
        command.issued_ms = now_ms;
        command.expires_ms = now_ms + 3'600'000;
        const auto document = identity::sign_command(registry.signer(), command).value();
        REQUIRE(terminal->take_command(identity::document_fields(document)));
        const auto result = record::read_body(events().back()).value();
        REQUIRE(result.kind == "command_result");
        return record::command_result_from_json(result.data).value();
    };
    registry.publish(directory / "sync", device(), 5, now_ms - test::FakeClock::kStartMs, "3");
    REQUIRE(terminal->reload_roster());
    const auto refused = outcome_of_order(1);
    CHECK(refused.outcome == record::CommandOutcome::refused);
    CHECK(refused.reason.find("confidential") != std::string::npos);
    registry.publish(directory / "sync", device(), 6, now_ms - test::FakeClock::kStartMs);
    REQUIRE(terminal->reload_roster());
    CHECK(outcome_of_order(2).outcome == record::CommandOutcome::failed); // there is no camera
}

TEST_CASE_FIXTURE(BareTerminal, "terminald: what the registry rejected is a fact of the chain") {
    const auto seq = terminal->note_sync_rejection({{"rejected_seq", 1}, {"outcome", "invalid"}, {"reason", "why"}});
    REQUIRE(seq);
    CHECK(events().back().seq == *seq);
    CHECK(events().back().kind == "sync_rejection");
}

TEST_CASE_FIXTURE(BareTerminal,
                  "terminald: lessons that ended while nobody looked are closed once, also after a restart") {
    registry.pin(directory / "sync");
    const auto long_over = std::chrono::duration_cast<std::chrono::milliseconds>(
                               std::chrono::system_clock::now().time_since_epoch() - std::chrono::days(7))
                               .count();
    registry.publish(directory / "sync", device(), 5, long_over - test::FakeClock::kStartMs);
    const auto closed = [this] {
        const auto all = events();
        return std::count_if(all.begin(), all.end(), [](const auto &event) { return event.kind == "lesson_closed"; });
    };
    for (int i = 0; i < 600 && closed() < 2; ++i) {
        context.run_one_for(std::chrono::milliseconds(50));
    }
    CHECK(closed() == 2);
    stop();
    start();
    context.run_for(std::chrono::milliseconds(1'300)); // lessons are looked at every second
    CHECK(closed() == 2);
}

namespace {

/// A gallery that an older copy took the place of, with a face and a finger of one person.
class RestoredGallery : public BareTerminal {
public:
    RestoredGallery() {
        stop();
        gallery::StoredTemplate stored;
        stored.model = "m";
        stored.bytes = Bytes(600, 7);
        REQUIRE(open()->replace(kPerson, "face", "", {stored}));
        REQUIRE(open()->replace(kPerson, "finger", "right_index", {stored}));
    }
    std::unique_ptr<gallery::Gallery> open() const {
        auto elsewhere = []() -> Expected<gallery::Position> { return gallery::Position{ChainId("c-elsewhere"), 3}; };
        return gallery::Gallery::open(directory / "terminal/gallery.db", key_, own_, elsewhere).value();
    }
    std::size_t templates() const {
        const auto opened = open();
        return opened->load("face", "m").value().size() + opened->load("finger", "m").value().size();
    }
    std::vector<std::string> kinds() const {
        std::vector<std::string> kinds;
        for (const auto &event : events()) {
            kinds.push_back(event.kind);
        }
        return kinds;
    }

private:
    static inline const PersonId kPerson{"p-anna"};
    DeviceId own_ = device();
    identity::SealingKey key_ = identity::open_or_create_sealing_key(directory / "terminal/sealing.key").value();
};

} // namespace

TEST_CASE_FIXTURE(RestoredGallery, "F35: templates that came back are erased at the start, and the journal says so") {
    CHECK(templates() == 2);
    start();
    stop();
    CHECK(kinds() == std::vector<std::string>{"boot", "shutdown", "boot", "tamper", "erasure", "shutdown"});
    CHECK(templates() == 0);
    start();
    stop();
    CHECK(kinds().size() == 8); // and no second alarm
}

TEST_CASE_FIXTURE(RestoredGallery,
                  "F35: on a full disk none that came back is used, and they are erased when there is room") {
    test::FaultyVfs disk;
    disk.hook = [](test::FaultyVfs::Operation operation, std::string_view) {
        return operation == test::FaultyVfs::Operation::write ? SQLITE_FULL : SQLITE_OK;
    };
    start();
    CHECK(kinds().size() == 2);
    CHECK(terminal->status().at("enrolled_faces").as_int64() == 0);
    disk.hook = nullptr;
    for (int i = 0; i < 600 && (kinds().empty() || kinds().back() != "erasure"); ++i) {
        context.run_one_for(std::chrono::milliseconds(50));
    }
    stop();
    CHECK(kinds() ==
          std::vector<std::string>{"boot", "shutdown", "boot", "storage_gap", "tamper", "erasure", "shutdown"});
    CHECK(templates() == 0);
}

TEST_CASE_FIXTURE(RestoredGallery, "F35: none that came back is erased before the journal holds the alarm") {
    test::FaultyVfs disk;
    bool kept = false, erased = false;
    for (int good = 0; !erased && good < 100; ++good) { // the disk fails one write to the journal later each time
        int writes = 0;
        disk.hook = [&](test::FaultyVfs::Operation operation, std::string_view file) {
            const bool counts = operation == test::FaultyVfs::Operation::write && file.ends_with("journal.db-wal");
            return counts && ++writes > good ? SQLITE_IOERR_WRITE : SQLITE_OK;
        };
        if (auto created = Terminal::create(context, settings())) {
            (void)(*created)->start();
            (*created)->stop();
            context.run();
            context.restart();
        }
        disk.hook = nullptr;
        const auto journaled = kinds();
        const bool told = std::ranges::find(journaled, "tamper") != journaled.end();
        erased = templates() < 2;
        kept = kept || !erased;
        CHECK((told || !erased));
    }
    CHECK(kept);
    CHECK(erased);
}

TEST_CASE_FIXTURE(BareTerminal,
                  "F05: a terminal whose journal is damaged anywhere does not start, and says what to do") {
    for (int i = 0; i < 40; ++i) { // more than the writer looks at when it opens
        stop();
        start();
    }
    stop();
    {
        auto journal =
            sqlite::Database::open(directory / "terminal/journal.db", sqlite::Mode::read_write_create).value();
        REQUIRE(journal.execute("DROP TRIGGER event_never_changes; UPDATE event SET body = '{' WHERE seq = 3"));
    }
    const auto created = Terminal::create(context, settings());
    REQUIRE_FALSE(created);
    CHECK(created.error().code == ErrorCode::corrupt);
    CHECK(created.error().message.find("event 3") != std::string::npos);
    CHECK(created.error().message.find("xueshictl salvage") != std::string::npos);
}

TEST_CASE_FIXTURE(BareTerminal, "terminald: a second one on the same journal does not start") {
    boost::asio::io_context other;
    auto second = Terminal::create(other, settings());
    CHECK_FALSE(second);
}
