#include <doctest/doctest.h>

#include <fmt/format.h>

#include "firmware/camera/replay/playlist.hpp"
#include "firmware/camera/replay/playlist_file.hpp"
#include "firmware/core/base/file.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::camera::replay;

namespace {

Expected<Playlist> parse_items(const std::string &items) {
    return parse_playlist(R"({"version":1,"items":[)" + items + "]}", "/lists");
}

std::string refusal(const std::string &items) {
    const auto playlist = parse_items(items);
    REQUIRE_FALSE(playlist.has_value());
    return playlist.error().message;
}

bool names(const std::string &message, std::string_view what) {
    return message.find(what) != std::string::npos;
}

} // namespace

TEST_CASE("playlist: every field is read, and the others have their defaults") {
    const auto playlist =
        parse_items(R"({"file":"a.jpg","from_ms":1000,"until_ms":2000},)"
                    R"({"file":"/b.mp4","from_ms":5,"until_ms":6,"motion_seed":4294967295,"slot":"right",)"
                    R"("face":{"x":1,"y":2,"width":30,"height":40}})");
    REQUIRE(playlist.has_value());
    REQUIRE(playlist->items.size() == 2);
    const auto &a = playlist->items[0];
    CHECK(a.file == "/lists/a.jpg");
    CHECK(a.from_ms == 1000);
    CHECK(a.until_ms == 2000);
    CHECK(a.motion_seed == 0);
    CHECK(a.slot == Slot::centre);
    CHECK_FALSE(a.face.has_value());
    const auto &b = playlist->items[1];
    CHECK(b.file == "/b.mp4");
    CHECK(b.motion_seed == 4294967295u);
    CHECK(b.slot == Slot::right);
    CHECK(b.face == cv::Rect(1, 2, 30, 40));
}

TEST_CASE("playlist: what is not in the format is refused, with its place") {
    CHECK(names(refusal(R"({"file":"a.jpg","from_ms":1000})"), "items[0].until_ms"));
    CHECK(names(refusal(R"({"file":"a.jpg","from_ms":2,"until_ms":2})"), "items[0].until_ms"));
    CHECK(names(refusal(R"({"file":"a.exe","from_ms":1,"until_ms":2})"), "items[0].file"));
    CHECK(names(refusal(R"({"file":"a.jpg","from_ms":-1,"until_ms":2})"), "items[0].from_ms"));
    CHECK(names(refusal(R"({"file":"a.jpg","from_ms":1,"until_ms":2,"slot":"up"})"), "items[0].slot"));
    CHECK(names(refusal(R"({"file":"a.jpg","from_ms":1,"until_ms":2,"sound":1})"), "sound"));
    CHECK(names(refusal(R"({"file":"a.jpg","from_ms":1,"until_ms":2,"face":{"x":1}})"), "face"));
    CHECK(names(refusal(R"({"file":"a.jpg","from_ms":1,"until_ms":2,"face":{"x":1,"y":1,"width":9000,"height":9}})"),
                "face"));
    CHECK_FALSE(parse_playlist(R"({"version":2,"items":[]})", "/").has_value());
    CHECK_FALSE(parse_playlist(R"({"version":1})", "/").has_value());
    CHECK_FALSE(parse_playlist("[]", "/").has_value());
    CHECK_FALSE(parse_playlist("", "/").has_value());
}

TEST_CASE("F34: a playlist over its limits is refused") {
    std::string items;
    for (std::size_t i = 0; i <= kMaxPlaylistItems; ++i) {
        items += std::string(i == 0 ? "" : ",") + R"({"file":"a.jpg","from_ms":1,"until_ms":2})";
    }
    CHECK_FALSE(parse_items(items).has_value());
    CHECK_FALSE(parse_playlist(std::string(kMaxPlaylistBytes + 1, ' '), "/").has_value());
    CHECK_FALSE(parse_playlist(std::string(100'000, '['), "/").has_value());
}

TEST_CASE("playlist: a file that appears, changes, breaks or goes is followed") {
    test::TemporaryDirectory directory;
    const auto path = directory / "playlist.json";
    const auto write = [&](int items) {
        std::string text = R"({"version":1,"items":[)";
        for (int i = 0; i < items; ++i) {
            text += fmt::format("{}{{\"file\":\"a.jpg\",\"from_ms\":1,\"until_ms\":2}}", i == 0 ? "" : ",");
        }
        REQUIRE(write_file_durably(path, text + "]}").has_value());
    };
    PlaylistFile file(path);
    CHECK(file.current().items.empty());
    write(2);
    CHECK(file.current().items.size() == 2);
    CHECK(file.current().items.size() == 2);
    write(3);
    CHECK(file.current().items.size() == 3);
    REQUIRE(write_file_durably(path, "{broken").has_value());
    CHECK(file.current().items.empty());
    write(1);
    CHECK(file.current().items.size() == 1);
    CHECK(file.current().items[0].file == directory / "a.jpg");
    std::filesystem::remove(path);
    CHECK(file.current().items.empty());
}
