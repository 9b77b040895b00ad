#include "daemon/sync/metrics.hpp"

#include <doctest/doctest.h>

#include <regex>

#include <boost/asio/co_spawn.hpp>

#include "daemon/transport/http_client.hpp"
#include "firmware/core/base/file.hpp"

using namespace xueshi;
namespace asio = boost::asio;

namespace {

sync::Status busy() {
    sync::Status status;
    status.phase = sync::Phase::delivering;
    status.queue = 12;
    status.oldest_unsent_ms = 40'000;
    status.last_receipt_ms = 90'000;
    status.upload_error = sync::Words{"中文", "why", "이유"};
    return status;
}

} // namespace

TEST_CASE("metrics: the state is told in Prometheus' text format, with what never happened as -1") {
    const auto text = sync::write_metrics(busy(), {{"delivery_failed", 3}}, 100'000);
    for (const char *line :
         {"\nxueshi_sync_queue_events 12\n", "\nxueshi_sync_oldest_unsent_seconds 60\n",
          "\nxueshi_sync_receipt_age_seconds 10\n", "\nxueshi_sync_roster_age_seconds -1\n",
          "\nxueshi_sync_upload_failing 1\n", "\nxueshi_sync_failures_total{work=\"delivery_failed\"} 3\n",
          "# TYPE xueshi_sync_failures_total counter\n"}) {
        CAPTURE(line);
        CHECK(text.find(line) != std::string::npos);
    }
    CHECK(text.ends_with('\n'));
    CHECK(text.find("why") == std::string::npos); // words may name what metrics must not
}

TEST_CASE("metrics: they are served on the machine itself, and nothing else is") {
    asio::io_context io;
    const auto server =
        sync::MetricsServer::listen(io, 0, [] { return std::string("xueshi_sync_queue_events 1\n"); }).value();
    const auto client = transport::make_curl_client(io, {}).value();
    const auto get = [&](const std::string &path, const std::string &method) {
        transport::HttpRequest request;
        request.method = method;
        request.url = "http://127.0.0.1:" + std::to_string(server->port()) + path;
        transport::HttpResponse out;
        asio::co_spawn(io, client->send(std::move(request)), [&](std::exception_ptr, auto answer) {
            REQUIRE(answer);
            out = *answer;
            io.stop();
        });
        io.restart();
        io.run_for(std::chrono::seconds(20));
        return out;
    };
    const auto answer = get("/metrics", "GET");
    CHECK(answer.status == 200);
    CHECK(answer.body == "xueshi_sync_queue_events 1\n");
    CHECK(answer.headers.at("content-type").starts_with("text/plain; version=0.0.4"));
    CHECK(get("/other", "GET").status == 404);
    CHECK(get("/metrics", "DELETE").status == 405);
    CHECK_FALSE(sync::MetricsServer::listen(io, server->port(), {})); // a port in use is told
}

TEST_CASE("metrics: the dashboard shows metrics that there are") {
    const auto dashboard = read_file("scripts/grafana_syncd.json", 1 << 20).value(); // tests run at the root
    REQUIRE(json::parse(dashboard, json::Limits{.bytes = 1 << 20, .depth = 32}));
    const auto text = sync::write_metrics(busy(), {{"delivery_failed", 3}}, 100'000);
    const std::regex name("xueshi_sync_[a-z_]+");
    int shown = 0;
    for (std::sregex_iterator found(dashboard.begin(), dashboard.end(), name), none; found != none; ++found) {
        CAPTURE(found->str());
        CHECK(text.find("# TYPE " + found->str() + " ") != std::string::npos);
        ++shown;
    }
    CHECK(shown >= 8);
}
