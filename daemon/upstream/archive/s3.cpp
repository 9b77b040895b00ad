#include <algorithm>

#include <fmt/format.h>

#include "daemon/upstream/archive/archive.hpp"

namespace xueshi::upstream {

namespace {

constexpr std::int64_t kPiece = 1 << 20; ///< read back at a time: all that is ever in memory
constexpr std::chrono::seconds kStall{60};
constexpr std::chrono::seconds kSmall{60};
constexpr std::int64_t kSlowestBytesPerS = 8 * 1024; ///< what is slower is given up and begun again later
constexpr std::size_t kMaxAnswer = 64 * 1024;
constexpr auto kContentHash = "x-amz-content-sha256";

Refusal refusal_of(const Expected<transport::HttpResponse> &response) {
    Refusal out;
    if (!response) {
        out.error = response.error();
        return out;
    }
    out.status = response->status;
    const bool denied = out.status == 401 || out.status == 403;
    out.error = {denied              ? ErrorCode::denied
                 : out.status == 404 ? ErrorCode::not_found
                 : out.status >= 500 ? ErrorCode::unavailable
                                     : ErrorCode::io,
                 fmt::format("HTTP {}", out.status)};
    return out;
}

/// Path-style requests, one object each; signed by libcurl (CURLOPT_AWS_SIGV4). No query: libcurl 7.88 signs one only
/// as it is written.
class S3Archive final : public Archive {
public:
    S3Archive(std::unique_ptr<transport::HttpClient> client, std::string url, transport::S3Signing signing)
        : client_(std::move(client)), url_(std::move(url)), signing_(std::move(signing)) {}

    Result<void> put(Film film, std::int64_t max_bytes_per_s) override {
        auto request = make("PUT", film.name, hex(film.sha256)); // the server holds the body against it
        request.headers["Content-Type"] = "video/mp4";
        request.file_body = transport::FileBody{film.file, film.bytes};
        request.max_send_bytes_per_s = max_bytes_per_s;
        const auto slowest =
            max_bytes_per_s > 0 ? std::min(kSlowestBytesPerS, max_bytes_per_s / 2 + 1) : kSlowestBytesPerS;
        request.timeout = kSmall + std::chrono::seconds(film.bytes / slowest);
        request.stall = kStall;
        request.stop = stop_;
        const auto response = co_await client_->send(std::move(request));
        if (!response || response->status != 200) {
            auto refusal = not_done(response);
            // Nothing else but the file's end or an error of it cancels a transfer that is under way.
            refusal.own_file = !refusal.stopped && refusal.error.code == ErrorCode::cancelled;
            co_return tl::unexpected<Refusal>(refusal);
        }
        co_return Answer<void>();
    }

    Result<Sha256> digest(std::string name, std::int64_t bytes) override {
        Sha256Stream stream;
        for (std::int64_t at = 0; at < bytes;) {
            auto request = make("GET", name, hex(sha256({})));
            const auto end = std::min(at + kPiece, bytes);
            request.headers["Range"] = fmt::format("bytes={}-{}", at, end - 1);
            request.max_response_bytes = static_cast<std::size_t>(kPiece);
            request.timeout = kSmall + std::chrono::seconds(kPiece / kSlowestBytesPerS);
            request.stall = kStall;
            request.stop = stop_;
            const auto response = co_await client_->send(std::move(request));
            const bool cut = response && response->status == 416; // it is shorter
            if (!cut && (!response || (response->status != 206 && response->status != 200))) {
                co_return tl::unexpected<Refusal>(not_done(response));
            }
            if (cut || std::ssize(response->body) != end - at) {
                break; // not the film that was put: its digest shows that
            }
            stream.update(as_bytes(response->body));
            at = end;
        }
        co_return stream.finish();
    }

    Result<void> put_text(std::string name, std::string text) override {
        auto request = make("PUT", name, hex(sha256(as_bytes(text))));
        request.headers["Content-Type"] = "text/plain"; // servers differ in how they sign a parameter
        request.body = std::move(text);
        const auto response = co_await client_->send(std::move(request));
        if (!response || response->status != 200) {
            co_return tl::unexpected<Refusal>(refusal_of(response));
        }
        co_return Answer<void>();
    }

    void heed(const std::atomic<bool> &stop) override { stop_ = &stop; }
    std::string describe() const override { return url_; }

private:
    Refusal not_done(const Expected<transport::HttpResponse> &response) const {
        auto refusal = refusal_of(response);
        const bool cancelled = !response && response.error().code == ErrorCode::cancelled;
        refusal.stopped = cancelled && stop_ != nullptr && stop_->load();
        return refusal;
    }
    transport::HttpRequest make(std::string method, const std::string &name, std::string content_hash) const {
        transport::HttpRequest request;
        request.method = std::move(method);
        request.url = url_ + "/" + name;
        request.headers[kContentHash] = std::move(content_hash);
        request.sign_for_s3 = signing_;
        request.timeout = kSmall;
        request.max_response_bytes = kMaxAnswer;
        return request;
    }

    std::unique_ptr<transport::HttpClient> client_;
    std::string url_;
    transport::S3Signing signing_;
    const std::atomic<bool> *stop_ = nullptr;
};

} // namespace

std::unique_ptr<Archive> make_s3_archive(std::unique_ptr<transport::HttpClient> client, std::string url,
                                         transport::S3Signing signing) {
    return std::make_unique<S3Archive>(std::move(client), std::move(url), std::move(signing));
}

} // namespace xueshi::upstream
