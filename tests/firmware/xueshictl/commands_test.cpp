#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <utility>

#include "firmware/core/base/file.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "firmware/core/stick/export.hpp"
#include "firmware/xueshictl/claims.hpp"
#include "firmware/xueshictl/commands.hpp"
#include "firmware/xueshictl/consent.hpp"
#include "firmware/xueshictl/sync_status.hpp"
#include "tests/firmware/control/running_server.hpp"
#include "tests/support/acknowledged_journal.hpp"
#include "tests/support/fake_clock.hpp"

using namespace xueshi;
using namespace xueshi::xueshictl;
using Answer = boost::asio::awaitable<Expected<json::Object>>;

namespace {

/// Verbs that remember what they were asked.
class FakeTerminal {
public:
    FakeTerminal() {
        for (const auto *verb : {"status", "diagnostics", "enrol_face", "enrol_finger", "erase", "consent", "claim",
                                 "manual_punch", "accommodate"}) {
            running.server->add(verb, control::Access::everyone, [this, verb](control::Call call) -> Answer {
                asked.emplace_back(verb, call.arguments);
                if (answer_error) {
                    co_return fail(answer_error->code, answer_error->message);
                }
                co_return json::Object{{"samples", 1}, {"remarks", json::Array{"photograph 2: no face in it"}}};
            });
        }
        running.server->add("consent_texts", control::Access::everyone, [](control::Call) -> Answer {
            json::Array texts;
            for (const auto *purpose : {"face", "finger"}) {
                texts.push_back(json::Object{{"purpose", purpose},
                                             {"language", "zh-CN"},
                                             {"text", "同意"},
                                             {"text_hash", std::string(64, 'a')}});
            }
            json::Object answer{{"texts", std::move(texts)}};
            co_return answer;
        });
        running.run();
        places.socket = running.socket();
        places.sync = running.directory / "sync";
    }
    std::filesystem::path folder_of(const std::string &number, int photographs) const {
        const auto folder = running.directory / "photographs" / number;
        std::filesystem::create_directories(folder);
        for (int i = 0; i < photographs; ++i) {
            std::ofstream(folder / (std::to_string(i) + ".JPG")) << "picture";
        }
        std::ofstream(folder / "notes.txt") << "not a picture";
        return folder;
    }

    test::RunningServer running;
    Places places;
    std::optional<Error> answer_error;
    std::vector<std::pair<std::string, json::Object>> asked;
};

Places journal_with_events(const test::TemporaryDirectory &directory, int count) {
    Places places;
    places.state = directory.path();
    const auto signer = identity::open_or_create_signer(directory / "signing.key");
    REQUIRE(signer);
    const auto writer = journal::JournalWriter::open(directory / "journal.db", **signer);
    REQUIRE(writer);
    test::FakeClock clock;
    for (int i = 0; i < count; ++i) {
        record::EventDraft draft;
        draft.at = clock.now();
        draft.id = Uuid::v7(draft.at.wall_ms);
        draft.kind = record::EventKind::heartbeat;
        REQUIRE((*writer)->append(draft));
        clock.advance(1'000);
    }
    return places;
}

} // namespace

TEST_CASE_FIXTURE(FakeTerminal, "xueshictl: a folder with a subfolder a number enrols each of them, with consent") {
    folder_of("01", 2);
    folder_of("02", 1);
    FaceOrder order;
    order.from = {running.directory / "photographs"};
    order.consent = true;
    REQUIRE(enrol_faces(places, order));
    REQUIRE(asked.size() == 4);
    CHECK(asked[0].first == "consent");
    CHECK(asked[0].second.at("purpose").as_string() == "face");
    CHECK(asked[0].second.at("text_hash").as_string() == std::string(64, 'a'));
    CHECK(asked[1].first == "enrol_face");
    CHECK(asked[1].second.at("number").as_string() == "01");
    CHECK(asked[1].second.at("photographs").as_array().size() == 2);
    CHECK(asked[3].second.at("number").as_string() == "02");
}

TEST_CASE_FIXTURE(FakeTerminal, "xueshictl: one bad folder does not keep the others out, and is counted") {
    folder_of("01", 0);
    folder_of("02", 1);
    FaceOrder order;
    order.from = {running.directory / "photographs"};
    const auto done = enrol_faces(places, order);
    REQUIRE_FALSE(done);
    CHECK(done.error().message.find("1 of 2") != std::string::npos);
    CHECK(asked.size() == 1);
}

TEST_CASE_FIXTURE(FakeTerminal, "xueshictl: without the flag no consent is claimed") {
    FaceOrder order;
    order.whom.trainee = "01";
    order.from = {folder_of("01", 1)};
    REQUIRE(enrol_faces(places, order));
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].first == "enrol_face");
}

