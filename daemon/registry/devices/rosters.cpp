#include "daemon/registry/devices/rosters.hpp"

#include <algorithm>

#include "daemon/registry/counting/attendance.hpp"
#include "daemon/registry/store/classes.hpp"
#include "firmware/core/base/bytes.hpp"

namespace xueshi::registry::devices {

namespace {

/// A terminal that comes back after weeks still resolves the punches it made; after this the roster forgets the class.
constexpr std::int64_t kKeepAfterEndMs = 30LL * 86'400'000;

Expected<std::string> etag_of(roster::Roster roster) {
    roster.as_of_ms = 0;
    roster.hours_as_of_ms = 0;
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

Rosters::Rosters(store::Store &store, const identity::Signer &signer, const Clock &clock, rules::CountingPolicy policy)
    : store_(store), signer_(signer), clock_(clock), policy_(policy) {}

/// A part that was counted a while ago makes all of it as old.
Expected<void> Rosters::add_hours(store::Session &session, roster::Roster &roster, std::int64_t now_ms) {
    roster.hours_as_of_ms = now_ms;
    for (const auto &training_class : roster.classes) {
        const auto counted = hours_of(session, roster.institution, training_class.id, now_ms);
        if (!counted) {
            return tl::unexpected(counted.error());
        }
        roster.hours_as_of_ms = std::min(roster.hours_as_of_ms, counted->at_ms);
        for (const auto &[person, hours] : counted->hours) {
            roster.hours[{training_class.id, person}] = hours;
        }
    }
    return {};
}

Expected<Rosters::Counted> Rosters::hours_of(store::Session &session, const InstitutionId &institution,
                                             const ClassId &id, std::int64_t now_ms) {
    const auto stale = [now_ms](const Counted &counted) {
        return counted.at_ms > now_ms || now_ms - counted.at_ms >= kHoursAgeMs;
    };
    const std::pair key(institution, id);
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(counted_, [&](const auto &entry) { return stale(entry.second); });
        if (const auto known = counted_.find(key); known != counted_.end()) {
            return known->second;
        }
    }
    const auto attendance = counting::class_attendance(session, policy_, institution, id);
    if (!attendance) {
        return tl::unexpected(attendance.error());
    }
    Counted counted{now_ms, {}};
    for (const auto &row : attendance->trainees) {
        counted.hours[row.trainee.id] = {row.attendance.proved, row.attendance.possible};
    }
    const std::lock_guard lock(mutex_);
    return counted_.insert_or_assign(key, std::move(counted)).first->second;
}

Expected<roster::Roster> Rosters::build(store::Session &session, const store::Device &device, std::int64_t now_ms) {
    auto roster = build_roster(session, device, now_ms);
    const auto counted = roster ? add_hours(session, *roster, now_ms) : Expected<void>();
    return counted ? std::move(roster) : tl::unexpected(counted.error());
}

Expected<identity::SignedDocument> Rosters::sign(store::Session &session, const store::Device &device) {
    const auto roster = build(session, device, clock_.now().wall_ms);
    return roster ? roster::sign_roster(signer_, *roster) : tl::unexpected(roster.error());
}

boost::asio::awaitable<http::Response> Rosters::get(store::Device device, http::Request request) {
    const std::int64_t now_ms = clock_.now().wall_ms;
    std::function<Expected<roster::Roster>(store::Session &)> work = [this, &device, now_ms](store::Session &session) {
        return build(session, device, now_ms);
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
