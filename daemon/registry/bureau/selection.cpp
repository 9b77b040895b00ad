#include "daemon/registry/bureau/selection.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace xueshi::registry::bureau {

Expected<std::vector<store::Institution>> institutions_of(store::Session &session, const Call &call) {
    const InstitutionId named(query_of(call.request, "institution"));
    std::vector<store::Institution> covered;
    for (store::Institution &institution : store::institutions(session)) {
        if (call.access.covers(institution) && (named.empty() || institution.id == named)) {
            covered.push_back(std::move(institution));
        }
    }
    if (covered.empty() && !named.empty()) {
        return fail(ErrorCode::not_found, "no such institution");
    }
    return covered;
}

Expected<store::Institution> one_institution(store::Session &session, const Call &call) {
    auto covered = institutions_of(session, call);
    if (!covered) {
        return tl::unexpected(covered.error());
    }
    if (covered->empty()) {
        return fail(ErrorCode::not_found, "no institution yet");
    }
    if (covered->size() > 1) {
        return fail(ErrorCode::invalid_argument, "institution: name one, the token covers several");
    }
    return std::move(covered->front());
}

Expected<store::Institution> covered_institution(store::Session &session, const Access &access,
                                                 const InstitutionId &id) {
    auto found = store::find_institution(session, id);
    if (!found || !access.covers(*found)) {
        return fail(ErrorCode::not_found, "no such institution: filing its first class brings it");
    }
    return std::move(*found);
}

std::string query_of(const http::Request &request, const std::string &key) {
    const auto found = request.query.find(key);
    return found == request.query.end() ? std::string{} : found->second;
}

Expected<std::int64_t> number_of(const http::Request &request, const std::string &key, std::int64_t fallback,
                                 std::int64_t min, std::int64_t max) {
    const std::string text = query_of(request, key);
    if (text.empty()) {
        return fallback;
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < min || value > max) {
        return fail(ErrorCode::invalid_argument, fmt::format("{}: a number from {} to {} expected", key, min, max));
    }
    return value;
}

Expected<Cursor> cursor_of(store::Session &session, const Call &call) {
    constexpr std::int64_t kMaxPage = 1'000, kMaxPosition = 1LL << 53;
    const auto institution = one_institution(session, call);
    const auto after = number_of(call.request, "after", 0, 0, kMaxPosition);
    const auto limit = number_of(call.request, "limit", kMaxPage, 1, kMaxPage);
    if (!institution || !after || !limit) {
        return tl::unexpected(!institution ? institution.error() : !after ? after.error() : limit.error());
    }
    return Cursor{*institution, *after, *limit};
}

bool wants_csv(const http::Request &request) {
    const std::string format = query_of(request, "format");
    return format.empty() ? request.header("accept").starts_with("text/csv") : format == "csv";
}

bool is_demonstration(const rules::CountingPolicy &policy) {
    return policy.allow_replay || policy.allow_virtual || policy.allow_photograph_enrolment;
}

http::Response json_response(const Context &context, json::Object body, unsigned status) {
    if (is_demonstration(context.policy)) {
        body["demonstration"] = true;
    }
    http::Response response;
    response.status = status;
    response.body = json::serialize(body);
    return response;
}

http::Response csv_response(std::string body) {
    http::Response response;
    response.content_type = "text/csv; charset=utf-8; header=present";
    response.body = std::move(body);
    return response;
}

} // namespace xueshi::registry::bureau
