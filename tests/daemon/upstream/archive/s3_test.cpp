#include <sys/socket.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include <boost/asio/ip/tcp.hpp>

#include "tests/daemon/upstream/archive/film_file.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/process.hpp"

using namespace xueshi;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;

namespace {

const std::filesystem::path kInstalled = XUESHI_S3PROXY;
const std::filesystem::path kJar = kInstalled / "s3proxy-2.6.0-jar-with-dependencies.jar";
constexpr auto kPatience = 60s; ///< a busy machine starts a Java program slowly

/// By Maven; false: there is no client, no Java or no network.
bool has_server() {
    std::filesystem::create_directories(kInstalled);
    const std::string fetch = "cd '" + kInstalled.string() + "' && mvn -q -B dependency:copy -DoutputDirectory='" +
                              kInstalled.string() +
                              "' -Dartifact=org.gaul:s3proxy:2.6.0:jar:jar-with-dependencies >install.log 2>&1";
    return std::filesystem::exists("/usr/bin/java") &&
           (std::filesystem::exists(kJar) || std::system(fetch.c_str()) == 0);
}

/// s3proxy over a folder: checks signatures and hashes, as an institution's server does.
struct S3Server {
    test::TemporaryDirectory directory;
    std::uint16_t port = test::free_port();
    std::optional<test::Process> process;

    S3Server() {
        std::filesystem::create_directories(directory / "data/films");
        std::ofstream(directory / "properties")
            << "s3proxy.authorization=aws-v2-or-v4\ns3proxy.identity=terminal\ns3proxy.credential=secret\n"
            << "s3proxy.endpoint=http://127.0.0.1:" << port << "\njclouds.provider=filesystem\n"
            << "jclouds.filesystem.basedir=" << (directory / "data").string() << "\n";
        start();
    }
    void start() {
        process.emplace(std::vector<std::string>{"/usr/bin/java", "-Xmx128m", "-jar", kJar, "--properties",
                                                 directory / "properties"},
                        directory / "log");
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while (!listens()) {
            REQUIRE_MESSAGE((process->runs() && std::chrono::steady_clock::now() < deadline),
                            "s3proxy does not start: " << read_file(directory / "log", 1 << 20).value_or(""));
            std::this_thread::sleep_for(50ms);
        }
    }
    bool listens() const {
        boost::asio::io_context io;
        tcp::socket socket(io);
        boost::system::error_code error;
        socket.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port), error);
        return !error;
    }
    std::filesystem::path object(const std::string &name) const { return directory / "data/films" / name; }
};

struct S3Fixture {
    S3Server server;
    boost::asio::io_context io;
    std::string bytes = std::string(as_text(random_bytes((2 << 20) + 77)));
    const std::string name = "room/d-1/2026-09-01/a.mp4";

    std::unique_ptr<upstream::Archive> archive(const std::string &secret = "secret",
                                               const std::string &bucket = "films") {
        std::ofstream(server.directory / "secret") << secret << "\n";
        const upstream::ArchivePlace place{"http://127.0.0.1:" + std::to_string(server.port) + "/" + bucket + "/room",
                                           "us-east-1",
                                           "terminal",
                                           server.directory / "secret",
                                           {}};
        return upstream::make_archive(io, place).value();
    }
    upstream::Archive::Film film() { return test::film_file(server.directory / "film", bytes, "d-1/2026-09-01/a.mp4"); }
};

} // namespace

TEST_CASE("archive: a real S3 server takes films that we signed, gives them back, and refuses what is wrong") {
    if (!has_server()) {
        MESSAGE("skipped: no Java, or Maven brings no S3 server");
        return;
    }
    S3Fixture s3;
    const auto archive = s3.archive();
    const std::string name = "d-1/2026-09-01/a.mp4";
    const auto size = std::ssize(s3.bytes);

    CHECK(test::finish(s3.io, archive->digest(name, size)).error().status == 404);
    std::atomic<bool> stop = true;
    archive->heed(stop);
    const auto stopped = test::finish(s3.io, archive->put(s3.film(), 0)).error();
    CHECK(stopped.stopped);
    CHECK_FALSE(stopped.own_file);
    stop = false;
    CHECK(test::finish(s3.io, archive->digest(name, size)).error().status == 404);
    REQUIRE(test::finish(s3.io, archive->put(s3.film(), 0)));
    CHECK(read_file(s3.server.object(s3.name), 10 << 20).value() == s3.bytes);
    CHECK(test::finish(s3.io, archive->digest(name, size)).value() == sha256(as_bytes(s3.bytes)));
    REQUIRE(test::finish(s3.io, archive->put_text("d-1/2026-09-01/index.csv", "课时\n")));
    CHECK(read_file(s3.server.object("room/d-1/2026-09-01/index.csv"), 100).value() == "课时\n");

    // Bytes that changed there, and a shorter object.
    std::fstream(s3.server.object(s3.name), std::ios::in | std::ios::out).put(static_cast<char>(s3.bytes[0] ^ 1));
    CHECK(test::finish(s3.io, archive->digest(name, size)).value() != sha256(as_bytes(s3.bytes)));
    REQUIRE(test::finish(s3.io, archive->put_text(name, "short")));
    CHECK(test::finish(s3.io, archive->digest(name, size)).value() != sha256(as_bytes(s3.bytes)));

    // A film that is not what was signed never gets in.
    auto other = s3.film();
    other.sha256 = sha256(as_bytes("other"));
    CHECK(test::finish(s3.io, archive->put(std::move(other), 0)).error().status == 400);
    REQUIRE(test::finish(s3.io, archive->put(s3.film(), 0)));

    const auto wrong_key = s3.archive("wrong");
    CHECK(test::finish(s3.io, wrong_key->put(s3.film(), 0)).error().status == 403);
    CHECK(test::finish(s3.io, wrong_key->digest(name, size)).error().error.code == ErrorCode::denied);
    CHECK(test::finish(s3.io, s3.archive("secret", "nobucket")->put(s3.film(), 0)).error().status == 404);

    // A server that dies in the middle: the film is begun again.
    s3.server.process->end(SIGKILL);
    CHECK(test::finish(s3.io, archive->put(s3.film(), 0)).error().status == 0);
    s3.server.start();
    CHECK(test::finish(s3.io, archive->digest(name, size)).value() == sha256(as_bytes(s3.bytes)));
}
