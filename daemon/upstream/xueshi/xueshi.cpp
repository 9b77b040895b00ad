#include "daemon/upstream/xueshi/xueshi.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "daemon/upstream/xueshi/refusal.hpp"
#include "daemon/upstream/xueshi/uploads.hpp"
#include "daemon/wire/commands.hpp"
#include "daemon/wire/nonce.hpp"

namespace xueshi::upstream {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kMaxRosterBytes = 8u << 20; ///< the roster's own limit is 4 MiB before escaping
constexpr std::size_t kMaxEtagBytes = 128;

/// A strong or weak validator as RFC 9110 writes it; anything else is not kept, and costs only a full answer next time.
std::string etag_of(const transport::HttpResponse &response) {
    const auto header = response.headers.find("etag");
    if (header == response.headers.end() || header->second.size() > kMaxEtagBytes) {
        return {};
    }
    const bool printable =
        std::all_of(header->second.begin(), header->second.end(), [](unsigned char c) { return c > ' ' && c < 0x7F; });
    return printable ? header->second : std::string();
}

/// Hands requests on and keeps the nonce of the newest answer.
class NonceKeeper final : public transport::HttpClient {
public:
    explicit NonceKeeper(std::unique_ptr<transport::HttpClient> client) : client_(std::move(client)) {}

    asio::awaitable<Expected<transport::HttpResponse>> send(transport::HttpRequest request) override {
        auto response = co_await client_->send(std::move(request));
        const auto header = response ? response->headers.find("xueshi-nonce") : Headers::const_iterator();
        if (response && header != response->headers.end()) {
            newest_ = wire::read_nonce_header(header->second);
        }
        co_return response;
    }
    void forget_connections() override { client_->forget_connections(); }
    std::optional<identity::SignedDocument> take() { return std::exchange(newest_, std::nullopt); }

private:
    using Headers = std::map<std::string, std::string>;
    std::unique_ptr<transport::HttpClient> client_;
    std::optional<identity::SignedDocument> newest_;
};

class XueshiUpstream final : public Upstream {
public:
    XueshiUpstream(std::unique_ptr<transport::HttpClient> client, std::string base_url, const Limits &limits)
        : client_(std::make_unique<NonceKeeper>(std::move(client))), base_url_(std::move(base_url)), limits_(limits) {
        while (base_url_.ends_with('/')) {
            base_url_.pop_back();
        }
    }

    asio::awaitable<Answer<wire::ClaimAnswer>> claim(wire::ClaimRequest request) override {
        auto post = json_post("/v1/claim", wire::write(request));
        const auto response = co_await client_->send(std::move(post));
        if (!response) {
            co_return tl::unexpected(no_answer(response.error()));
        }
        if (response->status != 200 && response->status != 202) {
            co_return tl::unexpected(refusal(*response));
        }
        auto answer = wire::read_claim_answer(response->body);
        if (answer && answer->code.empty() != (response->status == 200)) {
            answer = fail(ErrorCode::corrupt, "a claim's answer does not fit its status");
        }
        if (!answer) {
            co_return tl::unexpected(unreadable(response->status, answer.error()));
        }
        co_return std::move(*answer);
    }

    asio::awaitable<Answer<wire::BatchAnswer>> send_events(const wire::EventBatch &batch) override {
        auto post = json_post("/v1/events", wire::write(batch));
        const auto response = co_await client_->send(std::move(post));
        if (!response) {
            co_return tl::unexpected(no_answer(response.error()));
        }
        if (response->status != 200) {
            co_return tl::unexpected(refusal(*response));
        }
        auto answer = wire::read_batch_answer(response->body);
        if (!answer) {
            co_return tl::unexpected(unreadable(response->status, answer.error()));
        }
        co_return std::move(*answer);
    }

    std::optional<identity::SignedDocument> take_nonce() override { return client_->take(); }

    void credentials_changed() override { client_->forget_connections(); }

    void limit_sending(std::int64_t bytes_per_s) override { limits_.max_send_bytes_per_s = bytes_per_s; }

    asio::awaitable<Answer<std::vector<identity::SignedDocument>>>
    wait_for_commands(std::int64_t after, std::chrono::seconds wait) override {
        transport::HttpRequest get;
        get.url = fmt::format("{}{}?after={}&wait={}", base_url_, wire::kCommandsPath, after, wait.count());
        get.timeout = limits_.exchange + wait;
        get.max_response_bytes = wire::kMaxAnswerBytes;
        const auto response = co_await client_->send(std::move(get));
        if (!response) {
            co_return tl::unexpected(no_answer(response.error()));
        }
        if (response->status != 200) {
            co_return tl::unexpected(refusal(*response));
        }
        auto commands = wire::read_commands(response->body);
        if (!commands) {
            co_return tl::unexpected(unreadable(response->status, commands.error()));
        }
        co_return std::move(*commands);
    }

    asio::awaitable<Answer<RosterAnswer>> fetch_roster(std::string etag) override {
        transport::HttpRequest get;
        get.url = base_url_ + "/v1/roster";
        get.timeout = limits_.exchange;
        get.max_response_bytes = kMaxRosterBytes;
        if (!etag.empty()) {
            get.headers["If-None-Match"] = etag;
        }
        auto response = co_await client_->send(std::move(get));
        if (!response) {
            co_return tl::unexpected(no_answer(response.error()));
        }
        RosterAnswer answer;
        if (response->status == 304 && !etag.empty()) {
            answer.etag = etag;
            co_return answer;
        }
        if (response->status != 200) {
            co_return tl::unexpected(refusal(*response));
        }
        answer.etag = etag_of(*response);
        answer.document = std::move(response->body);
        if (answer.document.empty()) {
            const Error error{ErrorCode::corrupt, "the roster's answer is empty"};
            co_return tl::unexpected(unreadable(200, error));
        }
        co_return answer;
    }

    asio::awaitable<Answer<UploadPosition>> create_upload(wire::ClipAnnouncement clip) override {
        co_return co_await uploads_.create(std::move(clip));
    }
    asio::awaitable<Answer<UploadPosition>> upload_position(std::string upload) override {
        co_return co_await uploads_.position(std::move(upload));
    }
    asio::awaitable<Answer<UploadPosition>> send_piece(std::string upload, Piece piece) override {
        co_return co_await uploads_.send(std::move(upload), std::move(piece));
    }

private:
    transport::HttpRequest json_post(std::string_view path, std::string body) const {
        transport::HttpRequest request;
        request.method = "POST";
        request.url = base_url_ + std::string(path);
        request.headers["Content-Type"] = "application/json";
        request.headers["Accept"] = "application/json";
        request.body = std::move(body);
        request.timeout = limits_.exchange;
        request.max_send_bytes_per_s = limits_.max_send_bytes_per_s;
        request.max_response_bytes = wire::kMaxAnswerBytes;
        return request;
    }

    std::unique_ptr<NonceKeeper> client_;
    std::string base_url_;
    Limits limits_;
    Uploads uploads_{*client_, base_url_, limits_}; // after them
};

} // namespace

std::unique_ptr<Upstream> make_xueshi_upstream(std::unique_ptr<transport::HttpClient> client, std::string base_url,
                                               const Limits &limits) {
    return std::make_unique<XueshiUpstream>(std::move(client), std::move(base_url), limits);
}

} // namespace xueshi::upstream
