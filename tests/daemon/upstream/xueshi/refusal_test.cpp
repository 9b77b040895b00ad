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
int retry_after(std::map<std::string, std::string> headers, std::time_t now = 0) {
    return upstream::retry_after_s(response(503, std::move(headers)), now);
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
}

TEST_CASE("F15: a date in Retry-After without the server's own counts by the device's clock, unless that is far off") {
    constexpr std::time_t kSix = 1'795'500'000; // Tue, 24 Nov 2026 06:00:00 GMT
    const std::map<std::string, std::string> until{{"retry-after", "Tue, 24 Nov 2026 06:01:30 GMT"}};
    CHECK(retry_after(until, kSix) == 90);
    CHECK(retry_after(until, kSix + 3'600) == 0);
    CHECK(retry_after(until, 0) == -1); // a clock that was never set would wait for ever
    CHECK(retry_after(until, kSix + 400 * 86'400) == -1);
    CHECK(retry_after({{"retry-after", "Tue, 24 Nov 2026 06:01:30 GMT"}, {"date", "today"}}, kSix) == 90);
}

TEST_CASE("F15: a date in Retry-After may have either obsolete form") {
    const std::string from = "Tue, 24 Nov 2026 06:00:00 GMT";
    CHECK(retry_after({{"retry-after", "Tuesday, 24-Nov-26 06:01:30 GMT"}, {"date", from}}) == 90);
    CHECK(retry_after({{"retry-after", "Tue Nov 24 06:01:30 2026"}, {"date", from}}) == 90);
    CHECK(retry_after({{"retry-after", "Sun Dec  6 06:00:00 2026"}, {"date", "Sat Dec  5 18:00:00 2026"}}) == 43'200);
    CHECK(retry_after({{"retry-after", "Tue Nov 24 06:01:30 2026 GMT"}, {"date", from}}) == -1);
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
