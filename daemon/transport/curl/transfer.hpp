#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include <boost/asio/steady_timer.hpp>

#include "daemon/transport/curl/loop.hpp"
#include "daemon/transport/http_client.hpp"

struct curl_slist;

namespace xueshi::transport {

inline constexpr std::size_t kErrorTextBytes = 256; ///< CURL_ERROR_SIZE

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
    Error error(int code) const;
    void set_file_body(const FileBody &body);
    static int on_socket(void *, int fd, int purpose);
    static std::size_t on_read(char *data, std::size_t size, std::size_t count, void *transfer);
    static int on_seek(void *transfer, std::int64_t offset, int origin);
    static int on_progress(void *transfer, std::int64_t, std::int64_t, std::int64_t, std::int64_t);
    static std::size_t on_header(char *data, std::size_t size, std::size_t count, void *transfer);
    static std::size_t on_body(char *data, std::size_t size, std::size_t count, void *transfer);
    void take_header(std::string_view line);

    std::shared_ptr<Loop> loop_; ///< shared: a transfer may end after the client that began it
    HttpRequest request_;
    HttpResponse response_;
    void *easy_; ///< CURL *
    curl_slist *headers_ = nullptr;
    std::array<char, kErrorTextBytes> error_text_{};
    std::size_t header_bytes_ = 0;
    std::int64_t file_read_ = 0; ///< of a FileBody
    bool too_large_ = false;
    std::optional<int> result_; ///< CURLcode
    boost::asio::steady_timer done_;
};

} // namespace xueshi::transport
