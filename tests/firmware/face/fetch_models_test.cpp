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
