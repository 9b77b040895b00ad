#include "daemon/sync/metrics.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "firmware/core/http/server.hpp"

namespace xueshi::sync {

namespace {

constexpr std::size_t kConnections = 8; // one Prometheus and somebody who looks
constexpr auto kContentType = "text/plain; version=0.0.4; charset=utf-8";

class Text {
public:
    void gauge(std::string_view name, std::string_view help, double value) {
        head(name, help, "gauge");
        text_ += fmt::format("{} {}\n", name, value);
    }
    void counter(std::string_view name, std::string_view help, std::string_view label,
                 const std::map<std::string, std::int64_t> &values) {
        head(name, help, "counter");
        for (const auto &[key, value] : values) {
            text_ += fmt::format("{}{{{}=\"{}\"}} {}\n", name, label, key, value);
        }
    }
    std::string str() && { return std::move(text_); }

private:
    void head(std::string_view name, std::string_view help, std::string_view type) {
        text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
    }
    std::string text_;
};

double seconds(std::int64_t ms) {
    return static_cast<double>(ms) / 1'000;
}

boost::asio::awaitable<http::Response> answer(const MetricsServer::Text &text, http::Request request) {
    if (request.path != "/metrics") {
        co_return http::problem(404, "Not found", "there is only /metrics here");
    }
    if (request.method != "GET") {
        co_return http::problem(405, "Method not allowed", "/metrics is read by GET");
    }
    http::Response response;
    response.content_type = kContentType;
    response.body = text();
    co_return response;
}

} // namespace

std::string write_metrics(const Status &status, const std::map<std::string, std::int64_t> &failures,
                          std::int64_t wall_ms) {
    const auto ago = [wall_ms](std::int64_t since_ms) {
        return since_ms == 0 ? -1.0 : seconds(std::max<std::int64_t>(0, wall_ms - since_ms));
    };
    Text text;
    text.gauge("xueshi_sync_delivering", "1 when the device is claimed and delivers.",
               status.phase == Phase::delivering ? 1 : 0);
    text.gauge("xueshi_sync_queue_events", "Events that the registry has not acknowledged.",
               static_cast<double>(status.queue));
    text.gauge("xueshi_sync_oldest_unsent_seconds", "Age of the oldest of them; -1: there is none.",
               status.queue == 0 ? -1 : ago(status.oldest_unsent_ms));
    text.gauge("xueshi_sync_acked_seq", "Highest acknowledged event of the present chain.",
               static_cast<double>(status.acked));
    text.gauge("xueshi_sync_quarantined_events", "Events that the registry refused for good.",
               static_cast<double>(status.quarantined));
    text.gauge("xueshi_sync_former_chains_waiting", "Chains before a salvage that the registry takes no more of.",
               static_cast<double>(status.former_waiting));
    text.gauge("xueshi_sync_clips_waiting", "Clips that are not delivered yet.", static_cast<double>(status.clips));
    text.gauge("xueshi_sync_clips_withheld", "Clips that must not leave the device.",
               static_cast<double>(status.clips_withheld));
    text.gauge("xueshi_sync_films_waiting", "Lesson videos that the institution's archive does not have yet.",
               static_cast<double>(status.films));
    text.gauge("xueshi_sync_film_failing", "1 when the last try to archive a lesson video failed.",
               status.film_error ? 1 : 0);
    text.gauge("xueshi_sync_receipt_age_seconds", "Since the newest receipt; -1: none came ever.",
               ago(status.last_receipt_ms));
    text.gauge("xueshi_sync_roster_age_seconds", "Since the roster was last confirmed; -1: never.",
               ago(status.last_roster_ms));
    text.gauge("xueshi_sync_upload_failing", "1 when the last try to deliver events failed.",
               status.upload_error ? 1 : 0);
    text.gauge("xueshi_sync_clip_failing", "1 when the last try to deliver a clip failed.", status.clip_error ? 1 : 0);
    text.gauge("xueshi_sync_roster_failing", "1 when the last try to fetch the roster failed.",
               status.roster_error ? 1 : 0);
    text.gauge("xueshi_sync_command_failing", "1 when the last try to follow the registry's commands failed.",
               status.command_error ? 1 : 0);
    text.gauge("xueshi_sync_inbox_failing", "1 when an answer that came by stick was not taken.",
               status.inbox_error ? 1 : 0);
    text.counter("xueshi_sync_failures_total", "Tries that failed, by what was tried.", "work", failures);
    return std::move(text).str();
}

struct MetricsServer::Impl {
    Text text;
    std::unique_ptr<http::Server> server;
};

MetricsServer::MetricsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MetricsServer::~MetricsServer() = default;

Expected<std::unique_ptr<MetricsServer>> MetricsServer::listen(boost::asio::io_context &io, std::uint16_t port,
                                                               Text text) {
    auto impl = std::make_unique<Impl>();
    impl->text = std::move(text);
    http::Server::Options options; // 127.0.0.1 without TLS: it never leaves the machine
    options.port = port;
    options.limits.body_bytes = 0;
    options.limits.connections = kConnections;
    auto server = http::Server::listen(
        io, options, [&words = impl->text](http::Request request) { return answer(words, std::move(request)); });
    if (!server) {
        return fail(server, "metrics.port");
    }
    impl->server = std::move(*server);
    return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(impl)));
}

std::uint16_t MetricsServer::port() const {
    return impl_->server->port();
}

} // namespace xueshi::sync
