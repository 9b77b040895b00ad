#include <curl/curl.h>

#include "daemon/transport/curl/transfer.hpp"

namespace xueshi::transport {
namespace {

class CurlClient final : public HttpClient {
public:
    CurlClient(boost::asio::io_context &io, TlsOptions tls)
        : io_(io), tls_(std::move(tls)), loop_(std::make_shared<Loop>(io)) {}

    boost::asio::awaitable<Expected<HttpResponse>> send(HttpRequest request) override {
        if (const auto allowed = check_url(request.url); !allowed) {
            co_return tl::unexpected(allowed.error());
        }
        Transfer transfer(loop_, tls_, std::move(request));
        co_return co_await transfer.run();
    }

    /// Requests that run keep their loop until they end.
    void forget_connections() override { loop_ = std::make_shared<Loop>(io_); }

private:
    boost::asio::io_context &io_;
    TlsOptions tls_;
    std::shared_ptr<Loop> loop_;
};

} // namespace

Expected<std::unique_ptr<HttpClient>> make_curl_client(boost::asio::io_context &io, TlsOptions tls) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) {
        return fail(ErrorCode::io, std::string("libcurl: ") + curl_easy_strerror(started));
    }
    if (tls.client_certificate.empty() != tls.client_key.empty()) {
        return fail(ErrorCode::invalid_argument, "a client certificate and its key go together");
    }
    return std::make_unique<CurlClient>(io, std::move(tls));
}

} // namespace xueshi::transport
