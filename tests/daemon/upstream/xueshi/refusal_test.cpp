#include "daemon/upstream/xueshi/refusal.hpp"

#include <doctest/doctest.h>

using namespace xueshi;

namespace {

transport::HttpResponse response(unsigned status, std::map<std::string, std::string> headers, std::string body = {}) {
    transport::HttpResponse out;
    out.status = status;
    out.headers = std::move(headers);
    out.body = std::move(body);
    return out;
}
int retry_after(std::map<std::string, std::string> headers) {
    return upstream::retry_after_s(response(503, std::move(headers)));
}

} // namespace

TEST_CASE("F15: Retry-After is read as seconds or as a date, and nonsense as not said") {
    CHECK(retry_after({}) == -1);
    CHECK(retry_after({{"retry-after", "120"}}) == 120);
    CHECK(retry_after({{"retry-after", "0"}}) == 0);
    CHECK(retry_after({{"retry-after", "-5"}}) == -1);
    CHECK(retry_after({{"retry-after", "soon"}}) == -1);
    CHECK(retry_after({{"retry-after", "5 minutes"}}) == -1);
    CHECK(retry_after({{"retry-after", ""}}) == -1);
    CHECK(retry_after({{"retry-after", "999999999999999999999999"}}) == 86'400);
    CHECK(retry_after({{"retry-after", "999999999"}}) == 86'400);
}

TEST_CASE("F15: a date in Retry-After counts from the server's own date, whatever the device's clock says") {
    const std::string from = "Tue, 24 Nov 2026 06:00:00 GMT";
    CHECK(retry_after({{"retry-after", "Tue, 24 Nov 2026 06:01:30 GMT"}, {"date", from}}) == 90);
    CHECK(retry_after({{"retry-after", "Tue, 24 Nov 2026 05:00:00 GMT"}, {"date", from}}) == 0);
    CHECK(retry_after({{"retry-after", "Tue, 24 Nov 2026 06:01:30 GMT"}}) == -1);
}

TEST_CASE("upstream: a refusal tells status, code and the words of the problem") {
    const auto refusal = upstream::refusal(
        response(403, {}, R"({"type":"about:blank","title":"Forbidden","status":403,"detail":"the token is used"})"));
    CHECK(refusal.status == 403);
    CHECK(refusal.error.code == ErrorCode::denied);
    CHECK(refusal.error.message == "HTTP 403: the token is used");
    CHECK(upstream::refusal(response(502, {}, "<html>Bad gateway</html>")).error.message == "HTTP 502");
    CHECK(upstream::refusal(response(502, {}, R"({"title":"Bad gateway"})")).error.message == "HTTP 502: Bad gateway");
    CHECK(upstream::refusal(response(400, {}, "{\"detail\":\"a\\nb\\u001bc\"}")).error.message == "HTTP 400: a b c");
}

TEST_CASE("upstream: each status has the code a caller decides on") {
    for (const auto &[status, code] : std::vector<std::pair<unsigned, ErrorCode>>{
             {400, ErrorCode::invalid_argument},
             {401, ErrorCode::denied},
             {404, ErrorCode::not_found},
             {409, ErrorCode::conflict},
             {413, ErrorCode::too_large},
             {429, ErrorCode::unavailable},
             {500, ErrorCode::unavailable},
             {503, ErrorCode::unavailable},
             {504, ErrorCode::timeout},
             {507, ErrorCode::no_space},
             {302, ErrorCode::unsupported},
         }) {
        CHECK(upstream::refusal(response(status, {})).error.code == code);
    }
}
