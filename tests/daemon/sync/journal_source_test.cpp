#include "daemon/sync/journal_source.hpp"

#include <doctest/doctest.h>

#include "tests/daemon/sync/journal_bench.hpp"

using namespace xueshi;

namespace {

sync::JournalChain present(sync::EventSource &source) {
    return source.chains().value().back();
}

} // namespace

TEST_CASE("source: a journal that is not there yet is waited for") {
    test::JournalBench bench;
    sync::JournalSource source(bench.path);
    CHECK(source.chains().error().code == ErrorCode::unavailable);
    bench.open();
    CHECK(source.chains()->size() == 1);
    CHECK(present(source).about.device == bench.writer->description().device);
    CHECK(present(source).head.seq == 0);
    bench.append(3);
    CHECK(present(source).head.seq == 3);
    CHECK(source.read(present(source).about.chain, 1, 10, 1 << 20)->size() == 2);
}

TEST_CASE("source: events of a writer that was started again are seen") {
    test::JournalBench bench;
    bench.open();
    bench.append(1);
    sync::JournalSource source(bench.path);
    CHECK(present(source).head.seq == 1);
    bench.writer.reset();
    CHECK(present(source).head.seq == 1);
    bench.open();
    bench.append(1);
    CHECK(present(source).head.seq == 2);
}

TEST_CASE("source: a journal that replaces another is the one that is read") {
    test::JournalBench bench;
    bench.open();
    bench.append(5);
    sync::JournalSource source(bench.path);
    const auto before = present(source).about.chain;
    bench.writer.reset();
    for (const auto *suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(bench.path.string() + suffix);
    }
    CHECK(source.chains().error().code == ErrorCode::unavailable);
    bench.open();
    bench.append(1);
    CHECK(present(source).about.chain != before);
    CHECK(present(source).head.seq == 1);
}
