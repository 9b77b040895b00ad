#include "tests/bench/sync/delivery.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/record/bodies.hpp"
#include "tests/support/sync_programs.hpp"

namespace xueshi::bench {

using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kWallMs = 1'800'000'000'000;
constexpr auto kPatience = 10min;
constexpr auto kLook = 2ms;

void wait_until(const std::function<bool()> &done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
        if (std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error("the programs do not get done");
        }
        std::this_thread::sleep_for(kLook);
    }
}

std::optional<acked::Acked> read_acked_file(const std::filesystem::path &directory) {
    const auto text = read_file(directory / "sync/acked.json", acked::kMaxBytes);
    auto read = text ? acked::read_acked(*text) : tl::unexpected<Error>(text.error());
    return read ? std::optional(std::move(*read)) : std::nullopt;
}

} // namespace

Use use_of(pid_t pid) {
    const std::filesystem::path process = "/proc/" + std::to_string(pid);
    std::ifstream stat(process / "stat"), status(process / "status");
    std::string line, word;
    std::getline(stat, line);
    std::istringstream after_name(line.substr(line.rfind(')') + 2));
    Use use;
    double ticks = 0;
    for (int field = 3; after_name >> word; ++field) { // proc(5): 14 is utime, 15 stime
        ticks += field == 14 || field == 15 ? std::stod(word) : 0;
    }
    use.cpu_s = ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
    while (status >> word) {
        if (word == "VmHWM:") {
            status >> use.peak_rss_kib;
        }
    }
    return use;
}

Delivery::Delivery(const test::sync_faults::Programs &programs)
    : programs_(programs), registry_state_(make_registry_template(programs, directory_.path())) {
    const auto terminal = directory_ / "terminal";
    std::filesystem::create_directories(terminal / "media");
    signer_ = identity::open_or_create_signer(terminal / "signing.key").value();
    writer_ = journal::JournalWriter::open(terminal / "journal.db", *signer_).value();
    control_.emplace(terminal / "control.sock", *signer_, writer_->description().chain);
    std::filesystem::remove(registry_state_.directory / "endpoints.json");
    registry_.emplace(test::registryd_command(programs_.directory, registry_state_.directory),
                      directory_ / "registry.log");
    std::optional<std::uint16_t> port;
    wait_until([&] { return (port = test::device_port_of(registry_state_.directory)).has_value(); });
    registry_port_ = *port;
    sync_until([&] { return std::filesystem::exists(directory_ / "sync/roster.json"); }); // claimed
    stop_sync();
}

double Delivery::sync_until(const std::function<bool()> &done, std::uint16_t port) {
    const auto start = std::chrono::steady_clock::now();
    const test::SyncdPlaces places{directory_.path(), registry_state_.directory, port != 0 ? port : registry_port_,
                                   registry_state_.device_token};
    sync_.emplace(test::syncd_command(programs_.directory, places), directory_ / "sync.log");
    wait_until(done);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Delivery::append(record::EventKind kind, json::Object data) {
    record::EventDraft draft;
    draft.at.wall_ms = kWallMs + ++appended_;
    draft.at.boot_id = "11111111-2222-4333-8444-555555555555";
    draft.at.boot_ms = appended_;
    draft.at.quality = ClockQuality::synchronised;
    draft.id = Uuid::v7(draft.at.wall_ms);
    draft.kind = kind;
    draft.source = {record::SourceKind::physical, "v4l2"};
    draft.data = std::move(data);
    writer_->append(draft).value();
}

void Delivery::append_punches(std::int64_t count) {
    for (; count > 0; --count) {
        record::Punch punch;
        punch.person = PersonId("5e2c1b1e-7a54-4c1e-9f7e-0f4bb3f3a1d0");
        punch.room = RoomId("room-1");
        punch.training_class = ClassId("class-1");
        punch.lesson = LessonId("lesson-1");
        punch.direction = record::Direction::check_in;
        punch.score_millionths = 712'345;
        punch.liveness_millionths = 950'000;
        punch.frames = 5;
        punch.clip = MediaId("0198f3d2-3b1c-7c44-8f0a-6c1de1f2a3b4");
        punch.model = "dlib-resnet+fr-feature";
        append(record::EventKind::punch, to_json(punch));
    }
    if (const auto moved = writer_->checkpoint(); !moved) { // as terminald does when idle
        throw std::runtime_error(moved.error().message);
    }
}

void Delivery::save_clip(std::int64_t bytes) {
    const Bytes content = random_bytes(static_cast<std::size_t>(bytes));
    record::ClipSaved saved;
    saved.clip = MediaId(Uuid::v4().str());
    saved.file = saved.clip.str() + ".mp4";
    saved.sha256 = hex(sha256(content));
    saved.bytes = bytes;
    if (const auto written = write_file_durably(directory_ / "terminal/media" / saved.file, as_text(content));
        !written) {
        throw std::runtime_error(written.error().message);
    }
    append(record::EventKind::clip_saved, to_json(saved));
    ++clips_;
}

bool Delivery::all_acknowledged() const {
    const auto acked = read_acked_file(directory_.path());
    return acked && acked->seq == appended_;
}

bool Delivery::clip_begun() const {
    std::error_code none;
    return !std::filesystem::is_empty(registry_state_.directory / "media/parts", none);
}

bool Delivery::clip_confirmed() const {
    const auto acked = read_acked_file(directory_.path());
    return acked && acked->media.size() == clips_;
}

std::vector<record::StoredEvent> Delivery::events() const {
    auto reader = journal::JournalReader::open(directory_ / "terminal/journal.db").value();
    return reader.read(0, static_cast<std::size_t>(appended_), std::size_t{1} << 30U).value();
}

identity::PublicKey Delivery::device_key() const {
    return identity::PublicKey::from_pem(signer_->public_key_pem()).value();
}

} // namespace xueshi::bench
