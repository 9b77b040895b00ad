#pragma once

#include "firmware/core/identity/keys.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::test {

/// terminald's side: a real journal.
struct JournalBench {
    explicit JournalBench(identity::Suite suite = identity::Suite::p256_sha256)
        : signer(identity::open_or_create_signer(directory / "signing.key", suite).value()) {}

    TemporaryDirectory directory;
    std::filesystem::path path = directory / "journal.db";
    std::unique_ptr<identity::Signer> signer;
    std::unique_ptr<journal::JournalWriter> writer;

    void open() { writer = journal::JournalWriter::open(path, *signer).value(); }
    void append(int count) {
        for (; count > 0; --count) {
            append(record::EventKind::heartbeat, {});
        }
    }
    void append(record::EventKind kind, json::Object data) {
        record::EventDraft draft;
        draft.id = Uuid::v7(1'700'000'000'000);
        draft.kind = kind;
        draft.data = std::move(data);
        draft.at.wall_ms = 1'700'000'000'000;
        draft.at.boot_id = "11111111-2222-4333-8444-555555555555";
        draft.at.quality = ClockQuality::synchronised;
        writer->append(draft).value();
    }
};

} // namespace xueshi::test
