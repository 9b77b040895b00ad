#include "firmware/core/stick/export.hpp"

#include <doctest/doctest.h>

#include "tests/support/event_chain.hpp"

using namespace xueshi;
using namespace xueshi::stick;

namespace {

struct Stick {
    test::TemporaryDirectory directory;
    test::EventChain chain;
    std::filesystem::path path = directory / "events.jsonl";

    explicit Stick(int count = 3, record::Sequence after = 0) {
        for (int i = 0; i < count; ++i) {
            chain.append(record::EventKind::heartbeat, {{"text", "\u5f20\u4e09 \"\\\n"}});
        }
        auto writer = ExportWriter::create(path, description(after)).value();
        for (const auto &event : chain.events()) {
            if (event.seq > after) {
                REQUIRE(writer.add(event).has_value());
            }
        }
        CHECK_FALSE(std::filesystem::exists(path));
        REQUIRE(writer.finish().has_value());
    }
    ExportDescription description(record::Sequence after) const {
        const Sha256 hash = after == 0 ? Sha256{} : chain.events()[static_cast<std::size_t>(after) - 1].hash;
        return {chain.device(), chain.chain(), 1, chain.key().pem(), after, hash};
    }

    std::vector<std::string> lines() const {
        std::vector<std::string> all;
        LineReader reader = std::move(LineReader::open(path, 1U << 20).value());
        while (auto line = reader.next().value()) {
            all.push_back(*line);
        }
        return all;
    }
    void put(const std::vector<std::string> &lines) {
        std::string all;
        for (const auto &line : lines) {
            all += line + "\n";
        }
        REQUIRE(write_file_durably(path, all).has_value());
    }
    /// Error of reading, or success with the number of events handed on.
    Expected<ExportEnd> read(int *handed = nullptr) const {
        auto reader = ExportReader::open(path);
        if (!reader) {
            return tl::unexpected<Error>(reader.error());
        }
        return reader->read([&](const record::StoredEvent &, const record::EventBody &) -> Expected<void> {
            if (handed != nullptr) {
                ++*handed;
            }
            return {};
        });
    }
};

std::string replaced(std::string text, const std::string &from, const std::string &to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("export: what was written is read back byte for byte and verified") {
    const Stick stick;
    auto reader = ExportReader::open(stick.path).value();
    CHECK(reader.description() == stick.description(0));
    std::vector<record::StoredEvent> events;
    const auto end = reader.read([&](const record::StoredEvent &event, const record::EventBody &body) {
        CHECK(body.seq == event.seq);
        events.push_back(event);
        return Expected<void>();
    });
    REQUIRE_MESSAGE(end.has_value(), (end ? "" : end.error().message));
    CHECK(end->count == 3);
    CHECK(end->head_hash == stick.chain.events().back().hash);
    REQUIRE(events.size() == 3);
    CHECK(events[1].body == stick.chain.events()[1].body);
    CHECK(events[1].signature == stick.chain.events()[1].signature);
}

TEST_CASE("export: it may begin behind an acknowledged event, or hold none") {
    const Stick tail(5, 3);
    CHECK(tail.read()->count == 2);
    CHECK(tail.read()->head_seq == 5);
    const Stick none(0);
    CHECK(none.read()->count == 0);
    CHECK(none.read()->head_seq == 0);
}

TEST_CASE("export: a changed, missing, doubled or foreign line is refused with its number") {
    Stick stick;
    const auto good = stick.lines();
    REQUIRE(good.size() == 5);
    auto bad = good;
    ErrorCode code = ErrorCode::corrupt;
    SUBCASE("a body's byte") {
        bad[2] = replaced(bad[2], "\\\"boot_ms\\\":2", "\\\"boot_ms\\\":3");
    }
    SUBCASE("a missing event") {
        bad.erase(bad.begin() + 2);
    }
    SUBCASE("a doubled event") {
        bad.insert(bad.begin() + 2, bad[1]);
    }
    SUBCASE("no JSON") {
        bad[2] = "{";
    }
    SUBCASE("an unknown field") {
        bad[2] = replaced(bad[2], "{", "{\"name\":\"x\",");
    }
    SUBCASE("another key's signature") {
        const Stick other;
        const auto line = other.lines()[2];
        const auto from = good[2].find("\"signature\":\"") + 13;
        const auto other_from = line.find("\"signature\":\"") + 13;
        bad[2] = good[2].substr(0, from) + line.substr(other_from, line.find('"', other_from) - other_from) +
                 good[2].substr(good[2].find('"', from));
        code = ErrorCode::denied;
    }
    stick.put(bad);
    int handed = 0;
    const auto read = stick.read(&handed);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == code);
    CHECK(read.error().message.find("line 3") != std::string::npos);
    CHECK(handed == 1);
}

TEST_CASE("export: an end that is missing, wrong or not the end is corrupt") {
    Stick stick;
    auto lines = stick.lines();
    SUBCASE("cut off") {
        lines.pop_back();
    }
    SUBCASE("another count") {
        lines.back() = replaced(lines.back(), "\"count\":3", "\"count\":2");
    }
    SUBCASE("an event removed before it") {
        lines.erase(lines.end() - 2);
    }
    SUBCASE("more behind it") {
        lines.push_back(lines.back());
    }
    stick.put(lines);
    CHECK(stick.read().error().code == ErrorCode::corrupt);
}

TEST_CASE("export: a first line that lies or is of another format is refused") {
    Stick stick;
    auto lines = stick.lines();
    ErrorCode code = ErrorCode::corrupt;
    SUBCASE("another device") {
        lines[0] = replaced(lines[0], stick.chain.device().str(), "d-00112233445566778899");
    }
    SUBCASE("another suite") {
        lines[0] = replaced(lines[0], "\"suite\":1", "\"suite\":2");
    }
    SUBCASE("another format") {
        lines[0] = replaced(lines[0], "xueshi-events-v1", "xueshi-events-v2");
        code = ErrorCode::unsupported;
    }
    SUBCASE("no key") {
        lines[0] = replaced(lines[0], "BEGIN", "BEGUN");
    }
    SUBCASE("nothing") {
        lines.clear();
    }
    stick.put(lines);
    CHECK(stick.read().error().code == code);
}

TEST_CASE("export: the writer takes events in order only") {
    test::EventChain chain;
    chain.append();
    chain.append();
    const test::TemporaryDirectory directory;
    auto writer =
        ExportWriter::create(directory / "x", {chain.device(), chain.chain(), 1, chain.key().pem(), 0, {}}).value();
    CHECK(writer.add(chain.events()[1]).error().code == ErrorCode::invalid_argument);
    CHECK(writer.add(chain.events()[0]).has_value());
}

TEST_CASE("export: an error of the receiver ends the reading") {
    const Stick stick;
    auto reader = ExportReader::open(stick.path).value();
    const auto end = reader.read([](const record::StoredEvent &, const record::EventBody &) -> Expected<void> {
        return fail(ErrorCode::no_space, "full");
    });
    CHECK(end.error().code == ErrorCode::no_space);
}

TEST_CASE("export: a file that version 1 wrote is read") {
    auto reader = ExportReader::open("tests/data/export_v1.jsonl").value();
    const auto end =
        reader.read([](const record::StoredEvent &, const record::EventBody &) -> Expected<void> { return {}; });
    REQUIRE(end.has_value());
    CHECK(end->count == 3);
    CHECK(hex(end->head_hash) == "eadf8f034327a6e583c46d4bac1157db6407183ead3ac5a7a1b031386bf880eb");
}
