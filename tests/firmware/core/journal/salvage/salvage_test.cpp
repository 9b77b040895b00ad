#include "firmware/core/journal/salvage/salvage.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <cerrno>
#include <fstream>

#include "firmware/core/base/file.hpp"
#include "firmware/core/journal/salvage/adopt.hpp"
#include "firmware/core/journal/salvage/beginning.hpp"
#include "firmware/core/journal/verify.hpp"
#include "tests/support/journal_on_disk.hpp"

using namespace xueshi;
using namespace xueshi::journal;

namespace {

constexpr std::size_t kPage = 4096;

std::string content(const std::filesystem::path &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
void replace(const std::filesystem::path &path, const std::string &bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

struct Damaged : test::JournalOnDisk {
    /// What was appended, as it lay there before the damage.
    std::vector<record::StoredEvent> original;

    explicit Damaged(int count, bool checkpointed = true) {
        fill(count);
        if (checkpointed) {
            REQUIRE(writer().checkpoint());
        }
        original = JournalReader::open(path())->read(0, 10'000, 1 << 30).value();
        close();
    }
    std::string wal() const { return path().string() + "-wal"; }
    std::filesystem::path waiting() const { return directory() / kSalvagedName; }
    identity::PublicKey key() const { return identity::PublicKey::from_pem(signer().public_key_pem()).value(); }
    Salvage salvaged() const { return salvage({path(), waiting(), {}, "salvaged"}).value(); }

    /// The page that the text lies in is zeroed.
    void zero_page_with(const std::string &text) {
        std::string bytes = content(path());
        const std::size_t at = bytes.find(text);
        REQUIRE(at != std::string::npos);
        bytes.replace(at / kPage * kPage, kPage, kPage, '\0');
        replace(path(), bytes);
    }
    /// What is kept is byte for byte what was; what is not is named.
    void check_kept(const SalvagedChain &chain) {
        auto reader = JournalReader::open(waiting()).value();
        const auto kept = reader.read_former(chain.chain, 0, 10'000, 1 << 30).value();
        CHECK(static_cast<std::int64_t>(kept.size()) == chain.kept);
        for (const record::StoredEvent &event : kept) {
            const record::StoredEvent &was = original[static_cast<std::size_t>(event.seq) - 1];
            CHECK(event.body == was.body);
            CHECK(event.id == was.id);
            CHECK(event.kind == was.kind);
            CHECK(event.prev == was.prev);
            CHECK(event.hash == was.hash);
            CHECK(event.signature == was.signature);
        }
        std::int64_t lost = 0;
        for (const auto &[first, last] : chain.lost) {
            lost += last - first + 1;
        }
        CHECK(chain.kept + lost == chain.head.seq);
    }
    /// As terminald does at its start.
    void begin(JournalWriter &journal) {
        auto beginning = beginning_of_chain(path()).value();
        REQUIRE(beginning);
        beginning->program = "test";
        auto first = draft();
        first.kind = record::EventKind::boot;
        auto lost = std::exchange(beginning->lost, {});
        beginning->lost = take_lost(lost);
        first.data = record::to_json(*beginning);
        journal.append(first).value();
        while (!lost.empty()) {
            auto more = draft();
            more.kind = record::EventKind::tamper;
            more.data = {{"what", "lost_events"}, {"lost", record::to_json(take_lost(lost))}};
            journal.append(more).value();
        }
    }
};

} // namespace

TEST_CASE("F05: salvage of an undamaged journal keeps everything, from the log too") {
    Damaged journal(40, false); // all of it is in the log
    const Salvage result = journal.salvaged();
    REQUIRE(result.earlier.size() == 1);
    CHECK(result.earlier.front().kept == 40);
    CHECK(result.earlier.front().lost.empty());
    CHECK(result.chain != result.earlier.front().chain);
    journal.check_kept(result.earlier.front());
}

TEST_CASE("F05: a flipped bit loses its event only; salvage names it and keeps the rest") {
    Damaged journal(60);
    std::string bytes = content(journal.path());
    const std::size_t at = bytes.find("\"number\":30");
    REQUIRE(at != std::string::npos);
    bytes[at + 9] ^= 0x01;
    replace(journal.path(), bytes);
    std::filesystem::remove(journal.wal()); // it holds a good copy
    const Salvage result = journal.salvaged();
    CHECK(result.earlier.front().kept == 59);
    CHECK(result.earlier.front().lost == std::vector<std::pair<record::Sequence, record::Sequence>>{{31, 31}});
    journal.check_kept(result.earlier.front());
}

TEST_CASE("F05: the suite that the damaged file names does not decide which events hold") {
    Damaged journal(20);
    journal.tamper("UPDATE description SET suite = 2");
    const Salvage result = journal.salvaged();
    CHECK(result.earlier.front().kept == 20);
    CHECK(adopt_salvage(journal.directory().path(), journal.key()).value());
    CHECK(journal.try_open().value()->description().suite == journal.key().suite());
}

TEST_CASE("F05: a salvage that root made belongs to whom the directory belongs, who must write it later") {
    Damaged journal(3);
    if (::geteuid() != 0) {
        MESSAGE("skipped: this process is not root");
        return;
    }
    constexpr uid_t kUser = 4'321;
    constexpr gid_t kGroup = 4'322;
    REQUIRE(::chown(journal.directory().path().c_str(), kUser, kGroup) == 0);
    (void)journal.salvaged();
    struct stat status{};
    REQUIRE(::stat(journal.waiting().c_str(), &status) == 0);
    CHECK(status.st_uid == kUser);
    CHECK(status.st_gid == kGroup);
    CHECK((status.st_mode & 07777U) == 0640);
}

TEST_CASE("F05: a page that the disk itself cannot read is passed over and counted") {
    struct BadSector : FileSystem {
        explicit BadSector(std::int64_t place) : bad(place) { replace_file_system(this); }
        ~BadSector() override { replace_file_system(nullptr); }
        std::int64_t pread(int fd, void *data, std::size_t size, std::int64_t place) override {
            errno = EIO;
            return size == kPage && place == bad ? -1 : FileSystem::pread(fd, data, size, place);
        }
        std::int64_t bad;
    };
    Damaged journal(200);
    std::filesystem::remove(journal.wal());
    const BadSector disk(static_cast<std::int64_t>(content(journal.path()).find("\"number\":30") / kPage * kPage));
    const Salvage result = journal.salvaged();
    CHECK(result.unreadable_pages == 1);
    CHECK(result.earlier.front().kept >= 180);
    CHECK(result.earlier.front().kept < 200);
    journal.check_kept(result.earlier.front());
}

TEST_CASE("F05: a damaged database is mended from the log") {
    Damaged journal(60);
    journal.zero_page_with("\"number\":30");
    CHECK(journal.salvaged().earlier.front().kept == 60);
}

TEST_CASE("F05: zeroed pages, a cut-off file and a missing log: every whole event is kept") {
    Damaged journal(200);
    SUBCASE("zeroed pages") {
        std::filesystem::remove(journal.wal());
        journal.zero_page_with("\"number\":30");
        journal.zero_page_with("\"number\":100");
    }
    SUBCASE("the first page, with the schema and the description") {
        std::filesystem::remove(journal.wal());
        std::string bytes = content(journal.path());
        bytes.replace(0, kPage, kPage, '\0');
        replace(journal.path(), bytes);
    }
    SUBCASE("cut off") {
        std::filesystem::remove(journal.wal());
        replace(journal.path(), content(journal.path()).substr(0, 100'000));
    }
    SUBCASE("the database is gone but for the log") {
        replace(journal.path(), "");
    }
    const Salvage result = journal.salvaged();
    CHECK(result.earlier.front().kept >= 90);
    journal.check_kept(result.earlier.front());
}

TEST_CASE("F05: a row too long for its page is salvaged through its overflow pages") {
    test::JournalOnDisk disk;
    auto draft = disk.draft();
    draft.data["text"] = std::string(20'000, 'x');
    disk.writer().append(draft).value();
    disk.fill(3);
    REQUIRE(disk.writer().checkpoint());
    disk.close();
    SUBCASE("with its log") {}
    SUBCASE("without") {
        std::filesystem::remove(disk.path().string() + "-wal");
    }
    const Salvage result = salvage({disk.path(), disk.directory() / kSalvagedName, {}, "salvaged"}).value();
    CHECK(result.earlier.front().kept == 4);
    CHECK(result.earlier.front().lost.empty());
}

TEST_CASE("F05: the terminal goes on in a new chain whose first event names the old head and all that is lost") {
    Damaged journal(200);
    std::filesystem::remove(journal.wal());
    journal.zero_page_with("\"number\":30");
    journal.zero_page_with("\"number\":100");
    const Salvage result = journal.salvaged();
    CHECK(adopt_salvage(journal.directory().path(), journal.key()).value());
    CHECK_FALSE(adopt_salvage(journal.directory().path(), journal.key()).value()); // none waits any more
    CHECK(std::filesystem::exists(journal.directory() / ("journal.before-" + result.chain.str() + ".db")));
    {
        const auto writer = journal.try_open().value();
        CHECK(writer->description().chain == result.chain);
        journal.begin(*writer);
        writer->append(journal.draft()).value();
    }
    const auto verification = verify_journal(journal.path()).value();
    CHECK_FALSE(verification.first_bad.has_value());
    CHECK(verification.head.seq == 2);
    REQUIRE(verification.former.size() == 1);
    CHECK(verification.former.front().head.seq == result.earlier.front().head.seq);

    journal.tamper("DELETE FROM former_event WHERE seq = 77");
    auto found = verify_journal(journal.path()).value().first_bad; // deleted after the salvage: undeclared
    REQUIRE(found);
    CHECK(found->seq == 77);
    CHECK(found->chain == result.earlier.front().chain);
    journal.tamper("DELETE FROM former_event WHERE seq > 20"); // the declared gaps behind it are not what is bad
    found = verify_journal(journal.path()).value().first_bad;
    REQUIRE(found);
    CHECK(found->seq == 21);
}

TEST_CASE("F05: a second salvage keeps the first one's chains, and declares what is lost of them since") {
    Damaged journal(100);
    std::filesystem::remove(journal.wal());
    journal.zero_page_with("\"number\":30");
    const Salvage first = journal.salvaged();
    REQUIRE(adopt_salvage(journal.directory().path(), journal.key()).value());
    {
        const auto writer = journal.try_open().value();
        journal.begin(*writer);
        for (int i = 0; i < 20; ++i) {
            writer->append(journal.draft(1000 + i)).value();
        }
        REQUIRE(writer->checkpoint());
    }
    std::filesystem::remove(journal.wal());
    journal.zero_page_with("\"number\":60"); // of the first chain
    const Salvage second = journal.salvaged();
    REQUIRE(second.earlier.size() == 2);
    CHECK(second.earlier[0].chain == first.earlier[0].chain);
    CHECK(second.earlier[0].lost.size() == 2);
    CHECK(second.earlier[1].chain == first.chain);
    CHECK(second.earlier[1].kept == 21);
    REQUIRE(adopt_salvage(journal.directory().path(), journal.key()).value());
    journal.begin(*journal.try_open().value());
    const auto verification = verify_journal(journal.path()).value();
    CHECK_FALSE(verification.first_bad.has_value());
    CHECK(verification.former.size() == 2);
}

TEST_CASE("F05: thousands of gaps are declared in several events") {
    std::vector<record::LostEvents> lost{{ChainId(Uuid::v4().str()), {}}};
    for (std::int64_t i = 0; i < 2'500; ++i) {
        lost.front().ranges.emplace_back(3 * i + 1, 3 * i + 2);
    }
    std::size_t total = 0, events = 0;
    while (!lost.empty()) {
        const auto taken = take_lost(lost);
        CHECK(record::lost_from_json({{"lost", record::to_json(taken)}}).value() == taken);
        total += taken.front().ranges.size();
        ++events;
    }
    CHECK(total == 2'500);
    CHECK(events == 3);
}

TEST_CASE("F05: what a beginning was cut off from declaring lost is declared behind the next start") {
    Damaged journal(100);
    std::filesystem::remove(journal.wal());
    journal.zero_page_with("\"number\":30");
    const Salvage result = journal.salvaged();
    REQUIRE_FALSE(result.earlier.front().lost.empty());
    REQUIRE(adopt_salvage(journal.directory().path(), journal.key()).value());
    const auto writer = journal.try_open().value();
    const auto append = [&](record::EventKind kind, json::Object data) {
        auto draft = journal.draft();
        draft.kind = kind;
        draft.data = std::move(data);
        writer->append(draft).value();
    };
    auto beginning = beginning_of_chain(journal.path()).value().value();
    const auto lost = std::exchange(beginning.lost, {});
    append(record::EventKind::boot, record::to_json(beginning)); // and here the power goes
    CHECK(verify_journal(journal.path())->first_bad->seq == lost.front().ranges.front().first);
    const auto next = beginning_of_chain(journal.path()).value().value();
    CHECK(next.lost == lost);
    CHECK(next.reason == record::kStarted);
    CHECK(next.previous_chain.empty());
    append(record::EventKind::boot, {{"program", "test"}, {"reason", record::kStarted}});
    append(record::EventKind::tamper, {{"what", "lost_events"}, {"lost", record::to_json(lost)}});
    CHECK_FALSE(verify_journal(journal.path())->first_bad.has_value());
    CHECK_FALSE(beginning_of_chain(journal.path()).value().has_value());
    append(record::EventKind::heartbeat, {});
    append(record::EventKind::tamper, {{"what", "lost_events"}, {"lost", record::to_json(lost)}}); // changes nothing
    CHECK_FALSE(verify_journal(journal.path())->first_bad.has_value());
}

TEST_CASE("F05: an adoption that is cut off anywhere is done again") {
    for (int steps = 0; steps < 4; ++steps) {
        Damaged journal(20);
        const Salvage result = journal.salvaged();
        const std::string aside = (journal.directory() / ("journal.before-" + result.chain.str() + ".db")).string();
        const std::vector<std::string> order{"-wal", "-shm", ""};
        for (int i = 0; i < steps && i < 3; ++i) {
            std::error_code ignored;
            std::filesystem::rename(journal.path().string() + order[static_cast<std::size_t>(i)],
                                    aside + order[static_cast<std::size_t>(i)], ignored);
        }
        CHECK(adopt_salvage(journal.directory().path(), journal.key()).value());
        CHECK(journal.try_open().value()->description().chain == result.chain);
        CHECK(std::filesystem::exists(aside));
    }
}

TEST_CASE("F05: a last event whose place is readable and whose body is not does not keep a salvage out") {
    test::JournalOnDisk disk;
    disk.fill(3);
    auto draft = disk.draft();
    draft.data["text"] = std::string(20'000, 'y');
    disk.writer().append(draft).value();
    REQUIRE(disk.writer().checkpoint());
    disk.close();
    std::filesystem::remove(disk.path().string() + "-wal");
    std::string bytes = content(disk.path());
    const std::size_t at = bytes.find(std::string(kPage - 4, 'y')); // a page that holds nothing else
    REQUIRE(at != std::string::npos);
    bytes.replace(at, 100, 100, '\0');
    replace(disk.path(), bytes);
    const Salvage result = salvage({disk.path(), disk.directory() / kSalvagedName, {}, "salvaged"}).value();
    CHECK(result.earlier.front().head.seq == 3);
    const auto key = identity::PublicKey::from_pem(disk.signer().public_key_pem()).value();
    CHECK(adopt_salvage(disk.directory().path(), key).value());
}

TEST_CASE("F06: a salvage that knows less than the journal, or another device's, is not adopted") {
    Damaged journal(20);
    const ChainId before = JournalReader::open(journal.path())->description().chain;
    (void)journal.salvaged();
    const auto refused = journal.directory() / kRefusedName;
    SUBCASE("older") {
        journal.open();
        journal.fill(1);
        CHECK(adopt_salvage(journal.directory().path(), journal.key()).error().code == ErrorCode::conflict); // locked
        CHECK(std::filesystem::exists(journal.waiting()));
        journal.close();
        CHECK_FALSE(adopt_salvage(journal.directory().path(), journal.key()).value());
        CHECK_FALSE(std::filesystem::exists(journal.waiting())); // or it would be in the way of the next one
        CHECK(std::filesystem::exists(refused));
    }
    SUBCASE("another key's") {
        const test::JournalOnDisk other;
        const auto key = identity::PublicKey::from_pem(other.signer().public_key_pem()).value();
        CHECK(adopt_salvage(journal.directory().path(), key).error().code == ErrorCode::denied);
    }
    SUBCASE("edited") {
        {
            auto database = sqlite::Database::open(journal.waiting(), sqlite::Mode::read_write_create).value();
            REQUIRE(database.execute("DROP TRIGGER former_event_never_changes;"
                                     "UPDATE former_event SET body = replace(body, '\"number\":6', '\"number\":7')"));
        }
        CHECK_FALSE(adopt_salvage(journal.directory().path(), journal.key()).has_value());
    }
    CHECK(JournalReader::open(journal.path())->description().chain == before);
    CHECK(std::filesystem::exists(journal.waiting()) != std::filesystem::exists(refused));
}

TEST_CASE("F06: a journal that was rolled back goes on in a new chain, and keeps what it has") {
    Damaged journal(20);
    const ChainId before = JournalReader::open(journal.path())->description().chain;
    REQUIRE(begin_new_chain(journal.directory().path(), journal.key()));
    const auto beginning = beginning_of_chain(journal.path()).value();
    REQUIRE(beginning);
    CHECK(beginning->reason == "rolled_back");
    CHECK(beginning->previous_chain == before);
    CHECK(beginning->previous_seq == 20);
    CHECK(beginning->previous_head == hex(journal.original.back().hash));
    journal.begin(*journal.try_open().value());
    CHECK_FALSE(verify_journal(journal.path())->first_bad.has_value());
    CHECK_FALSE(beginning_of_chain(journal.path()).value().has_value());
}

TEST_CASE("F05: nothing to salvage is an error, and never an empty journal") {
    const test::TemporaryDirectory directory;
    replace(directory / "journal.db", std::string(3 * kPage, 'x'));
    const auto result = salvage({directory / "journal.db", directory / kSalvagedName, {}, "salvaged"});
    CHECK(result.error().code == ErrorCode::not_found);
    CHECK_FALSE(std::filesystem::exists(directory / kSalvagedName));
}
