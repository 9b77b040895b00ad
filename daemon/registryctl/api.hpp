#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "daemon/transport/http_client.hpp"
#include "firmware/core/base/json.hpp"

namespace xueshi::registryctl {

/// Where the registry is and who we are.
struct Endpoint {
    std::string url; ///< of the bureau listener, such as https://127.0.0.1:8444
    std::string ca_pem;
    std::string token;
};
/// From a registry's own state directory: endpoints.json, ca.pem, admin.token.
Expected<Endpoint> endpoint_of_state(const std::filesystem::path &directory);
/// From its parts.
Expected<Endpoint> endpoint_of_files(std::string url, const std::filesystem::path &ca,
                                     const std::filesystem::path &token_file);

/// Asks the registry, one request at a time. A refusal is an Error with the problem's own words.
class Api {
public:
    static Expected<std::unique_ptr<Api>> connect(Endpoint endpoint);
    Expected<json::Value> get(const std::string &path);
    Expected<json::Value> post(const std::string &path, const json::Object &body);
    /// The answer's bytes as they are.
    Expected<std::string> fetch(const std::string &path);
    Expected<std::string> upload(const std::string &path, std::string body, const std::string &content_type);

private:
    Api(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}
    Expected<std::string> send(std::string method, const std::string &path, std::string body,
                               const std::string &content_type = "application/json");

    Endpoint endpoint_;
    boost::asio::io_context io_;
    std::unique_ptr<transport::HttpClient> client_;
};

/// For one segment of a path, or one value of a query (RFC 3986).
std::string percent_encode(std::string_view text);

} // namespace xueshi::registryctl
