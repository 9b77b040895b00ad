#include "daemon/registryctl/api.hpp"

#include <cctype>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

#include "daemon/wire/problem.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::registryctl {

namespace {

constexpr std::uint64_t kMaxFile = 64 * 1024;
constexpr json::Limits kAnswerLimits{.bytes = 64u << 20, .depth = 16};

Expected<std::string> read_line(const std::filesystem::path &file) {
    auto text = read_file(file, kMaxFile);
    if (text) {
        text->erase(std::find(text->begin(), text->end(), '\n'), text->end());
    }
    return text;
}

/// Listening everywhere is reached here by loopback.
std::string reachable(const std::string &address) {
    if (address == "0.0.0.0" || address == "::") {
        return "127.0.0.1";
    }
    return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

tl::unexpected<Error> refused(const transport::HttpResponse &response) {
    const std::string words = wire::words_of_problem(response.body);
    return fail(wire::code_of_status(response.status), fmt::format("the registry refused ({}): {}", response.status,
                                                                   words.empty() ? "no reason given" : words));
}

Expected<json::Value> parsed(const Expected<std::string> &body) {
    return body ? json::parse(*body, kAnswerLimits) : tl::unexpected(body.error());
}

} // namespace

Expected<Endpoint> endpoint_of_state(const std::filesystem::path &directory) {
    const auto text = read_file(directory / "endpoints.json", kMaxFile);
    const auto value = text ? json::parse(*text) : Expected<json::Value>(tl::unexpected(text.error()));
    if (!value) {
        return fail(value, "no registry runs in " + directory.string());
    }
    json::ObjectReader reader(*value, "endpoints");
    const std::string address = reader.string("bureau_address", 64);
    const auto port = reader.integer("bureau_port", 1, 65'535);
    reader.ignore("device_address");
    reader.ignore("device_port");
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    return endpoint_of_files(fmt::format("https://{}:{}", reachable(address), port), directory / "ca.pem",
                             directory / "admin.token");
}

Expected<Endpoint> endpoint_of_files(std::string url, const std::filesystem::path &ca,
                                     const std::filesystem::path &token_file) {
    auto ca_pem = read_file(ca, kMaxFile);
    auto token = read_line(token_file);
    if (!ca_pem || !token) {
        return tl::unexpected(ca_pem ? token.error() : ca_pem.error());
    }
    while (url.ends_with('/')) {
        url.pop_back();
    }
    return Endpoint{std::move(url), std::move(*ca_pem), std::move(*token)};
}

Expected<std::unique_ptr<Api>> Api::connect(Endpoint endpoint) {
    std::unique_ptr<Api> api(new Api(std::move(endpoint)));
    transport::TlsOptions tls;
    tls.ca_pem = api->endpoint_.ca_pem;
    auto client = transport::make_curl_client(api->io_, std::move(tls));
    if (!client) {
        return tl::unexpected(client.error());
    }
    api->client_ = std::move(*client);
    return api;
}

Expected<json::Value> Api::get(const std::string &path) {
    return parsed(send("GET", path, {}));
}

Expected<json::Value> Api::post(const std::string &path, const json::Object &body) {
    return parsed(send("POST", path, json::serialize(body)));
}

Expected<std::string> Api::fetch(const std::string &path) {
    return send("GET", path, {});
}

Expected<std::string> Api::upload(const std::string &path, std::string body, const std::string &content_type) {
    return send("POST", path, std::move(body), content_type);
}

Expected<std::string> Api::send(std::string method, const std::string &path, std::string body,
                                const std::string &content_type) {
    transport::HttpRequest request;
    request.method = std::move(method);
    request.url = endpoint_.url + path;
    request.headers["Authorization"] = "Bearer " + endpoint_.token;
    request.headers["Content-Type"] = content_type;
    request.body = std::move(body);
    request.max_response_bytes = kAnswerLimits.bytes;
    std::optional<Expected<transport::HttpResponse>> response;
    boost::asio::co_spawn(
        io_, client_->send(std::move(request)),
        [&](const std::exception_ptr &, Expected<transport::HttpResponse> got) { response = std::move(got); });
    io_.restart();
    while (!response && io_.run_one() > 0) {
    }
    if (!response) {
        return fail(ErrorCode::cancelled, "the request was not answered");
    }
    if (!*response) {
        return fail(*response, endpoint_.url);
    }
    if ((*response)->status >= 300) {
        return refused(**response);
    }
    return std::move((*response)->body);
}

std::string percent_encode(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~';
        encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
    }
    return encoded;
}

} // namespace xueshi::registryctl
