#include "tests/bench/sync/bare.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "daemon/transport/http_client.hpp"
#include "firmware/core/base/unique_fd.hpp"
#include "firmware/core/http/server.hpp"
#include "firmware/core/identity/chain.hpp"
#include "firmware/core/sqlite/sqlite.hpp"
#include "tests/support/test_pki.hpp"

namespace xueshi::bench {

namespace asio = boost::asio;
using Time = std::chrono::steady_clock;

namespace {

constexpr std::size_t kBatch = 1'000, kChunk = 1 << 20;

double since(Time::time_point start) {
    return std::chrono::duration<double>(Time::now() - start).count();
}
void must(const Expected<void> &done) {
    if (!done) {
        throw std::runtime_error(done.error().message);
    }
}

/// Takes one body.
asio::awaitable<http::Response> take(std::filesystem::path file, http::Request request) {
    const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    Sha256Stream digest;
    std::vector<std::uint8_t> chunk(kChunk);
    for (;;) {
        const auto got = co_await request.stream->read(chunk);
        if (!got || *got == 0) {
            break;
        }
        digest.update({chunk.data(), *got});
        if (::write(fd.get(), chunk.data(), *got) < 0 || ::fdatasync(fd.get()) != 0) {
            throw std::runtime_error("write");
        }
    }
    http::Response response;
    response.body = hex(digest.finish());
    co_return response;
}

} // namespace

double check_and_insert(const std::vector<record::StoredEvent> &events, const identity::PublicKey &key,
                        const std::filesystem::path &path) {
    auto database = sqlite::Database::open(path, sqlite::Mode::read_write_create).value();
    must(database.execute("PRAGMA journal_mode = WAL"));
    must(database.execute("PRAGMA synchronous = FULL"));
    must(database.execute("CREATE TABLE event (seq INTEGER PRIMARY KEY, id TEXT, kind TEXT, body TEXT, prev TEXT, "
                          "hash TEXT, signature TEXT)"));
    auto insert = sqlite::Statement::prepare(database, "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)").value();
    const auto start = Time::now();
    for (std::size_t first = 0; first < events.size(); first += kBatch) {
        must(database.execute("BEGIN"));
        for (std::size_t i = first; i < std::min(first + kBatch, events.size()); ++i) {
            const auto &event = events[i];
            must(key.verify(identity::signed_message(event.prev, event.body), event.signature));
            if (identity::link_hash(event.prev, event.body) != event.hash) {
                throw std::runtime_error("hash");
            }
            insert.bind(1, event.seq)
                .bind(2, event.id.str())
                .bind(3, event.kind)
                .bind(4, event.body)
                .bind(5, hex(event.prev))
                .bind(6, hex(event.hash))
                .bind(7, base64(event.signature));
            must(insert.run());
        }
        must(database.execute("COMMIT"));
    }
    return since(start);
}

double plain_put(std::int64_t bytes, const std::filesystem::path &directory) {
    const test::TestPki pki;
    const auto identity = pki.issue({});
    std::ofstream(directory / "server.pem") << identity.certificate_pem;
    std::ofstream(directory / "server.key") << identity.key_pem;
    asio::io_context server_io, client_io;
    http::Server::Options options;
    options.tls.emplace();
    options.tls->certificate_chain = directory / "server.pem";
    options.tls->private_key = directory / "server.key";
    options.streamed = [](const http::Request &) { return true; };
    const auto server = http::Server::listen(server_io, options, [&](http::Request request) {
                            return take(directory / "put", std::move(request));
                        }).value();
    const auto work = asio::make_work_guard(server_io);
    std::jthread serving([&] { server_io.run(); });

    transport::TlsOptions tls;
    tls.ca_pem = pki.ca_pem();
    const auto client = transport::make_curl_client(client_io, tls).value();
    transport::HttpRequest put;
    put.method = "PUT";
    put.url = "https://127.0.0.1:" + std::to_string(server->port()) + "/put";
    put.body = std::string(as_text(random_bytes(static_cast<std::size_t>(bytes))));
    put.timeout = std::chrono::minutes(5);
    const std::string digest = hex(sha256(as_bytes(put.body)));
    const auto start = Time::now();
    bool held = false;
    asio::co_spawn(client_io, client->send(std::move(put)), [&](std::exception_ptr, auto answer) {
        held = answer && answer->status == 200 && answer->body == digest;
    });
    client_io.run();
    const double seconds = since(start);
    asio::post(server_io, [&] { server->stop(); });
    server_io.stop();
    if (!held) {
        throw std::runtime_error("the plain PUT failed");
    }
    return seconds;
}

} // namespace xueshi::bench
