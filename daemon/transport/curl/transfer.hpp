#pragma once

#include <array>
#include <memory>
#include <optional>

#include <boost/asio/steady_timer.hpp>

#include "daemon/transport/curl/loop.hpp"
#include "daemon/transport/http_client.hpp"

namespace xueshi::transport {

/// https anywhere, http only to this machine itself.
Expected<void> check_url(const std::string &url);

/// One exchange: a curl handle with all it borrows. Ends the exchange when destroyed.
class Transfer {
public:
    /// `tls` must outlive the transfer.
    Transfer(std::shared_ptr<Loop> loop, const TlsOptions &tls, HttpRequest request);
    ~Transfer();
    Transfer(const Transfer &) = delete;
    Transfer &operator=(const Transfer &) = delete;

    boost::asio::awaitable<Expected<HttpResponse>> run();

private:
    void set_request();
    void set_security(const TlsOptions &tls);
    Error error(CURLcode code) const;
    static std::size_t on_header(char *data, std::size_t size, std::size_t count, void *transfer);
    static std::size_t on_body(char *data, std::size_t size, std::size_t count, void *transfer);
    void take_header(std::string_view line);

    std::shared_ptr<Loop> loop_; ///< shared: a transfer may end after the client that began it
    HttpRequest request_;
    HttpResponse response_;
    CURL *easy_;
    curl_slist *headers_ = nullptr;
    std::array<char, CURL_ERROR_SIZE> error_text_{};
    std::size_t header_bytes_ = 0;
    bool too_large_ = false;
    std::optional<CURLcode> result_;
    boost::asio::steady_timer done_;
};

} // namespace xueshi::transport
