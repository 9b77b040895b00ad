#include <doctest/doctest.h>

#include "daemon/registry/store/alarms.hpp"
#include "daemon/registry/store/media.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/sqlite/sqlite.hpp"
#include "firmware/core/stick/clip_receipt.hpp"
#include "firmware/core/stick/export.hpp"
#include "tests/support/bureau.hpp"

using namespace xueshi;

namespace {

struct Bench : test::BureauFixture {
    test::EventChain chain;
    registry::store::Device device = admit(chain);
    std::string token = add_token("filing", "i-1");
    std::string path = "/v1/devices/" + device.id.str() + "/stick/";

    std::string exported(std::size_t first, std::size_t count) const {
        stick::ExportDescription description;
        description.device = chain.device();
        description.chain = chain.chain();
        description.public_key_pem = chain.key().pem();
        description.after_seq = static_cast<record::Sequence>(first);
        description.after_hash = first == 0 ? Sha256{} : chain.events().at(first - 1).hash;
        std::string text;
        auto writer = stick::ExportWriter::into(text, description).value();
        for (std::size_t i = first; i < first + count; ++i) {
            REQUIRE(writer.add(chain.events().at(i)));
        }
        writer.finish().value();
        return text;
    }
    std::string seal(const std::string &plain) const {
        return std::string(as_text(identity::seal_for(envelope.public_key_pem(), as_bytes(plain)).value()));
    }
    http::Response post(const std::string &what, const std::string &plain) {
        return ask("POST", path + what, token, seal(plain));
    }
    Uuid save_clip(const std::string &bytes) {
        record::ClipSaved saved;
        saved.clip = MediaId(Uuid::v4().str());
        saved.file = "clip.mp4";
        saved.sha256 = hex(sha256(as_bytes(bytes)));
        saved.bytes = static_cast<std::int64_t>(bytes.size());
        return chain.append(record::EventKind::clip_saved, record::to_json(saved)).id;
    }
    std::size_t alarms() {
        std::size_t count = 0;
        in_transaction([&](registry::store::Session &session) {
            count = registry::store::alarms_of(session, device.institution).size();
        });
        return count;
    }
};

} // namespace

TEST_CASE("stick: events are taken as over the network, twice is once, and the receipt names the head") {
    Bench bench;
    for (int i = 0; i < 4; ++i) {
        bench.chain.append();
    }
    for (const auto outcome : {wire::EventOutcome::stored, wire::EventOutcome::duplicate}) {
        const auto response = bench.post("events", bench.exported(0, 4));
        REQUIRE(response.status == 200);
        const auto answer = wire::read_batch_answer(response.body).value();
        CHECK(answer.results.size() == 4);
        CHECK(answer.results.back().outcome == outcome);
        const auto key = identity::PublicKey::from_pem(bench.signer->public_key_pem()).value();
        CHECK(identity::open_receipt(key, answer.receipt.value()).value().head_hash ==
              bench.chain.events().back().hash);
    }
    CHECK(bench.alarms() == 0);
}

TEST_CASE("stick: a changed event is judged by itself and the others are taken") {
    Bench bench;
    for (int i = 0; i < 3; ++i) {
        bench.chain.append();
    }
    auto text = bench.exported(0, 3);
    text.replace(text.find("\\\"seq\\\":2"), 9, "\\\"seq\\\":9");
    const auto answer = wire::read_batch_answer(bench.post("events", text).body).value();
    CHECK(answer.results[0].outcome == wire::EventOutcome::stored);
    CHECK(answer.results[1].outcome == wire::EventOutcome::invalid);
    CHECK(answer.results[2].outcome == wire::EventOutcome::stored);
}

TEST_CASE("stick: what is not sealed for us, of another device, cut off or empty is refused with its reason") {
    Bench bench;
    bench.chain.append();
    const auto whole = bench.exported(0, 1);
    CHECK(bench.ask("POST", bench.path + "events", bench.token, whole).status >= 400); // not sealed
    CHECK(bench.post("events", whole.substr(0, whole.size() / 2)).body.find("line") != std::string::npos);
    CHECK(bench.post("events", bench.exported(1, 0)).status >= 400);
    test::EventChain other;
    const auto others = bench.admit(other);
    CHECK(
        bench.ask("POST", "/v1/devices/" + others.id.str() + "/stick/events", bench.token, bench.seal(whole)).status ==
        403);
}

