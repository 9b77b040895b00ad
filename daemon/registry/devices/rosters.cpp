#include "daemon/registry/devices/rosters.hpp"

#include "daemon/registry/store/classes.hpp"
#include "firmware/core/base/bytes.hpp"

namespace xueshi::registry::devices {

namespace {

/// A terminal that comes back after weeks still resolves the punches it made; after this the roster forgets the class.
constexpr std::int64_t kKeepAfterEndMs = 30LL * 86'400'000;

Expected<std::string> etag_of(roster::Roster roster) {
    roster.as_of_ms = 0;
    const auto payload = roster::write_roster(roster);
    if (!payload) {
        return tl::unexpected(payload.error());
    }
    return "\"" + hex(sha256(as_bytes(*payload))) + "\"";
}

} // namespace

Expected<roster::Roster> build_roster(store::Session &session, const store::Device &device, std::int64_t now_ms) {
    const auto institution = store::find_institution(session, device.institution);
    roster::Roster roster;
    roster.device = device.id;
    roster.institution = device.institution;
    roster.institution_name = institution ? institution->name : std::string();
    roster.room = device.room;
    roster.as_of_ms = now_ms;
    for (const ClassId &id : store::classes_in_room(session, device.institution, device.room)) {
        auto training_class = store::find_class(session, device.institution, id);
        if (training_class && training_class->lessons.back().end_ms() + kKeepAfterEndMs > now_ms) {
            roster.classes.push_back(std::move(*training_class));
        }
    }
    return roster;
}

Rosters::Rosters(store::Store &store, const identity::Signer &signer, const Clock &clock)
    : store_(store), signer_(signer), clock_(clock) {}

boost::asio::awaitable<http::Response> Rosters::get(store::Device device, http::Request request) {
    const std::int64_t now_ms = clock_.now().wall_ms;
    std::function<Expected<roster::Roster>(store::Session &)> work = [&device, now_ms](store::Session &session) {
        return build_roster(session, device, now_ms);
    };
    const auto roster = co_await store_.run<roster::Roster>(std::move(work));
    if (!roster) {
        co_return http::problem(roster.error());
    }
    const auto etag = etag_of(*roster);
    if (!etag) {
        co_return http::problem(Error{ErrorCode::io, "build a roster: " + etag.error().message});
    }
    http::Response response;
    response.headers["ETag"] = *etag;
    if (request.header("if-none-match") == *etag) {
        response.status = 304;
        co_return response;
    }
    const auto document = roster::sign_roster(signer_, *roster);
    if (!document) {
        co_return http::problem(Error{ErrorCode::io, "sign a roster: " + document.error().message});
    }
    response.body = identity::write_document(*document);
    co_return response;
}

} // namespace xueshi::registry::devices
