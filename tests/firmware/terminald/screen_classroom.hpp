#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>

#include "firmware/core/control_messages/control_messages.hpp"
#include "firmware/core/journal/reader.hpp"
#include "firmware/terminald/terminal.hpp"
#include "tests/firmware/terminald/signed_roster.hpp"
#include "tests/support/face_samples.hpp"
#include "tests/support/web_socket_client.hpp"

namespace xueshi::terminald {

using test::wall_ms;

/// A terminal before which `photograph` stands (empty: nobody), in a lesson that began a minute ago, and a page that
/// shows it.
class Classroom {
public:
    explicit Classroom(const std::string &photograph = "", bool recognition = false) {
        settings.state_directory = directory / "terminal";
        settings.sync_directory = directory / "sync";
        settings.control_socket = directory / "control.sock";
        settings.clock_source = "host";
        settings.models_manifest = recognition ? std::filesystem::path(test::kModelManifest) : directory / "none.json";
        settings.models_files = test::kModelFiles;
        settings.clip.media_directory = directory / "terminal/media";
        settings.camera_kind = "replay";
        settings.camera.kind = camera::Kind::replay;
        settings.camera.playlist = directory / "playlist.json";
        settings.camera.analysis_width = 960;
        settings.camera.analysis_height = 540;
        settings.camera.preview_frames_per_second = 15;
        settings.camera.close_ups = true;
        settings.enrolment = {.document = false, .witnesses = 0, .least_photographs = 2};
        settings.screen.enabled = true;
        settings.screen.kiosk.port = 0;
        settings.screen.kiosk.web_directory = directory / "web";
        settings.screen.kiosk.preview_width = settings.camera.preview_width;
        settings.screen.kiosk.preview_height = settings.camera.preview_height;
        settings.screen.kiosk.preview_frames_per_second = 15;
        show(photograph);
        start();
    }
    ~Classroom() { stop(); }

    void show(const std::string &photograph) const {
        json::Array items;
        if (!photograph.empty()) {
            const auto file = std::filesystem::absolute(test::kModelFiles) / "samples" / photograph;
            items.push_back(json::Object{{"file", file.string()},
                                         {"from_ms", wall_ms() - 1'000},
                                         {"until_ms", wall_ms() + 3'600'000},
                                         {"motion_seed", 7}});
        }
        const json::Object playlist{{"version", 1}, {"items", std::move(items)}};
        REQUIRE(write_file_durably(settings.camera.playlist, json::serialize(playlist)));
    }
    void start() {
        context.emplace(1); // anew: what the recognition thread posted as the last life ended is nobody's now
        auto created = Terminal::create(*context, settings);
        REQUIRE_MESSAGE(created, (created ? "" : created.error().message));
        terminal = std::move(*created);
        registry.pin(settings.sync_directory);
        registry.publish(settings.sync_directory, DeviceId(std::string(terminal->status().at("device").as_string())),
                         wall_ms(), wall_ms() - 60'000 - test::FakeClock::kStartMs);
        REQUIRE(terminal->start());
        port = terminal->kiosk_port();
        REQUIRE(port != 0);
        thread = std::thread([this] { context->run(); });
        page = std::make_unique<test::WebSocketClient>(port);
        page->set_deadline(120);
        const auto host = "127.0.0.1:" + std::to_string(port);
        REQUIRE(page->open("/ws", "Host: " + host + "\r\nOrigin: http://" + host + "\r\n").starts_with("HTTP/1.1 101"));
    }
    void stop() {
        if (terminal) {
            page.reset();
            boost::asio::post(*context, [this] { terminal->stop(); });
            thread.join();
            terminal.reset();
        }
    }
    json::Object order(std::string_view verb, json::Object arguments = {}) {
        page->send_text(
            json::serialize(json::Object{{"id", ++last_id}, {"verb", verb}, {"arguments", std::move(arguments)}}));
        auto answer = page->receive_type("answer");
        REQUIRE_MESSAGE(answer.is_object(), verb);
        return std::move(answer.get_object());
    }
    json::Object result(std::string_view verb, json::Object arguments = {}) {
        auto answer = order(verb, std::move(arguments));
        REQUIRE_MESSAGE(answer.contains("result"), json::serialize(answer));
        return answer.at("result").as_object();
    }
    /// As root does it at the control socket.
    void set_pin(std::string_view role, std::string_view pin) {
        auto client = control_messages::Client::connect(settings.control_socket);
        REQUIRE(client);
        const auto set = client->call("kiosk_pin", json::Object{{"role", role}, {"pin", pin}}, 60'000);
        REQUIRE_MESSAGE(set, (set ? "" : set.error().message));
    }
    void log_in(std::string_view role, std::string_view pin = "280174") {
        set_pin(role, pin);
        result("login", json::Object{{"role", role}, {"pin", pin}});
    }
    /// The first message of this type that is so; null: none came.
    json::Value receive(std::string_view type, const std::function<bool(const json::Object &)> &is_so) const {
        while (true) {
            auto message = page->receive_type(type);
            if (!message.is_object() || is_so(message.get_object())) {
                return message;
            }
        }
    }
    /// Takes consent of number 03 and enrols the face of two photographs.
    void enrol_face() {
        const auto texts = result("consent_texts").at("texts").as_array();
        REQUIRE_FALSE(texts.empty());
        result("consent", json::Object{{"number", "03"},
                                       {"purpose", texts[0].at("purpose")},
                                       {"text_hash", texts[0].at("text_hash")}});
        json::Array photographs;
        for (const char *name : {"obama2.jpg", "obama3.jpg"}) {
            const auto file = std::filesystem::path(test::kModelFiles) / "samples" / name;
            photographs.emplace_back(base64(as_bytes(read_file(file, 10'000'000).value())));
        }
        result("enrol_face", json::Object{{"number", "03"}, {"photographs", std::move(photographs)}});
    }
    /// The registry orders, as syncd hands it on; `state` of the answer.
    std::string command(std::int64_t number, const std::string &kind, json::Object arguments, std::int64_t valid_ms) {
        identity::Command order;
        order.id = Uuid::v7(wall_ms() + number);
        order.device = DeviceId(std::string(terminal->status().at("device").as_string()));
        order.number = number;
        order.kind = kind;
        order.arguments = std::move(arguments);
        order.ordered_by = "city";
        order.issued_ms = wall_ms();
        order.expires_ms = wall_ms() + valid_ms;
        const auto document = identity::sign_command(registry.signer(), order).value();
        auto client = control_messages::Client::connect(settings.control_socket);
        REQUIRE(client);
        const auto taken = client->call("command", identity::document_fields(document), 60'000);
        REQUIRE_MESSAGE(taken, (taken ? "" : taken.error().message));
        return std::string(taken->at("state").as_string());
    }
    std::vector<record::StoredEvent> events() const {
        auto reader = journal::JournalReader::open(settings.state_directory / "journal.db");
        REQUIRE(reader);
        auto read = reader->read(0, 500);
        REQUIRE(read);
        return *read;
    }

    test::TemporaryDirectory directory;
    test::RosterRegistry registry;
    Settings settings;
    std::optional<boost::asio::io_context> context;
    std::unique_ptr<Terminal> terminal;
    std::thread thread;
    std::uint16_t port = 0;
    std::unique_ptr<test::WebSocketClient> page;
    std::int64_t last_id = 0;
};

} // namespace xueshi::terminald
