#pragma once

#include <functional>
#include <vector>

#include "daemon/transport/http_client.hpp"

namespace xueshi::test {

/// Answers what it is told to, and remembers what it was asked.
class FakeHttpClient final : public transport::HttpClient {
public:
    std::vector<transport::HttpRequest> requests;
    std::function<Expected<transport::HttpResponse>(const transport::HttpRequest &)> answer;

    boost::asio::awaitable<Expected<transport::HttpResponse>> send(transport::HttpRequest request) override {
        requests.push_back(request);
        co_return answer(request);
    }
};

} // namespace xueshi::test