TEST_CASE_FIXTURE(FakeTerminal, "xueshictl: a person is named by number or by id") {
    const auto id = Uuid::v4().str();
    REQUIRE(erase(places, Whom{id, ""}, "withdrawn"));
    CHECK(asked[0].second.at("person").as_string() == id);
    CHECK_FALSE(asked[0].second.contains("finger"));
    FingerOrder order;
    order.whom = Whom{"7", "c-1"};
    REQUIRE(enrol_finger(places, order));
    CHECK(asked[1].second.at("number").as_string() == "7");
    CHECK(asked[1].second.at("class").as_string() == "c-1");
    CHECK(asked[1].second.at("finger").as_string() == "right_index");
    REQUIRE(erase(places, Whom{"7", "c-1"}, "injured", "left_thumb"));
    CHECK(asked[2].second.at("finger").as_string() == "left_thumb");
}

TEST_CASE_FIXTURE(FakeTerminal, "xueshictl: the terminal's refusal comes through with the trainee's number") {
    answer_error = Error{ErrorCode::not_found, "no trainee 99 on this terminal's roster"};
    FingerOrder order;
    order.whom.trainee = "99";
    const auto done = enrol_finger(places, order);
    REQUIRE_FALSE(done);
    CHECK(done.error().message.find("99") != std::string::npos);
}

TEST_CASE_FIXTURE(FakeTerminal, "xueshictl: diagnostics are asked of the terminal, whose refusal is an error") {
    CHECK(show_diagnostics(places));
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].first == "diagnostics");
    answer_error = Error{ErrorCode::denied, "diagnostics is for operators"};
    CHECK_FALSE(show_diagnostics(places));
}

TEST_CASE_FIXTURE(FakeTerminal, "xueshictl: status answers with or without syncd's word") {
    CHECK(show_status(places, false));
    std::filesystem::create_directory(places.sync);
    std::ofstream(places.sync / "status.json") << R"({"queued":3})";
    CHECK(show_status(places, true));
    std::ofstream(places.sync / "status.json") << "half writ";
    CHECK(show_status(places, true));
}

TEST_CASE_FIXTURE(FakeTerminal,
                  "xueshictl: the document in a folder is the portrait and no sample; witnesses go along") {
    FaceOrder order;
    order.whom.trainee = "01";
    order.from = {folder_of("01", 2)};
    order.witnesses = {"3", Uuid::v4().str()};
    std::ofstream(order.from[0] / "document.jpg") << "portrait";
    REQUIRE(enrol_faces(places, order));
    const auto &arguments = asked[0].second;
    CHECK(arguments.at("photographs").as_array().size() == 2);
    CHECK(arguments.at("document").as_string() == base64(as_bytes("portrait")));
    CHECK(arguments.at("witnesses").as_array().at(0).at("number").as_string() == "3");
    CHECK(arguments.at("witnesses").as_array().at(1).as_object().contains("person"));
}

TEST_CASE_FIXTURE(FakeTerminal, "xueshictl: each purpose is a consent of its own, in a language there is a text in") {
    ConsentOrder order;
    order.whom.trainee = "01";
    order.purposes = {"face", "finger"};
    REQUIRE(consent(places, order));
    CHECK(asked.size() == 2);
    order.language = "fr";
    CHECK(consent(places, order).error().code == ErrorCode::not_found);
    order.withdraw = true;
    REQUIRE(consent(places, order));
    CHECK(asked.back().second.at("given").as_bool() == false);
    CHECK(list_consent_texts(places));
}

TEST_CASE_FIXTURE(FakeTerminal, "xueshictl: claim, supervised punch and accommodation say who and why") {
    REQUIRE(claim(places, Whom{"01", ""}, "not_recognised", ""));
    REQUIRE(punch(places, Whom{"01", ""}, "hand in plaster"));
    REQUIRE(accommodate(places, Whom{"01", ""}, "finger", "face bandaged", false));
    REQUIRE(asked.size() == 3);
    CHECK(asked[0].second.at("reason").as_string() == "not_recognised");
    CHECK(asked[1].first == "manual_punch");
    CHECK(asked[2].second.at("given").as_bool());
}

TEST_CASE("xueshictl: verify says that an untouched journal holds, and not that a changed one does") {
    const test::TemporaryDirectory directory;
    const auto places = journal_with_events(directory, 5);
    CHECK(verify(places));
    {
        auto database = sqlite::Database::open(directory / "journal.db", sqlite::Mode::read_write_create);
        REQUIRE(database);
        // As a forger with the file would: the append-only triggers first.
        auto statement = sqlite::Statement::prepare(*database, "SELECT name FROM sqlite_master WHERE type='trigger'");
        REQUIRE(statement);
        std::vector<std::string> triggers;
        while (statement->step().value_or(false)) {
            triggers.push_back(statement->text(0));
        }
        for (const auto &trigger : triggers) {
            REQUIRE(database->execute("DROP TRIGGER " + trigger));
        }
        REQUIRE(database->execute("UPDATE event SET body = replace(body, 'heartbeat', 'heartbeet') WHERE seq = 3"));
    }
    const auto done = verify(places);
    REQUIRE_FALSE(done);
    CHECK(done.error().message.find("seq 3") != std::string::npos);
}

