#include "firmware/core/stick/stick_index.hpp"

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/identity/keys.hpp"
#include "firmware/core/stick/clip_receipt.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::stick;

namespace {

StickIndex index_of(const std::filesystem::path &folder) {
    REQUIRE(write_file_durably(folder / "events-000001.sealed", "sealed"));
    StickIndex index;
    index.device = DeviceId("d-1");
    index.made_ms = 5;
    index.events.push_back({"events-000001.sealed", 6, sha256(as_bytes("sealed"))});
    SealedClip clip;
    clip.file = "clip-1.sealed";
    clip.bytes = 9;
    clip.event = Uuid::v4();
    index.clips.push_back(clip);
    return index;
}

void rewrite(const std::filesystem::path &folder, const std::string &from, const std::string &to) {
    auto text = read_file(folder / kIndexFile, 10'000).value();
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
    REQUIRE(write_file_durably(folder / kIndexFile, text));
}

} // namespace

TEST_CASE("stick index: what was written is read, and a folder without it is unfinished") {
    const test::TemporaryDirectory folder;
    CHECK(read_index(folder.path()).error().code == ErrorCode::not_found);
    const auto index = index_of(folder.path());
    REQUIRE(write_index(folder.path(), index));
    CHECK(read_index(folder.path()).value() == index);
    CHECK(read_sealed(folder.path(), index.events.front()).value() == "sealed");
}

TEST_CASE("stick index: a name that leads out of the folder, another format and nonsense are refused") {
    const test::TemporaryDirectory folder;
    for (const auto &[from, to, code] :
         {std::tuple{"events-000001.sealed", "../events-000001.sealed", ErrorCode::corrupt},
          std::tuple{"events-000001.sealed", ".hidden", ErrorCode::corrupt},
          std::tuple{"xueshi-stick-v1", "xueshi-stick-v9", ErrorCode::unsupported},
          std::tuple{"\"bytes\":6", "\"bytes\":-6", ErrorCode::corrupt},
          std::tuple{"\"bytes\":6", "\"bytes\":99999999999", ErrorCode::corrupt},
          std::tuple{"{", "{{", ErrorCode::corrupt}}) {
        REQUIRE(write_index(folder.path(), index_of(folder.path())));
        rewrite(folder.path(), from, to);
        const auto read = read_index(folder.path());
        REQUIRE_FALSE(read);
        CHECK(read.error().code == code);
        CHECK(read.error().message.find("index.json") != std::string::npos);
    }
}

TEST_CASE("stick index: a sealed file that was damaged or exchanged for a link is told by its name") {
    const test::TemporaryDirectory folder;
    const auto file = index_of(folder.path()).events.front();
    REQUIRE(write_file_durably(folder / file.file, "sealee"));
    CHECK(read_sealed(folder.path(), file).error().code == ErrorCode::corrupt);
    REQUIRE(write_file_durably(folder / "there", "sealed"));
    std::filesystem::remove(folder / file.file);
    std::filesystem::create_symlink(folder / "there", folder / file.file);
    const auto linked = read_sealed(folder.path(), file);
    CHECK(linked.error().code == ErrorCode::denied);
    CHECK(linked.error().message.find(file.file) != std::string::npos);
}

TEST_CASE("stick: only an answer's own names are answers") {
    CHECK(answer_kind(receipt_answer(ChainId("c-1"))) == AnswerKind::receipt);
    CHECK(answer_kind(clip_receipt_answer(7, 0)) == AnswerKind::clip_receipt);
    CHECK(answer_kind(kRosterAnswer) == AnswerKind::roster);
    for (const std::string_view name :
         {"", ".receipt-1.json", "receipt-1.json.refused", "../receipt-1.json", "autorun.inf"}) {
        CHECK(answer_kind(name) == AnswerKind::none);
    }
}

TEST_CASE("stick: receipts come before the clip receipts that need them, whatever their names") {
    const test::TemporaryDirectory directory;
    const std::vector<std::string> in_order{receipt_answer(ChainId("c-1")), receipt_answer(ChainId("c-2")),
                                            clip_receipt_answer(7, 0), std::string(kRosterAnswer)};
    for (const auto &name : {in_order[3], in_order[2], in_order[1], std::string("autorun.inf"), in_order[0]}) {
        REQUIRE(write_file_durably(directory / name, "x"));
    }
    std::vector<std::string> names;
    const auto found = answers_in(directory.path()).value();
    for (const auto &file : found) {
        names.push_back(file.filename());
    }
    CHECK(names == in_order);
    CHECK(answers_in(directory / "none").error().code == ErrorCode::io);
}

TEST_CASE("clip receipt: holds under the registry's key alone") {
    const test::TemporaryDirectory directory;
    const auto registry = identity::open_or_create_signer(directory / "a.key").value();
    const auto other = identity::open_or_create_signer(directory / "b.key").value();
    const auto key = identity::PublicKey::from_pem(registry->public_key_pem()).value();
    const ClipReceipt receipt{DeviceId("d-1"), 7, {sha256(as_bytes("a")), sha256(as_bytes("b"))}};
    CHECK(open_clip_receipt(key, sign_clip_receipt(*registry, receipt).value()).value() == receipt);
    CHECK(open_clip_receipt(key, sign_clip_receipt(*other, receipt).value()).error().code == ErrorCode::denied);
    auto changed = sign_clip_receipt(*registry, receipt).value();
    changed.payload.replace(changed.payload.find("d-1"), 3, "d-2");
    CHECK(open_clip_receipt(key, changed).error().code == ErrorCode::denied);
    ClipReceipt most = receipt;
    most.clips.resize(kMaxClipsInReceipt);
    CHECK(open_clip_receipt(key, sign_clip_receipt(*registry, most).value()).value() == most);
}
