#include <doctest/doctest.h>

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/file.hpp"
#include "tests/support/temporary_directory.hpp"

// scripts/fetch_models without a network: its only origin here is the folder XUESHI_MODELS.
namespace xueshi {

namespace {

namespace fs = std::filesystem;

struct Run {
    int status = -1;
    std::string output;
    bool says(const std::string &text) const { return output.find(text) != std::string::npos; }
};

class Fetcher {
public:
    Fetcher() {
        fs::create_directory(given());
        write_manifest("net.onnx");
    }

    fs::path given() const { return folder_ / "given"; }
    fs::path file(const std::string &name) const { return folder_ / "files" / name; }

    void write_manifest(const std::string &name, const std::string &origins = "[]") const {
        const auto text = R"({"format":1,"packages":{},"samples":[],"models":[{"name":"net","file":")" + name +
                          R"(","sha256":")" + hex(sha256(as_bytes("right"))) + R"(","bytes":5,"origins":)" + origins +
                          "}]}";
        REQUIRE(write_file_durably(folder_ / "manifest.json", text));
    }

    Run run(const std::string &options = "") const {
        const auto command = "XUESHI_MODELS='" + given().string() + "' scripts/fetch_models --manifest '" +
                             (folder_ / "manifest.json").string() + "' --files '" + (folder_ / "files").string() +
                             "' " + options + " 2>&1";
        Run result;
        FILE *pipe = ::popen(command.c_str(), "r");
        REQUIRE(pipe != nullptr);
        std::array<char, 4096> buffer{};
        while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
            result.output.append(buffer.data(), count);
        }
        const int status = ::pclose(pipe);
        result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        return result;
    }

private:
    test::TemporaryDirectory folder_;
};

} // namespace

TEST_CASE("fetch_models: a file from the given folder is checked, installed and kept") {
    const Fetcher fetcher;
    REQUIRE(write_file_durably(fetcher.given() / "net.onnx", "right"));
    CHECK(fetcher.run("--check").status == 1);
    CHECK(fetcher.run().status == 0);
    CHECK(read_file(fetcher.file("net.onnx"), 100) == "right");
    CHECK(fetcher.run("--check").status == 0);

    fs::remove(fetcher.given() / "net.onnx");
    const auto again = fetcher.run();
    CHECK(again.status == 0);
    CHECK_FALSE(again.says("to fetch"));
}

TEST_CASE("fetch_models: a file with another sum never appears under its name") {
    const Fetcher fetcher;
    REQUIRE(write_file_durably(fetcher.given() / "net.onnx", "wrong"));
    const auto result = fetcher.run();
    CHECK(result.status == 1);
    CHECK(result.says("net.onnx"));
    CHECK(result.says("XUESHI_MODELS"));
    CHECK_FALSE(fs::exists(fetcher.file("net.onnx")));
}

TEST_CASE("fetch_models: a damaged file is replaced") {
    const Fetcher fetcher;
    REQUIRE(write_file_durably(fetcher.given() / "net.onnx", "right"));
    REQUIRE(fetcher.run().status == 0);
    REQUIRE(write_file_durably(fetcher.file("net.onnx"), "wrong"));
    const auto check = fetcher.run("--check");
    CHECK(check.status == 1);
    CHECK(check.says("net.onnx"));
    CHECK(fetcher.run().status == 0);
    CHECK(read_file(fetcher.file("net.onnx"), 100) == "right");
}

TEST_CASE("fetch_models: a check writes and deletes nothing") {
    const Fetcher fetcher;
    CHECK(fetcher.run("--check").status == 1);
    CHECK_FALSE(fs::exists(fetcher.file("")));
    fs::create_directories(fetcher.file(""));
    REQUIRE(write_file_durably(fetcher.file("net.onnx"), "right"));
    REQUIRE(write_file_durably(fetcher.file(".part-1"), "rig")); // another run may be at it
    CHECK(fetcher.run("--check").status == 0);
    CHECK_FALSE(fs::exists(fetcher.file(".lock")));
    CHECK(fs::exists(fetcher.file(".part-1")));
}

TEST_CASE("fetch_models: a manifest cannot write outside the folder") {
    const Fetcher fetcher;
    for (const std::string name : {"../out.onnx", "/tmp/out.onnx"}) {
        fetcher.write_manifest(name);
        const auto result = fetcher.run();
        CHECK(result.status == 1);
        CHECK(result.says("plain file name"));
    }
}

TEST_CASE("fetch_models: a broken manifest is one line, not a traceback") {
    const Fetcher fetcher;
    for (const std::string text : {"{", "[]", R"({"format":1})", R"({"format":1,"models":[{}],"samples":[]})"}) {
        REQUIRE(write_file_durably(fetcher.given().parent_path() / "manifest.json", text));
        const auto result = fetcher.run();
        CHECK(result.status == 1);
        CHECK(result.says("fetch_models: error:"));
        CHECK_FALSE(result.says("Traceback"));
    }
}

} // namespace xueshi
