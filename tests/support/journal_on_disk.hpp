#pragma once

#include <memory>
#include <string>
#include <vector>

#include "firmware/core/journal/migrations.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "firmware/core/sqlite/sqlite.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::test {

/// A journal in a folder of its own, with its key.
class JournalOnDisk {
public:
    explicit JournalOnDisk(identity::Suite suite = identity::Suite::p256_sha256)
        : signer_(identity::open_or_create_signer(directory_ / "signing.key", suite).value()) {
        open();
    }

    void open() { writer_ = journal::JournalWriter::open(path(), *signer_).value(); }
    void close() { writer_.reset(); }
    Expected<std::unique_ptr<journal::JournalWriter>> try_open() {
        return journal::JournalWriter::open(path(), *signer_);
    }

    record::EventDraft draft(std::int64_t number = 0) const {
        record::EventDraft draft;
        draft.id = Uuid::v7(clock_.now().wall_ms);
        draft.kind = record::EventKind::heartbeat;
        draft.source = {record::SourceKind::virtual_device, "test"};
        draft.at = clock_.now();
        draft.data["number"] = number;
        return draft;
    }
    void fill(int count) {
        for (int i = 0; i < count; ++i) {
            writer_->append(draft(i)).value();
        }
    }

    /// Runs SQL past the writer, as somebody with the card in another machine would, and puts the triggers back.
    void tamper(const std::string &sql) {
        close();
        auto database = sqlite::Database::open(path(), sqlite::Mode::read_write_create).value();
        auto select =
            sqlite::Statement::prepare(database, "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'");
        std::string drop, restore;
        while (select.value().step().value()) {
            drop += "DROP TRIGGER " + select->text(0) + ";";
            restore += select->text(1) + ";";
        }
        for (const std::string &step : {drop, sql, restore}) {
            if (const auto done = database.execute(step); !done) {
                throw std::runtime_error(done.error().message);
            }
        }
    }

    /// What the next version's program would do to the file before an update to it is taken back.
    void migrate_to_next_version(const std::string &migration) {
        close();
        auto database = sqlite::Database::open(path(), sqlite::Mode::read_write_create).value();
        std::vector<std::string_view> all(journal::migrations().begin(), journal::migrations().end());
        all.emplace_back(migration);
        if (const auto done = sqlite::migrate(database, all); !done) {
            throw std::runtime_error(done.error().message);
        }
    }

    std::filesystem::path path() const { return directory_ / "journal.db"; }
    const TemporaryDirectory &directory() const { return directory_; }
    journal::JournalWriter &writer() { return *writer_; }
    const identity::Signer &signer() const { return *signer_; }
    FakeClock &clock() { return clock_; }

private:
    TemporaryDirectory directory_;
    FakeClock clock_;
    std::unique_ptr<identity::Signer> signer_;
    std::unique_ptr<journal::JournalWriter> writer_;
};

} // namespace xueshi::test