TEST_CASE("stick: a clip is taken when its signed event is here and names these bytes, else refused with an alarm") {
    Bench bench;
    const auto event = bench.save_clip("a clip");
    const auto clip = "clips/" + event.str();
    CHECK(bench.post(clip, "a clip").status == 404);
    REQUIRE(bench.post("events", bench.exported(0, 1)).status == 200);
    CHECK(bench.post(clip, "a clap").status == 409);
    CHECK(bench.alarms() == 1);
    for (int times = 0; times < 2; ++times) {
        CHECK(bench.post(clip, "a clip").status == 200);
    }
    const auto order = "{\"events\":[\"" + event.str() + "\",\"" + Uuid::v4().str() + "\"]}";
    const auto response = bench.ask("POST", bench.path + "clip-receipt", bench.token, order);
    const auto key = identity::PublicKey::from_pem(bench.signer->public_key_pem()).value();
    const auto receipt = stick::open_clip_receipt(key, identity::read_document(response.body, 100'000).value()).value();
    CHECK(receipt.device == bench.device.id);
    CHECK(receipt.clips == std::vector{sha256(as_bytes("a clip"))});
}

TEST_CASE("stick: a clip that the database did not take is there once when it comes again, and no other file is") {
    Bench bench;
    const auto event = bench.save_clip("a clip");
    REQUIRE(bench.post("events", bench.exported(0, 1)).status == 200);
    const auto execute = [&](const char *sql) {
        auto database =
            sqlite::Database::open(bench.directory / "registry.db", sqlite::Mode::read_write_create).value();
        REQUIRE(database.execute(sql));
    };
    execute("CREATE TRIGGER refuse BEFORE INSERT ON media BEGIN SELECT RAISE(ABORT, 'refused'); END");
    CHECK(bench.post("clips/" + event.str(), "a clip").status >= 500);
    execute("DROP TRIGGER refuse");
    REQUIRE(bench.post("clips/" + event.str(), "a clip").status == 200);
    std::vector<std::string> files;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(bench.clips.directory())) {
        if (entry.is_regular_file()) {
            files.push_back(read_file(entry.path(), 100).value());
        }
    }
    CHECK(files == std::vector<std::string>{"a clip"});
}

TEST_CASE("stick: a clip that is taken ends the uploads of it that are under way, and no others") {
    Bench bench;
    const auto event = bench.save_clip("a clip");
    REQUIRE(bench.post("events", bench.exported(0, 1)).status == 200);
    registry::store::Upload upload, other;
    upload.institution = bench.device.institution;
    upload.device = bench.device.id;
    upload.clip = clips::saved_clip(bench.chain.events().front()).value().announcement;
    upload.expires_ms = bench.clock.now().wall_ms + 1'000;
    other = upload;
    upload.id = "this";
    other.id = "other";
    other.clip.clip = MediaId(Uuid::v4().str());
    bench.in_transaction([&](registry::store::Session &session) {
        registry::store::add_upload(session, upload);
        registry::store::add_upload(session, other);
    });
    REQUIRE(bench.post("clips/" + event.str(), "a clip").status == 200);
    bench.in_transaction([&](registry::store::Session &session) {
        const auto expired = registry::store::uploads_expired(session, bench.clock.now().wall_ms);
        REQUIRE(expired.size() == 1);
        CHECK(expired.front().id == "this");
    });
}

TEST_CASE("F33: nobody brings in a stick for an institution that is not his, or without the scope") {
    Bench bench;
    bench.chain.append();
    const auto sealed = bench.seal(bench.exported(0, 1));
    CHECK(bench.ask("POST", bench.path + "events", bench.add_token("filing", "i-2"), sealed).status == 404);
    CHECK(bench.ask("POST", bench.path + "events", bench.add_token("read", "i-1"), sealed).status == 403);
    CHECK(bench.ask("POST", bench.path + "events", "", sealed).status == 401);
    CHECK(bench.ask("GET", bench.path + "roster", bench.add_token("filing", "i-2")).status == 404);
    bench.in_transaction([&](registry::store::Session &session) {
        bench.device.state = registry::store::DeviceState::revoked;
        registry::store::save_device(session, bench.device);
    });
    CHECK(bench.ask("POST", bench.path + "events", bench.token, sealed).status == 403);
}