TEST_CASE("xueshictl: verify holds the journal against the receipt that lies there, and says when none can be read") {
    test::AcknowledgedJournal terminal;
    Places places;
    places.state = terminal.state();
    places.sync = terminal.sync();
    terminal.fill(5);
    CHECK(verify(places)); // nothing was acknowledged yet
    const auto copy = terminal.take_copy();
    terminal.fill(5);
    terminal.acknowledge();
    CHECK(verify(places));
    terminal.put_back(copy);
    const auto rolled_back = verify(places);
    REQUIRE_FALSE(rolled_back);
    CHECK(rolled_back.error().message.find("rolled back") != std::string::npos);
    std::filesystem::remove(terminal.sync() / "registry_key.pem");
    CHECK(verify(places).error().code == ErrorCode::denied);
}

namespace {

/// The disk cannot give the first page that is asked for.
struct BadSector : FileSystem {
    BadSector() { replace_file_system(this); }
    ~BadSector() override { replace_file_system(nullptr); }
    std::int64_t pread(int fd, void *data, std::size_t size, std::int64_t place) override {
        if (size < 4096 || std::exchange(failed, true)) {
            return FileSystem::pread(fd, data, size, place);
        }
        errno = EIO;
        return -1;
    }
    bool failed = false;
};

/// What `command` prints.
template <typename Command>
std::string printed(const std::filesystem::path &file, Command command) {
    std::fflush(stdout);
    const UniqueFd before(::dup(STDOUT_FILENO));
    const UniqueFd to(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    ::dup2(to.get(), STDOUT_FILENO);
    command();
    std::fflush(stdout);
    ::dup2(before.get(), STDOUT_FILENO);
    return read_file(file, 1 << 20).value();
}

} // namespace

TEST_CASE("xueshictl: salvage says which pages the disk could not read") {
    const test::TemporaryDirectory directory;
    const auto places = journal_with_events(directory, 5);
    const BadSector disk;
    const auto text = printed(directory / "printed", [&] { CHECK(salvage(places, {})); });
    CHECK(text.find("could not read: 1") != std::string::npos);
    CHECK(std::filesystem::exists(directory / "journal.salvaged.db"));
}

TEST_CASE("xueshictl: what salvage makes as root belongs to the terminal") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: this process is not root");
        return;
    }
    const test::TemporaryDirectory directory;
    const auto places = journal_with_events(directory, 5);
    constexpr uid_t kUser = 4'321;
    REQUIRE(::chown(directory.path().c_str(), kUser, kUser) == 0);
    std::filesystem::remove(directory / "journal.db.lock"); // came from a backup of the rest
    REQUIRE(salvage(places, {}));
    for (const std::string name : {"journal.salvaged.db", "journal.db.lock"}) {
        struct stat status{};
        REQUIRE(::stat((directory / name).c_str(), &status) == 0);
        CHECK(status.st_uid == kUser);
    }
}

TEST_CASE("xueshictl: an export holds all events after a seq and verifies by itself") {
    const test::TemporaryDirectory directory;
    const auto places = journal_with_events(directory, 5);
    for (const std::int64_t after : {0, 2}) {
        const auto file = directory / ("events-" + std::to_string(after));
        REQUIRE(export_events(places, file, after));
        auto reader = stick::ExportReader::open(file);
        REQUIRE(reader);
        std::int64_t count = 0;
        const auto end = reader->read([&](const record::StoredEvent &, const record::EventBody &) {
            ++count;
            return Expected<void>();
        });
        REQUIRE(end);
        CHECK(count == 5 - after);
        CHECK(end->head_seq == 5);
    }
    CHECK_FALSE(export_events(places, directory / "none", 9));
}

TEST_CASE("xueshictl: what syncd says of itself is told in words, with what has to be done") {
    json::Object sync{{"phase", "delivering"}, {"as_of_ms", 1'000'000}, {"queue", 0}, {"acked_seq", 7}};
    const auto calm = xueshictl::describe_sync(sync, 1'010'000);
    CHECK(calm.find("delivering") != std::string::npos);
    CHECK(calm.find("ALARM") == std::string::npos);
    sync["queue"] = 3;
    sync["oldest_unsent_ms"] = 1'700'000'000'000;
    sync["former_waiting"] = 2;
    sync["quarantined"] = 1;
    sync["films"] = 4;
    sync["films_paused"] = "hours";
    sync["film_error"] = json::Object{{"zh", "存档空间已满"}, {"en", "the archive is full"}};
    sync["upload_error"] = json::Object{{"zh", "无法连接"}, {"en", "cannot be reached"}};
    const auto worried = xueshictl::describe_sync(sync, 1'200'000);
    for (const char *words : {"3 条 events", "2023-11-15", "does syncd run?", "2 former chains", "1 events", "无法连接",
                              "4 待存档 wait for the archive，未到时段 not now", "the archive is full"}) {
        CAPTURE(words);
        CHECK(worried.find(words) != std::string::npos);
    }
    CHECK(xueshictl::describe_sync({{"phase", "waiting_approval"}, {"claim_code", "K7Q2M9"}}, 0).find("K7Q2M9") !=
          std::string::npos);
}
