#pragma once

#include "daemon/transport/http_client.hpp"
#include "daemon/upstream/upstream.hpp"
#include "daemon/upstream/xueshi/xueshi.hpp"

namespace xueshi::upstream {

/// The client half of daemon/wire/tus.md: one request each, no memory.
class Uploads {
public:
    /// All outlive it.
    Uploads(transport::HttpClient &client, const std::string &base_url, const Limits &limits)
        : client_(client), base_url_(base_url), limits_(limits) {}

    using Position = boost::asio::awaitable<Answer<Upstream::UploadPosition>>;
    Position create(wire::ClipAnnouncement clip);
    Position position(std::string upload);
    Position send(std::string upload, Upstream::Piece piece);

private:
    transport::HttpRequest request(std::string method, const std::string &upload) const;

    transport::HttpClient &client_;
    const std::string &base_url_;
    const Limits &limits_;
};

} // namespace xueshi::upstream
