// The terminal of a schedule: writes numbered punches into a journal, and for some a clip, and says of each when it is
// saved. It may be killed at any moment; started again, it goes on with the first punch that nobody was told of, as a
// terminal does whose screen has not said "success".

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "firmware/core/record/bodies.hpp"
#include "tests/flow/sync_faults/dice.hpp"
#include "tests/support/control_stand_in.hpp"

using namespace xueshi;
using test::sync_faults::Dice;

namespace {

constexpr std::int64_t kWallMs = 1'800'000'000'000;
constexpr std::size_t kMostClipBytes = 1'500'000;

struct Settings {
    std::filesystem::path directory;
    std::uint64_t seed = 1;
    std::int64_t punches = 100;
    int clip_percent = 5;
    bool new_ids = false;
};

/// The same for the same punch in each life.
Uuid id_of(const Settings &settings, std::int64_t number, std::string_view what) {
    const auto text = std::to_string(settings.seed) + " " + std::to_string(number) + " " + std::string(what);
    const Sha256 digest = sha256(as_bytes(text));
    Uuid::Bytes bytes = Uuid::v7(kWallMs + number).bytes();
    std::copy_n(digest.begin(), 10, bytes.begin() + 6);
    bytes[6] = static_cast<std::uint8_t>(0x70U | (bytes[6] & 0x0fU));
    bytes[8] = static_cast<std::uint8_t>(0x80U | (bytes[8] & 0x3fU));
    return Uuid(bytes);
}

record::EventDraft draft(Uuid id, record::EventKind kind, std::int64_t number, json::Object data) {
    record::EventDraft draft;
    draft.id = id;
    draft.kind = kind;
    draft.source.driver = "feeder";
    draft.at.wall_ms = kWallMs + number;
    draft.at.boot_id = "11111111-2222-4333-8444-555555555555";
    draft.at.boot_ms = number;
    draft.at.quality = ClockQuality::synchronised;
    draft.data = std::move(data);
    return draft;
}

class Feeder {
public:
    Feeder(const Settings &settings, journal::JournalWriter &writer)
        : settings_(settings), writer_(writer), told_(::open((settings.directory / "acknowledged").c_str(),
                                                             O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640)) {}

    void run() {
        std::int64_t number = last_told() + 1;
        Dice dice(settings_.seed, static_cast<std::uint64_t>(1'000 + number)); // another rhythm in each life
        for (; number <= settings_.punches; ++number) {
            feed(number, dice);
            std::this_thread::sleep_for(dice.ms(1, 25));
        }
        std::ofstream(settings_.directory / "fed") << settings_.punches << '\n';
    }

private:
    std::int64_t last_told() const {
        std::ifstream in(settings_.directory / "acknowledged");
        std::int64_t number = 0, last = 0;
        while (in >> number) {
            last = number;
        }
        return last;
    }
    void feed(std::int64_t number, Dice &dice) {
        record::Punch punch;
        punch.person = PersonId("person-1");
        punch.room = RoomId("room-1");
        punch.frames = number; // what tells a punch from another, whatever its id
        const bool with_clip = Dice(settings_.seed, static_cast<std::uint64_t>(number)).chance(settings_.clip_percent);
        if (with_clip) {
            punch.clip = MediaId(id_of(settings_, number, "clip").str());
        }
        const Uuid id = settings_.new_ids ? Uuid::v7(kWallMs) : id_of(settings_, number, "punch");
        append(draft(id, record::EventKind::punch, number, to_json(punch)));
        std::this_thread::sleep_for(dice.ms(0, settings_.new_ids ? 50 : 15)); // until the screen says so
        const std::string line = std::to_string(number) + "\n";
        if (::write(told_.get(), line.data(), line.size()) < 0) {
            std::abort();
        }
        if (with_clip) {
            save_clip(number, punch.clip);
        }
    }
    void save_clip(std::int64_t number, const MediaId &clip) {
        Dice dice(settings_.seed, static_cast<std::uint64_t>(number));
        std::string bytes(static_cast<std::size_t>(dice.between(0, kMostClipBytes)), '\0');
        for (char &byte : bytes) {
            byte = static_cast<char>(dice.between(0, 255));
        }
        record::ClipSaved saved;
        saved.clip = clip;
        saved.file = clip.str() + ".mp4";
        saved.sha256 = hex(sha256(as_bytes(bytes)));
        saved.bytes = static_cast<std::int64_t>(bytes.size());
        if (!write_file_durably(settings_.directory / "media" / saved.file, bytes)) {
            std::abort();
        }
        append(draft(id_of(settings_, number, "saved"), record::EventKind::clip_saved, number, to_json(saved)));
    }
    void append(const record::EventDraft &event) { writer_.append(event).value(); }

    const Settings &settings_;
    journal::JournalWriter &writer_;
    UniqueFd told_;
};

} // namespace

int main(int argc, char **argv) {
    CLI::App app("Feeds numbered punches into a journal.");
    Settings settings;
    app.add_option("directory", settings.directory, "of the terminal")->required();
    app.add_option("--seed", settings.seed, "of ids, rhythm and clips");
    app.add_option("--punches", settings.punches, "how many");
    app.add_option("--clip-percent", settings.clip_percent, "how many of them have a clip");
    app.add_flag("--new-ids", settings.new_ids, "negative control: a retry gets a new id");
    CLI11_PARSE(app, argc, argv);
    log::start("punch_feeder", "warning");

    std::filesystem::create_directories(settings.directory / "media");
    const auto signer = identity::open_or_create_signer(settings.directory / "signing.key").value();
    const auto writer = journal::JournalWriter::open(settings.directory / "journal.db", *signer).value();
    const test::ControlStandIn control(settings.directory / "control.sock", *signer, writer->description().chain);
    Feeder(settings, *writer).run();
    for (;;) {
        ::pause();
    }
}
