#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "firmware/core/journal/reader.hpp"
#include "firmware/core/record/video_bodies.hpp"
#include "firmware/terminald/terminal.hpp"
#include "tests/firmware/terminald/signed_roster.hpp"

namespace xueshi::test {

/// A terminal without kiosk camera and reader in a classroom where a lesson began a minute ago.
class FilmedLesson {
public:
    explicit FilmedLesson(const std::function<void(terminald::VideoSettings &)> &change = {}) {
        settings.state_directory = directory / "terminal";
        settings.sync_directory = directory / "sync";
        settings.control_socket = directory / "control.sock";
        settings.camera_kind = "none";
        settings.clock_source = "host";
        settings.models_manifest = directory / "no-models.json";
        settings.clip.media_directory = media();
        settings.video.classroom_kind = "test";
        settings.video.classroom.kind = camera::Kind::test;
        settings.video.classroom.width = 640;
        settings.video.classroom.height = 360;
        settings.video.classroom.frames_per_second = 10;
        settings.video.classroom.analysis_frames_per_second = 5;
        settings.video.microphone_kind = "test";
        settings.video.microphone.kind = camera::SoundKind::test;
        settings.video.lesson.wants_sound = true;
        settings.video.lesson.keep_free = 0;
        if (change) {
            change(settings.video);
        }
    }
    ~FilmedLesson() { stop(); }

    void start() {
        context.restart();
        auto created = terminald::Terminal::create(context, settings);
        REQUIRE_MESSAGE(created, (created ? "" : created.error().message));
        terminal = std::move(*created);
        registry.pin(settings.sync_directory);
        registry.publish(settings.sync_directory, DeviceId(std::string(terminal->status().at("device").as_string())),
                         wall_ms(), wall_ms() - 60'000 - FakeClock::kStartMs);
        REQUIRE(terminal->start());
    }
    void stop() {
        if (terminal) {
            terminal->stop();
            context.run();
            terminal.reset();
        }
    }
    /// Lets the loop run until it is so; a minute is a hang.
    bool run_until(const std::function<bool()> &condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) {
                return false;
            }
            context.run_for(std::chrono::milliseconds(50));
        }
        return true;
    }
    std::vector<record::EventBody> events(record::EventKind kind) const {
        auto reader = journal::JournalReader::open(settings.state_directory / "journal.db");
        REQUIRE(reader);
        std::vector<record::EventBody> found;
        const auto all = reader->read(0, 1'000);
        REQUIRE(all);
        for (const auto &event : *all) {
            if (event.kind == record::to_string(kind)) {
                found.push_back(record::read_body(event).value());
            }
        }
        return found;
    }
    std::vector<record::LessonVideoSaved> films() const {
        std::vector<record::LessonVideoSaved> all;
        for (const auto &body : events(record::EventKind::lesson_video_saved)) {
            all.push_back(record::lesson_video_saved_from_json(body.data).value());
        }
        return all;
    }
    json::Object video() { return terminal->status().at("video").as_object(); }
    json::Object lesson() { return video().at("lessons").as_array().at(0).as_object(); }
    std::int64_t recorded_ms() {
        return video().at("lessons").as_array().empty() ? 0 : lesson().at("recorded_ms").as_int64();
    }
    std::filesystem::path media() const { return directory / "terminal/media"; }

    TemporaryDirectory directory;
    RosterRegistry registry;
    terminald::Settings settings;
    boost::asio::io_context context{1};
    std::unique_ptr<terminald::Terminal> terminal;
};

} // namespace xueshi::test
