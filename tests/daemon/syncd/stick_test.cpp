#include <doctest/doctest.h>

#include "firmware/core/stick/stick_index.hpp"
#include "tests/daemon/syncd/clips.hpp"

using namespace xueshi;
using namespace std::chrono_literals;
using test::World;

namespace {

/// A terminal that was claimed, and whose network is gone since.
struct CutOff {
    World world;
    std::filesystem::path stick = world.directory / "stick";
    std::vector<test::ClipOnDisk> clips;

    CutOff() {
        std::filesystem::create_directories(stick);
        world.start_sync();
        world.terminal.journal.append(3);
        REQUIRE(world.acked(3));
        world.sync->end(SIGTERM);
        world.sync_port = 9; // nobody listens there
        world.start_sync();
        world.terminal.journal.append(1'200);
        clips = {test::save_clip(world, 70'000), test::save_clip(world, 300'000)};
        REQUIRE(World::wait_for([&] { return world.read("sync/status.json").contains("clip_policy"); }));
    }
    std::int64_t head() const { return 3 + 1'200 + 2; }

    int run(const std::string &program, std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), test::kPrograms / program);
        test::Process process(arguments, world.directory / "out.log");
        return process.wait();
    }
    int xueshictl(const std::string &verb, std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments{
            "--state", world.terminal.journal.directory.path(), "--sync", world.directory / "sync", verb, stick};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run("xueshictl", arguments);
    }
    int import_stick() const {
        return run("xueshi-registryctl", {"--state", world.directory / "registry", "import-stick", stick});
    }
    std::string printed() const { return read_file(world.directory / "out.log", 100'000).value(); }
    std::vector<std::filesystem::path> folders() const {
        std::vector<std::filesystem::path> found;
        for (const auto &entry : std::filesystem::directory_iterator(stick)) {
            if (entry.path().filename().string().starts_with("xueshi-stick-")) {
                found.push_back(entry.path());
            }
        }
        return found;
    }
    /// The one that the export made.
    std::filesystem::path folder() const {
        const auto found = folders();
        return found.empty() ? std::filesystem::path() : found.front();
    }
    /// Of all devices.
    std::int64_t events_held() const {
        auto database =
            sqlite::Database::open(world.directory / "registry/registry.db", sqlite::Mode::read_only).value();
        auto count = sqlite::Statement::prepare(database, "SELECT COUNT(*) FROM event").value();
        REQUIRE(count.step().value());
        return count.integer(0);
    }
    bool clips_are_held() const {
        return std::ranges::all_of(clips, [&](const test::ClipOnDisk &clip) {
            const auto held = test::held_clip(world, clip.id);
            return held.bytes == clip.bytes && held.standing == "signed";
        });
    }
};

} // namespace

TEST_CASE("a stick brings everything to the registry exactly once, and the terminal hears of it without a network") {
    const CutOff site;
    REQUIRE_MESSAGE(site.xueshictl("export") == 0, site.printed());
    for (int times = 0; times < 2; ++times) { // carried twice, it counts once
        REQUIRE_MESSAGE(site.import_stick() == 0, site.printed());
        site.world.compare();
        CHECK(site.clips_are_held());
    }
    CHECK(site.printed().find("1202 were here already") != std::string::npos);
    REQUIRE_MESSAGE(site.xueshictl("import") == 0, site.printed());
    CHECK(site.world.acked(site.head()));
    for (const auto &clip : site.clips) {
        CHECK(World::wait_for([&] { return test::is_confirmed(site.world, clip); }));
    }
    CHECK(World::wait_for([&] { return std::filesystem::is_empty(site.world.directory / "sync/inbox"); }));
    CHECK_FALSE(site.world.read("sync/status.json").contains("inbox_error"));
    REQUIRE(site.xueshictl("export") == 0);
    CHECK(site.printed().find("has everything") != std::string::npos);
}

TEST_CASE("two exports right after one another are two folders on the stick") {
    const CutOff site;
    REQUIRE_MESSAGE(site.xueshictl("export") == 0, site.printed());
    REQUIRE_MESSAGE(site.xueshictl("export") == 0, site.printed());
    CHECK(site.folders().size() == 2);
}

TEST_CASE("a clip that the stick damaged is in the next export, though its event is acknowledged") {
    const CutOff site;
    REQUIRE_MESSAGE(site.xueshictl("export") == 0, site.printed());
    const auto first = site.folder();
    const auto file = first / stick::read_index(first).value().clips.front().file;
    REQUIRE(write_file_durably(file, "damaged"));
    CHECK(site.import_stick() != 0);
    CHECK(site.printed().find("1 clips were refused") != std::string::npos);
    CHECK_FALSE(site.clips_are_held());
    REQUIRE_MESSAGE(site.xueshictl("import") == 0, site.printed());
    REQUIRE(site.world.acked(site.head()));
    CHECK(World::wait_for([&] { return std::filesystem::is_empty(site.world.directory / "sync/inbox"); }));
    std::filesystem::remove_all(first);
    REQUIRE_MESSAGE(site.xueshictl("export") == 0, site.printed());
    CHECK(site.printed().find("has everything") == std::string::npos);
    const auto index = stick::read_index(site.folder()).value();
    CHECK(index.events.empty());
    REQUIRE(index.clips.size() == 1); // the other one was confirmed
    CHECK(index.clips.front().file == file.filename());
    REQUIRE_MESSAGE(site.import_stick() == 0, site.printed());
    CHECK(site.clips_are_held());
    REQUIRE_MESSAGE(site.xueshictl("import") == 0, site.printed());
    CHECK(World::wait_for([&] { return std::filesystem::is_empty(site.world.directory / "sync/inbox"); }));
    REQUIRE(site.xueshictl("export") == 0);
    CHECK(site.printed().find("has everything") != std::string::npos);
}

TEST_CASE("the registry is not said to have everything while a clip that is gone from the terminal is not there") {
    const CutOff site;
    REQUIRE(site.xueshictl("export") == 0);
    const auto first = site.folder();
    auto index = stick::read_index(first).value();
    index.clips.pop_back();
    REQUIRE(stick::write_index(first, index));
    REQUIRE_MESSAGE(site.import_stick() == 0, site.printed());
    REQUIRE(site.xueshictl("import") == 0);
    REQUIRE(site.world.acked(site.head()));
    CHECK(World::wait_for([&] { return test::is_confirmed(site.world, site.clips.front()); }));
    std::filesystem::remove_all(site.world.terminal.journal.directory / "media");
    REQUIRE_MESSAGE(site.xueshictl("export") == 0, site.printed());
    CHECK(site.printed().find("has everything") == std::string::npos);
    CHECK(site.printed().find("1 no longer here") != std::string::npos);
}

TEST_CASE("a stick that is lost tells its finder nothing of people or punches") {
    const CutOff site;
    REQUIRE(site.xueshictl("export") == 0);
    REQUIRE(site.import_stick() == 0); // the roster comes back on it
    int files = 0;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(site.stick)) {
        if (entry.is_regular_file()) {
            const auto text = read_file(entry.path(), 64 << 20).value();
            for (const std::string_view word : {"heartbeat", "boot_id", "Trainee", "学员", "trainees"}) {
                CHECK_MESSAGE(text.find(word) == std::string::npos, entry.path().string());
            }
            for (const auto &clip : site.clips) {
                CHECK_MESSAGE(text.find(clip.bytes.substr(0, 16)) == std::string::npos, entry.path().string());
            }
            ++files;
        }
    }
    CHECK(files >= 2 + 2 + 1 + 3);
}

TEST_CASE("F29: a damaged file, an unfinished folder and a link on a stick are refused, each with its reason") {
    const CutOff site;
    CHECK(site.import_stick() != 0);
    CHECK(site.printed().find("no folder of a terminal") != std::string::npos);
    REQUIRE(site.xueshictl("export") == 0);
    const auto index = stick::read_index(site.folder()).value();
    const auto file = site.folder() / index.events.front().file;
    const auto whole = read_file(file, 64 << 20).value();
    auto bad = whole;
    bad[bad.size() / 2] ^= 1;
    REQUIRE(write_file_durably(file, bad));
    CHECK(site.import_stick() != 0);
    CHECK(site.printed().find("damaged on the stick") != std::string::npos);
    std::filesystem::rename(file, site.stick / "elsewhere");
    REQUIRE(write_file_durably(site.stick / "elsewhere", whole));
    std::filesystem::create_symlink(site.stick / "elsewhere", file);
    CHECK(site.import_stick() != 0);
    CHECK(site.printed().find("symbolic link") != std::string::npos);
    std::filesystem::remove(file);
    std::filesystem::rename(site.stick / "elsewhere", file);
    const auto index_text = read_file(site.folder() / stick::kIndexFile, 1 << 20).value();
    std::filesystem::remove(site.folder() / stick::kIndexFile);
    CHECK(site.import_stick() == 0);
    CHECK(site.printed().find("did not finish") != std::string::npos);
    REQUIRE(write_file_durably(site.folder() / stick::kIndexFile, index_text));
    REQUIRE_MESSAGE(site.import_stick() == 0, site.printed());
    site.world.compare();
}

TEST_CASE("F29: what was taken before a damaged file has its answer, and the terminal hears of it") {
    const CutOff site;
    REQUIRE(site.xueshictl("export") == 0);
    const auto index = stick::read_index(site.folder()).value();
    REQUIRE(index.events.size() == 2);
    REQUIRE(write_file_durably(site.folder() / index.events.back().file, "damaged"));
    CHECK(site.import_stick() != 0);
    CHECK(site.printed().find("damaged on the stick") != std::string::npos);
    REQUIRE_MESSAGE(site.xueshictl("import") == 0, site.printed());
    CHECK(site.world.acked(1'000)); // the first file's last
}

TEST_CASE("events that wait for earlier ones are not said to be taken, and are taken when those come") {
    const CutOff site;
    REQUIRE(site.xueshictl("export") == 0);
    const auto whole = stick::read_index(site.folder()).value();
    auto index = whole;
    index.events.erase(index.events.begin());
    REQUIRE(stick::write_index(site.folder(), index));
    CHECK(site.import_stick() != 0);
    CHECK(site.printed().find("1 files of events wait for earlier ones") != std::string::npos);
    CHECK(site.events_held() == 3);
    REQUIRE(stick::write_index(site.folder(), whole));
    REQUIRE_MESSAGE(site.import_stick() == 0, site.printed());
    site.world.compare();
}

TEST_CASE("F29: one terminal's damaged folder on a stick keeps no other terminal's from being taken") {
    CutOff site;
    World other;
    other.registry.reset(); // both belong to the same one
    other.token = site.world.registryctl({"token", "--institution", "institution-1", "--room", "room-1"});
    other.sync_port = site.world.device_port;
    other.start_sync(site.world.directory / "registry/ca.pem");
    other.terminal.journal.append(5);
    REQUIRE(other.acked(5));
    other.sync->end(SIGTERM);
    other.terminal.journal.append(7);
    REQUIRE(site.xueshictl("export") == 0);
    REQUIRE_MESSAGE(site.run("xueshictl", {"--state", other.terminal.journal.directory.path(), "--sync",
                                           other.directory / "sync", "export", site.stick}) == 0,
                    site.printed());
    auto folders = site.folders();
    REQUIRE(folders.size() == 2);
    std::ranges::sort(folders);
    const auto first = stick::read_index(folders[0]).value(), second = stick::read_index(folders[1]).value();
    REQUIRE(write_file_durably(folders[0] / first.events.front().file, "damaged"));
    std::filesystem::create_directories(site.stick / "xueshi-stick-a");
    REQUIRE(write_file_durably(site.stick / "xueshi-stick-a" / stick::kIndexFile, "garbage"));

    CHECK(site.import_stick() != 0);
    CHECK(site.printed().find("damaged on the stick") != std::string::npos);
    CHECK(site.printed().find("xueshi-stick-a/index.json") != std::string::npos);
    CHECK(site.printed().find("Bring it back") != std::string::npos);
    CHECK(site.printed().find(folders[1].filename().string() + ": ") != std::string::npos);
    const bool site_first = first.device == site.world.terminal.journal.writer->description().device;
    CHECK(site.events_held() == 3 + 5 + (site_first ? 7 : 1'200 + 2));
    int receipts = 0;
    for (const auto &entry : std::filesystem::directory_iterator(site.stick / stick::answer_folder(second.device))) {
        receipts += entry.path().filename().string().starts_with("receipt-") ? 1 : 0;
    }
    CHECK(receipts == 1);
}

TEST_CASE("a clip that was exchanged before it was sealed is refused, and the others are taken") {
    CutOff site;
    const auto media = site.world.terminal.journal.directory / "media";
    REQUIRE(site.xueshictl("export") == 0);
    auto index = stick::read_index(site.folder()).value();
    std::swap(index.clips[0].event, index.clips[1].event); // the index is nobody's word
    index.clips.resize(1);
    REQUIRE(stick::write_index(site.folder(), index));
    CHECK(site.import_stick() != 0);
    CHECK(site.printed().find("1 clips were refused") != std::string::npos);
    CHECK(site.printed().find("Not everything on the stick was taken") != std::string::npos);
    CHECK_FALSE(site.clips_are_held());
    site.world.compare();
}

TEST_CASE("an answer that is not the registry's is refused and kept, and status says so") {
    CutOff site;
    REQUIRE(site.xueshictl("export") == 0);
    REQUIRE(site.import_stick() == 0);
    for (const auto &entry : std::filesystem::recursive_directory_iterator(site.stick)) {
        if (entry.path().filename().string().starts_with("receipt-")) {
            auto text = read_file(entry.path(), 100'000).value();
            const auto at = text.find("1205");
            REQUIRE(at != std::string::npos);
            text.replace(at, 4, "1204");
            REQUIRE(write_file_durably(entry.path(), text));
        }
    }
    REQUIRE(site.xueshictl("import") == 0);
    CHECK(World::wait_for([&] { return site.world.read("sync/status.json").contains("inbox_error"); }));
    CHECK(site.world.read("sync/acked.json").at("seq") == 3);
    bool kept = false;
    for (const auto &entry : std::filesystem::directory_iterator(site.world.directory / "sync/inbox")) {
        kept = kept || entry.path().extension() == ".refused";
    }
    CHECK(kept);
}
