#include "daemon/sync/journal_source.hpp"

#include <doctest/doctest.h>

#include "tests/daemon/sync/journal_bench.hpp"

using namespace xueshi;

TEST_CASE("source: a journal that is not there yet is waited for") {
    test::JournalBench bench;
    sync::JournalSource source(bench.path);
    CHECK(source.description().error().code == ErrorCode::unavailable);
    bench.open();
    CHECK(source.description()->device == bench.writer->description().device);
    CHECK(source.head()->seq == 0);
    bench.append(3);
    CHECK(source.head()->seq == 3);
    CHECK(source.read(1, 10, 1 << 20)->size() == 2);
}

TEST_CASE("source: events of a writer that was started again are seen") {
    test::JournalBench bench;
    bench.open();
    bench.append(1);
    sync::JournalSource source(bench.path);
    CHECK(source.head()->seq == 1);
    bench.writer.reset();
    CHECK(source.head()->seq == 1);
    bench.open();
    bench.append(1);
    CHECK(source.head()->seq == 2);
}

TEST_CASE("source: a journal that replaces another is the one that is read") {
    test::JournalBench bench;
    bench.open();
    bench.append(5);
    sync::JournalSource source(bench.path);
    const auto before = source.description()->chain;
    bench.writer.reset();
    for (const auto *suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(bench.path.string() + suffix);
    }
    CHECK(source.head().error().code == ErrorCode::unavailable);
    bench.open();
    bench.append(1);
    CHECK(source.description()->chain != before);
    CHECK(source.head()->seq == 1);
}
