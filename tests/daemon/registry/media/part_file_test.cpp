#include "daemon/registry/media/part_file.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "firmware/core/base/file.hpp"
#include "tests/daemon/registry/media/hooked_files.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using registry::media::PartFile;

namespace {

std::string text(std::size_t size) {
    return std::string(as_text(random_bytes(size)));
}

/// Under one commit.
void add(PartFile &part, std::initializer_list<std::size_t> writes) {
    for (const std::size_t size : writes) {
        REQUIRE(part.write(part.written(), as_bytes(text(size))));
    }
    REQUIRE(part.commit());
}

struct Bench {
    test::TemporaryDirectory directory;
    std::filesystem::path path = directory / "part", copy = directory / "copy";

    /// What is on the disk now, as a file of its own.
    PartFile reopened(std::int64_t length) const {
        std::filesystem::copy_file(path, copy, std::filesystem::copy_options::overwrite_existing);
        return PartFile::open(copy, length).value();
    }
    void damage(std::int64_t place) const {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(place);
        const char old = static_cast<char>(file.get());
        file.seekp(place);
        file.put(static_cast<char>(old ^ 0x55));
    }
};

} // namespace

TEST_CASE("part file: a new one begins at 0, and what is committed is there again after a kill") {
    Bench bench;
    const auto bytes = text(10'000);
    auto part = PartFile::create(bench.path, 10'000).value();
    CHECK(bench.reopened(10'000).offset() == 0);
    for (const std::int64_t end : {100, 4'096, 7'000, 10'000}) {
        const auto piece =
            bytes.substr(static_cast<std::size_t>(part.offset()), static_cast<std::size_t>(end - part.offset()));
        REQUIRE(part.write(part.written(), as_bytes(piece)));
        CHECK(bench.reopened(10'000).offset() == part.offset()); // written is not committed
        REQUIRE(part.commit());
        auto again = bench.reopened(10'000);
        CHECK(again.offset() == end);
        CHECK(again.digest() == sha256(as_bytes(bytes.substr(0, static_cast<std::size_t>(end)))));
    }
    CHECK(part.digest() == sha256(as_bytes(bytes)));
    REQUIRE(part.finish(bench.directory / "whole"));
    CHECK(read_file(bench.directory / "whole", 20'000).value() == bytes);
    CHECK_FALSE(std::filesystem::exists(bench.path));
}

TEST_CASE("part file: what vouches for bytes is written behind them, and everything is synced before the answer") {
    using Calls = std::vector<std::string>;
    test::HookedFiles files;
    Bench bench;
    auto part = PartFile::create(bench.path, 3'000).value();
    CHECK(files.taken() == Calls{"pwrite", "fdatasync", "fsync"}); // the slot, the directory
    REQUIRE(part.write(0, as_bytes(text(1'000))));
    REQUIRE(part.commit());
    CHECK(files.taken() == Calls{"pwrite", "pwrite", "fdatasync"}); // the slot holds the digest
    REQUIRE(part.write(1'000, as_bytes(text(1'000))));
    REQUIRE(part.write(2'000, as_bytes(text(1'000))));
    REQUIRE(part.commit());
    CHECK(files.taken() == Calls{"pwrite", "pwrite", "pwrite", "fdatasync"}); // of both writes
    REQUIRE(part.finish(bench.directory / "whole"));
    CHECK(files.taken() == Calls{"ftruncate", "fsync", "rename", "fsync", "fsync"});
}

TEST_CASE("part file: a power cut that kept the newest slot but not its bytes falls back to the one before") {
    Bench bench;
    auto part = PartFile::create(bench.path, 9'000).value();
    add(part, {3'000});
    add(part, {3'000});
    bench.damage(5'999); // of the second block
    CHECK(bench.reopened(9'000).offset() == 3'000);
}

TEST_CASE("part file: of two writes under one commit a power cut that lost the first falls back too") {
    Bench bench;
    auto part = PartFile::create(bench.path, 9'000).value();
    add(part, {3'000});
    add(part, {3'000, 3'000});
    CHECK(bench.reopened(9'000).offset() == 9'000);
    bench.damage(3'001); // of the first of the two
    CHECK(bench.reopened(9'000).offset() == 3'000);
}

TEST_CASE("part file: bytes lost long before the newest slot are found when the file is opened again") {
    Bench bench;
    auto part = PartFile::create(bench.path, 9'000).value();
    add(part, {3'000});
    add(part, {3'000});
    add(part, {3'000});
    bench.damage(10);
    std::filesystem::copy_file(bench.path, bench.copy);
    CHECK(PartFile::open(bench.copy, 9'000).error().code == ErrorCode::corrupt);
}

TEST_CASE("part file: a torn slot falls back to the other; with both torn the upload is lost, not guessed") {
    Bench bench;
    auto part = PartFile::create(bench.path, 5'000).value();
    add(part, {2'000});
    bench.damage(8'192 + 20); // the slot of the second turn
    CHECK(bench.reopened(5'000).offset() == 0);
    bench.damage(8'192 + 4'096 + 20);
    CHECK(PartFile::open(bench.path, 5'000).error().code == ErrorCode::corrupt);
}

TEST_CASE("part file: what was written and rolled back leaves no trace in the digest") {
    Bench bench;
    auto part = PartFile::create(bench.path, 6'000).value();
    const auto first = text(2'000), second = text(4'000);
    REQUIRE(part.write(part.written(), as_bytes(first)));
    REQUIRE(part.commit());
    REQUIRE(part.write(part.written(), as_bytes(text(1'000))));
    REQUIRE(part.write(part.written(), as_bytes(text(1'000))));
    part.roll_back();
    CHECK(part.written() == 2'000);
    REQUIRE(part.write(part.written(), as_bytes(second.substr(0, 1'500)))); // two writes, one commit
    REQUIRE(part.write(part.written(), as_bytes(second.substr(1'500))));
    REQUIRE(part.commit());
    CHECK(bench.reopened(6'000).offset() == 6'000);
    CHECK(part.digest() == sha256(as_bytes(first + second)));
}

TEST_CASE("part file: a write at the offset forgets what was written behind it; one anywhere else changes nothing") {
    Bench bench;
    auto part = PartFile::create(bench.path, 3'000).value();
    const auto bytes = text(3'000), stale = text(2'000);
    REQUIRE(part.write(0, as_bytes(bytes.substr(0, 1'000))));
    REQUIRE(part.commit());
    REQUIRE(part.write(1'000, as_bytes(stale)));
    for (const std::int64_t at : {0, 999, 1'001, 2'000}) {
        CHECK(part.write(at, as_bytes("x")).error().code == ErrorCode::conflict);
    }
    REQUIRE(part.write(1'000, as_bytes(bytes.substr(1'000, 1'500))));
    CHECK(part.written() == 2'500);
    REQUIRE(part.write(2'500, as_bytes(bytes.substr(2'500))));
    REQUIRE(part.commit());
    CHECK(part.digest() == sha256(as_bytes(bytes)));
}

TEST_CASE("part file: more than was announced is too_large and changes nothing") {
    Bench bench;
    auto part = PartFile::create(bench.path, 10).value();
    CHECK(part.write(part.written(), as_bytes(text(11))).error().code == ErrorCode::too_large);
    CHECK(part.written() == 0);
}

TEST_CASE("part file: finished twice, as after a kill in between, it is finished once") {
    Bench bench;
    auto part = PartFile::create(bench.path, 0).value(); // an empty clip
    REQUIRE(part.finish(bench.directory / "whole"));
    auto again = PartFile::open(bench.directory / "whole", 0).value();
    CHECK(again.offset() == 0);
    REQUIRE(again.finish(bench.directory / "whole"));
    CHECK(read_file(bench.directory / "whole", 10).value().empty());
}
