#include <doctest/doctest.h>

#include "daemon/registry/ingest/batch.hpp"
#include "daemon/registry/store/alarms.hpp"
#include "tests/daemon/registry/media/hooked_files.hpp"
#include "tests/support/media.hpp"

using namespace xueshi;
namespace store = xueshi::registry::store;

namespace {

constexpr std::int64_t kMiB = 1 << 20;

} // namespace

TEST_CASE("media: nothing that an answer tells of is left unsynced") {
    test::HookedFiles files;
    test::MediaFixture registry;
    const auto bytes = test::random_text(3 * kMiB);
    const auto clip = registry.announce(bytes);
    files.taken();
    const auto path = registry.created(clip);
    CHECK(files.taken().back() == "fsync");
    const auto checksum = wire::write_checksum(sha256(as_bytes(bytes.substr(0, 2 * kMiB))));
    REQUIRE(registry.patch(path, 0, bytes.substr(0, 2 * kMiB), {{"upload-checksum", checksum}}).status == 204);
    CHECK(files.taken().back() == "fdatasync");
    REQUIRE(registry.patch(path, 2 * kMiB, bytes.substr(2 * kMiB, 5)).status == 204);
    CHECK(files.taken().back() == "fdatasync");
    REQUIRE(registry.patch(path, 2 * kMiB + 5, bytes.substr(2 * kMiB + 5)).status == 204);
    const auto last = files.taken();
    REQUIRE(last.size() > 3);
    CHECK(std::vector(last.end() - 3, last.end()) == std::vector<std::string>{"rename", "fsync", "fsync"});
}

TEST_CASE("media: a clip is held against the signed event, be it here before or after; a contradiction is an alarm") {
    test::MediaFixture registry;
    const auto bytes = test::random_text(500);
    auto clip = registry.announce(bytes);
    record::ClipSaved saved;
    saved.clip = clip.clip;
    saved.file = clip.clip.str() + ".mp4";
    saved.sha256 = hex(clip.sha256);
    saved.bytes = clip.bytes;
    auto lie = registry.announce("other bytes");
    record::ClipSaved lied = saved;
    lied.clip = lie.clip;
    registry.chain.append(record::EventKind::clip_saved, record::to_json(saved));
    registry.chain.append(record::EventKind::clip_saved, record::to_json(lied));
    clip.event = registry.chain.events()[0].id;
    lie.event = registry.chain.events()[1].id;

    REQUIRE(registry.patch(registry.created(clip), 0, bytes).status == 204);
    REQUIRE(registry.patch(registry.created(lie), 0, "other bytes").status == 204);
    CHECK(registry.held(clip)->standing == store::Standing::waiting);
    registry.in_transaction([&](store::Session &session) {
        wire::EventBatch batch;
        batch.chain = registry.chain.chain();
        batch.events = registry.chain.events();
        registry::ingest::take_batch(session, registry.device, batch, {}, 1).value();
    });
    test::run_void(registry.media->sweep());
    CHECK(registry.held(clip)->standing == store::Standing::is_signed);
    CHECK(registry.held(lie)->standing == store::Standing::contradicted);
    registry.in_transaction([&](store::Session &session) {
        const auto alarms = store::alarms_of(session, registry.device.institution);
        REQUIRE(alarms.size() == 1);
        CHECK(alarms.front().kind == "clip");
    });
    auto wrong = registry.announce("announced after the event");
    wrong.clip = clip.clip;
    wrong.event = clip.event;
    CHECK(registry.create(wrong).status == 409);
}

TEST_CASE(
    "media: a clip that came by stick while its upload was half done is there once, and the upload leaves no file") {
    test::MediaFixture registry;
    const auto clip = registry.announce("hello");
    const auto path = registry.created(clip);
    REQUIRE(registry.patch(path, 0, "hel").status == 204);
    registry.in_transaction([&](store::Session &session) {
        store::Media by_stick;
        by_stick.institution = registry.device.institution;
        by_stick.device = registry.device.id;
        by_stick.clip = clip;
        by_stick.object = "00stick";
        store::add_media(session, by_stick);
    });
    const auto done = registry.patch(path, 3, "lo");
    CHECK(done.status == 204);
    CHECK(wire::read_digest(done.headers.at("Repr-Digest")) == clip.sha256);
    const auto name = test::MediaFixture::name_in(path);
    CHECK_FALSE(std::filesystem::exists(registry.media->objects().path_of(name)));
    CHECK_FALSE(std::filesystem::exists(registry.options.directory / "parts" / name));
    CHECK(registry.held(clip)->object == "00stick");
    CHECK(registry.offset(path) == -410);
    CHECK(registry.create(clip).headers.contains("Repr-Digest")); // as a client that lost the answer hears
}

TEST_CASE("media: uploads of a clip that came another way are over, and the sweep removes their bytes") {
    test::MediaFixture registry;
    const auto clip = registry.announce("hello"), other = registry.announce("world");
    const auto path = registry.created(clip), kept = registry.created(other);
    REQUIRE(registry.patch(path, 0, "hel").status == 204);
    registry.in_transaction([&](store::Session &session) {
        store::expire_uploads_of(session, registry.device.institution, registry.device.id, clip.clip);
    });
    CHECK(registry.offset(path) == -410);
    test::run_void(registry.media->sweep());
    CHECK_FALSE(std::filesystem::exists(registry.options.directory / "parts" / test::MediaFixture::name_in(path)));
    CHECK(registry.offset(kept) == 0);
}

TEST_CASE("media: a kill between the rename and the database is mended when the client asks") {
    test::MediaFixture registry;
    const auto clip = registry.announce("hello");
    const auto path = registry.created(clip);
    REQUIRE(registry.patch(path, 0, "hel").status == 204);
    const auto name = test::MediaFixture::name_in(path);
    registry.media.reset();
    { // as the kill left it: all bytes, named, not entered
        auto part = registry::media::PartFile::open(registry.options.directory / "parts" / name, 5).value();
        REQUIRE(part.write(3, as_bytes("lo")));
        REQUIRE(part.commit());
        const auto object = registry.options.directory / "objects" / name.substr(0, 2);
        std::filesystem::create_directories(object);
        REQUIRE(part.finish(object / name));
    }
    registry.open();
    CHECK(registry.offset(path) == 5);
    REQUIRE(registry.held(clip));
    CHECK(registry.object_bytes(*registry.held(clip)) == "hello");
}

TEST_CASE("media: parts that no upload knows are removed at the start; an upload whose part is gone is 410") {
    test::MediaFixture registry;
    const auto path = registry.created(registry.announce("hello"));
    REQUIRE(write_file_durably(registry.options.directory / "parts/orphan", "x"));
    registry.open();
    CHECK_FALSE(std::filesystem::exists(registry.options.directory / "parts/orphan"));
    std::filesystem::remove(registry.options.directory / "parts" / test::MediaFixture::name_in(path));
    registry.open();
    CHECK(registry.offset(path) == -410);
}
