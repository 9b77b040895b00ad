#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/daemon/syncd/clips.hpp"

using namespace xueshi;
using test::World;

namespace {

const std::filesystem::path kScripts = "tests/daemon/syncd/clients"; // tests run at the repository's root
const std::filesystem::path kInstalled = XUESHI_PUBLISHED_CLIENTS;
constexpr std::size_t kClipBytes = 3 * (1 << 20) + 77;
constexpr int kChunk = 300'000;

bool shell(const std::string &command) {
    return std::system((command + " >" + (kInstalled / "install.log").string() + " 2>&1").c_str()) == 0;
}

/// By the registries' ordinary clients; false: there is no client or no network.
bool has_tus_js() {
    std::filesystem::create_directories(kInstalled / "node");
    return std::filesystem::exists(kInstalled / "node/node_modules/tus-js-client/package.json") ||
           shell("cd '" + (kInstalled / "node").string() +
                 "' && npm install --no-audit --no-fund --ignore-scripts --prefix . tus-js-client@4.3.1");
}
bool has_tuspy() {
    std::filesystem::create_directories(kInstalled / "python");
    return std::filesystem::exists(kInstalled / "python/tusclient/client.py") ||
           shell("python3 -m pip install --quiet --target '" + (kInstalled / "python").string() + "' tuspy==1.1.0");
}

std::string with_path(const char *program) {
    const char *path = std::getenv("PATH");
    std::string folders = path != nullptr ? path : "";
    while (!folders.empty()) {
        const auto end = std::min(folders.find(':'), folders.size());
        const auto candidate = std::filesystem::path(folders.substr(0, end)) / program;
        if (std::filesystem::exists(candidate)) {
            return candidate;
        }
        folders.erase(0, end + 1);
    }
    return program;
}

struct Published {
    World world;

    Published() {
        world.start_sync(); // claims the device: its certificate is the clients'
        REQUIRE(World::wait_for([&] { return std::filesystem::exists(world.directory / "sync/client.crt"); }));
        world.sync->end(SIGTERM);
    }
    void upload(const std::vector<std::string> &command, const std::string &mode) {
        CAPTURE(mode);
        test::ClipOnDisk clip;
        clip.bytes = std::string(as_text(random_bytes(kClipBytes)));
        json::Object metadata;
        metadata["clip"] = clip.id.str();
        metadata["event"] = clip.event.str();
        metadata["sha256"] = hex(sha256(as_bytes(clip.bytes)));
        metadata["filename"] = "视频 片段.mp4"; // theirs, let be
        json::Object config;
        config["endpoint"] = "https://127.0.0.1:" + std::to_string(world.device_port) + "/v1/media";
        config["ca"] = (world.directory / "sync/ca.pem").string();
        config["cert"] = (world.directory / "sync/client.crt").string();
        config["key"] = (world.directory / "sync/client.key").string();
        config["file"] = (world.directory / "clip").string();
        config["chunk"] = kChunk;
        config["mode"] = mode;
        config["metadata"] = std::move(metadata);
        REQUIRE(write_file_durably(world.directory / "clip", clip.bytes));
        REQUIRE(write_file_durably(world.directory / "config.json", json::serialize(config)));
        const auto log = world.directory / "client.log";
        std::filesystem::remove(log);
        const auto said = [&] { return read_file(log, 1 << 20).value_or(""); };

        auto arguments = command;
        arguments.push_back(world.directory / "config.json");
        test::Process client(arguments, log);
        if (mode == "restart") {
            REQUIRE(World::wait_for(
                [&] { return said().find("chunk " + std::to_string(2 * kChunk)) != std::string::npos; }));
            world.registry->end(SIGKILL);
            world.start_registry();
        }
        CHECK_MESSAGE(client.wait() == 0, said());
        CHECK_MESSAGE(said().ends_with("done\n"), said());
        CHECK(test::held_clip(world, clip.id).bytes == clip.bytes);
    }
};

} // namespace

TEST_CASE("tus: tus-js-client uploads with a pause, a wrong offset and a registry killed on the way") {
    if (!has_tus_js()) {
        MESSAGE("skipped: no npm or no network for tus-js-client");
        return;
    }
    Published published;
    for (const char *mode : {"pause", "wrong_offset", "restart"}) {
        published.upload({with_path("node"), kScripts / "tus_js.cjs", kInstalled / "node"}, mode);
    }
}

TEST_CASE("tus: tuspy uploads with checksums, a pause, a wrong offset and a registry killed on the way") {
    if (!has_tuspy()) {
        MESSAGE("skipped: no pip or no network for tuspy");
        return;
    }
    Published published;
    ::setenv("PYTHONPATH", (kInstalled / "python").c_str(), 1);
    for (const char *mode : {"pause", "wrong_offset", "restart"}) {
        published.upload({with_path("python3"), kScripts / "tuspy_client.py"}, mode);
    }
}
