#include <algorithm>
#include <fstream>

#include "tests/daemon/upstream/archive/film_file.hpp"

using namespace xueshi;

namespace {

struct FolderFixture {
    test::TemporaryDirectory directory;
    std::filesystem::path folder = directory / "share";
    boost::asio::io_context io;
    std::unique_ptr<upstream::Archive> archive = upstream::make_folder_archive(folder);
    std::string bytes = std::string(as_text(random_bytes((2 << 20) + 77)));

    FolderFixture() {
        std::filesystem::create_directories(folder);
        std::ofstream(folder / "xueshi-archive");
    }
    upstream::Archive::Film film() { return test::film_file(directory / "film", bytes, "d-1/2026-09-01/a.mp4"); }
    std::filesystem::path copy() const { return folder / "d-1/2026-09-01/a.mp4"; }
    upstream::Answer<Sha256> digest() {
        return test::finish(io, archive->digest("d-1/2026-09-01/a.mp4", std::ssize(bytes)));
    }
    std::ptrdiff_t files() const {
        return std::ranges::count_if(std::filesystem::recursive_directory_iterator(folder),
                                     [](const auto &entry) { return entry.is_regular_file(); });
    }
};

/// A disk that is full.
class FullDisk final : public FileSystem {
public:
    FullDisk() { replace_file_system(this); }
    ~FullDisk() override { replace_file_system(nullptr); }
    std::int64_t write(int, const void *, std::size_t) override {
        errno = ENOSPC;
        return -1;
    }
};

} // namespace

TEST_CASE_FIXTURE(FolderFixture, "archive folder: a film is there whole, byte for byte, and is read back") {
    CHECK(digest().error().status == 404);
    REQUIRE(test::finish(io, archive->put(film(), 0)));
    CHECK(read_file(copy(), 10 << 20).value() == bytes);
    CHECK(digest().value() == sha256(as_bytes(bytes)));
    REQUIRE(test::finish(io, archive->put_text("d-1/2026-09-01/SHA256SUMS", "sums")));
    CHECK(read_file(folder / "d-1/2026-09-01/SHA256SUMS", 100).value() == "sums");
}

TEST_CASE_FIXTURE(FolderFixture, "archive folder: bytes that changed or were added there have another digest") {
    REQUIRE(test::finish(io, archive->put(film(), 0)));
    std::fstream(copy(), std::ios::in | std::ios::out).put(static_cast<char>(bytes[0] ^ 1)); // they are random
    CHECK(digest().value() != sha256(as_bytes(bytes)));
    REQUIRE(test::finish(io, archive->put(film(), 0)));
    CHECK(digest().value() == sha256(as_bytes(bytes)));
    std::ofstream(copy(), std::ios::app) << "more";
    CHECK(digest().value() != sha256(as_bytes(bytes)));
}

TEST_CASE_FIXTURE(FolderFixture,
                  "archive folder: a share that is not mounted is not filled, and says what is missing") {
    std::filesystem::remove(folder / "xueshi-archive");
    const auto refused = test::finish(io, archive->put(film(), 0));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().error.code == ErrorCode::unavailable);
    CHECK(refused.error().error.message.find("xueshi-archive") != std::string::npos);
    CHECK(digest().error().status == 0);
    CHECK(files() == 0);
}

TEST_CASE_FIXTURE(FolderFixture, "archive folder: a full one is said to be full, and no part is left there") {
    const auto big = film();
    {
        const FullDisk disk;
        const auto refused = test::finish(io, archive->put(big, 0));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().status == 507);
    }
    CHECK(files() == 1); // the marker
}

TEST_CASE_FIXTURE(FolderFixture, "archive folder: what a copy that was killed left is cleared away by the next") {
    std::filesystem::create_directories(copy().parent_path());
    std::ofstream(copy().parent_path() / ".a.mp4.4711.0.tmp") << "half";
    REQUIRE(test::finish(io, archive->put(film(), 0)));
    CHECK(files() == 2);
    CHECK(digest().value() == sha256(as_bytes(bytes)));
}

TEST_CASE("archive: names keep to letters that every file system and bucket takes") {
    CHECK(upstream::is_archive_name("d-1/2026-09-01/084500-0198f3d2.mp4"));
    for (const std::string name : {"", "/a", "../a", "a/../b", "a b", "课.mp4", "a?b", "a%2e"}) {
        CHECK_FALSE(upstream::is_archive_name(name));
    }
}

TEST_CASE("archive: a place that is not understood is refused with the key of the configuration") {
    boost::asio::io_context io;
    const test::TemporaryDirectory directory;
    std::ofstream(directory / "secret") << "s\n";
    const auto refused = [&](upstream::ArchivePlace place) {
        const auto made = upstream::make_archive(io, place);
        REQUIRE_FALSE(made);
        return made.error().message;
    };
    upstream::ArchivePlace place{"s3://bucket", "r", "key", directory / "secret", directory / "none"};
    CHECK(refused(place).find("archive.url") != std::string::npos);
    place.url = "file://relative";
    CHECK(refused(place).find("archive.url") != std::string::npos);
    place.url = "https://host";
    CHECK(refused(place).find("archive.url") != std::string::npos);
    place.url = "https://host/bucket";
    CHECK(refused(place).find("archive.ca_file") != std::string::npos);
    place.secret_file = directory / "none";
    CHECK(refused(place).find("archive.secret_file") != std::string::npos);
    place.access_key = "";
    CHECK(refused(place).find("archive.access_key") != std::string::npos);
}

TEST_CASE_FIXTURE(FolderFixture, "archive folder: a name that leads out of it is refused, and nothing is written") {
    const auto put = test::finish(io, archive->put_text("../outside", "x"));
    REQUIRE_FALSE(put);
    CHECK(put.error().error.code == ErrorCode::invalid_argument);
    CHECK_FALSE(std::filesystem::exists(directory / "outside"));
}

TEST_CASE("archive: a bucket without TLS is refused, unless it is on this device") {
    boost::asio::io_context io;
    const test::TemporaryDirectory directory;
    std::ofstream(directory / "secret") << "s\n";
    upstream::ArchivePlace place{"", "r", "key", directory / "secret", directory / "none"};
    for (const char *url :
         {"http://s3.example/bucket", "http://127.0.0.1.example/bucket", "http://localhost.example:1/bucket"}) {
        CAPTURE(url);
        place.url = url;
        const auto made = upstream::make_archive(io, place);
        REQUIRE_FALSE(made);
        CHECK(made.error().message.find("use https") != std::string::npos);
    }
    place.url = "http://127.0.0.1:9000/bucket";
    CHECK(upstream::make_archive(io, place));
}

TEST_CASE_FIXTURE(FolderFixture, "archive folder: told to stop, it leaves nothing half and reads nothing back") {
    std::atomic<bool> stop = true;
    archive->heed(stop);
    CHECK(test::finish(io, archive->put(film(), 0)).error().stopped);
    CHECK(files() == 1); // the marker
    stop = false;
    REQUIRE(test::finish(io, archive->put(film(), 0)));
    stop = true;
    CHECK(digest().error().stopped);
    stop = false;
    CHECK(digest().value() == sha256(as_bytes(bytes)));
}
