#pragma once

#include <optional>
#include <vector>

#include "daemon/registry/bureau/bureau.hpp"
#include "daemon/registry/bureau/routes.hpp"
#include "daemon/registry/store/devices.hpp"

/// Internal to the room: what a request asks about, as far as its token covers it.
namespace xueshi::registry::bureau {

/// Those the token covers and, where the request names one (`institution=`), that one. None covered: not_found.
Expected<std::vector<store::Institution>> institutions_of(store::Session &session, const Call &call);
/// The one institution that a pull with a cursor is about; several and none named: invalid_argument.
Expected<store::Institution> one_institution(store::Session &session, const Call &call);
/// A puller's place: `after` and `limit` of the request, for its one institution.
struct Cursor {
    store::Institution institution;
    std::int64_t after = 0, limit = 0;
};
Expected<Cursor> cursor_of(store::Session &session, const Call &call);
/// By the id in a body; not_found when the token does not cover it.
Expected<store::Institution> covered_institution(store::Session &session, const Access &access,
                                                 const InstitutionId &id);

/// The device that the path names, when the token covers its institution; not_found looks the same for "no such" and
/// "not yours".
Expected<store::Device> covered_device(store::Session &session, const Call &call);

/// A query parameter as a number.
Expected<std::int64_t> number_of(const http::Request &request, const std::string &key, std::int64_t fallback,
                                 std::int64_t min, std::int64_t max);
std::string query_of(const http::Request &request, const std::string &key);
/// By `format=csv` or the Accept header.
bool wants_csv(const http::Request &request);

/// 200 (or `status`) with the object, marked when this is a demonstration's registry.
http::Response json_response(const Context &context, json::Object body, unsigned status = 200);
http::Response csv_response(std::string body);

} // namespace xueshi::registry::bureau
