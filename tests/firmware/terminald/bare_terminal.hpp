#pragma once

#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "firmware/core/journal/reader.hpp"
#include "firmware/terminald/terminal.hpp"
#include "tests/firmware/terminald/signed_roster.hpp"

namespace xueshi::test {

/// A terminal without camera, reader and models: what is left must still record and answer.
class BareTerminal {
public:
    BareTerminal() : BareTerminal(true) {}
    virtual ~BareTerminal() { stop(); }

    void start() {
        context.restart();
        auto created = terminald::Terminal::create(context, settings());
        REQUIRE_MESSAGE(created, (created ? "" : created.error().message));
        terminal = std::move(*created);
        REQUIRE(terminal->start());
    }
    void stop() {
        if (terminal) {
            terminal->stop();
            context.run();
            terminal.reset();
        }
    }
    virtual terminald::Settings settings() const {
        terminald::Settings made;
        made.state_directory = directory / "terminal";
        made.sync_directory = directory / "sync";
        made.control_socket = directory / "control.sock";
        made.camera_kind = "none";
        made.clock_source = "host";
        made.models_manifest = directory / "no-models.json";
        made.clip.media_directory = directory / "terminal/media";
        return made;
    }
    DeviceId device() { return DeviceId(std::string(terminal->status().at("device").as_string())); }
    std::vector<record::StoredEvent> events() const {
        auto reader = journal::JournalReader::open(directory / "terminal/journal.db");
        REQUIRE(reader);
        auto read = reader->read(0, 100);
        REQUIRE(read);
        return *read;
    }

    test::TemporaryDirectory directory;
    test::RosterRegistry registry;
    boost::asio::io_context context{1};
    std::unique_ptr<terminald::Terminal> terminal;

protected:
    /// A test whose settings are its own starts by itself.
    explicit BareTerminal(bool at_once) {
        if (at_once) {
            start();
        }
    }
};

} // namespace xueshi::test
