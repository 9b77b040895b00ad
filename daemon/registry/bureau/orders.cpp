#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "daemon/registry/bureau/selection.hpp"
#include "daemon/registry/filing/filing.hpp"

/// What a bureau or the registry's operator orders: classes, tokens, approvals.
namespace xueshi::registry::bureau {

namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDefaultDeviceTokenHours = 72, kMaxDeviceTokenHours = 90 * 24;
constexpr std::int64_t kDefaultBureauTokenDays = 365, kMaxBureauTokenDays = 2 * 365;
constexpr std::size_t kMaxId = 64, kMaxName = 256;
constexpr json::Limits kClassLimits{.bytes = filing::kMaxPlanBytes + filing::kMaxRosterBytes, .depth = 4};
constexpr json::Limits kOrderLimits{.bytes = 16 * 1024, .depth = 4};

/// A person who is known by the ID number keeps the id that earlier punches carry.
std::map<PersonId, std::string> join_known_people(store::Session &session, filing::FiledClass &filed) {
    std::map<PersonId, std::string> id_numbers;
    for (std::size_t i = 0; i < filed.rows.size(); ++i) {
        training::Trainee &trainee = filed.training_class.trainees.at(i);
        const std::string &id_number = filed.rows[i].id_number;
        if (id_number.empty()) {
            continue; // hidden: nobody is to be recognised by it
        }
        if (const auto known = store::person_by_id_number(session, filed.institution.id, id_number)) {
            trainee.id = *known;
        }
        id_numbers[trainee.id] = id_number;
    }
    return id_numbers;
}

json::Object filed_json(const training::TrainingClass &training_class, const rules::CountingPolicy &policy) {
    const auto counts = [&](const training::Lesson &lesson) {
        return std::all_of(lesson.hours.begin(), lesson.hours.end(),
                           [&](const training::ClassHour &hour) { return rules::hour_counts(policy, hour); });
    };
    const bool all = std::all_of(training_class.lessons.begin(), training_class.lessons.end(), counts);
    json::Object body;
    body["institution"] = training_class.institution.str();
    body["class"] = training_class.id.str();
    body["filed"] = training_class.filed_hours();
    body["lessons"] = training_class.lessons.size();
    body["trainees"] = training_class.trainees.size();
    body["flags"] = all ? "" : "short_hours"; // filed, and not counted
    return body;
}

/// Unguessable, and shown once: the database has its hash.
struct NewToken {
    std::string text = random_token();
    std::string hash = hex(sha256(as_bytes(text)));
};

} // namespace

Expected<http::Response> file_class(const Context &context, store::Session &session, Call &call) {
    const auto value = json::parse(call.request.body, kClassLimits);
    if (!value) {
        return tl::unexpected(value.error());
    }
    json::ObjectReader reader(*value, "class");
    const std::string plan = reader.string("plan", filing::kMaxPlanBytes);
    const std::string roster = reader.string("roster", filing::kMaxRosterBytes);
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    const std::int64_t now_ms = context.clock.now().wall_ms;
    auto filed = filing::read_class(plan, roster, now_ms);
    if (!filed) {
        return tl::unexpected(filed.error());
    }
    const store::Institution institution{filed->institution.id, filed->institution.name, filed->institution.region};
    const auto known = store::find_institution(session, institution.id);
    if (!call.access.covers(institution) || (known && !call.access.covers(*known))) {
        return fail(ErrorCode::not_found, "no such institution");
    }
    if (store::find_class(session, institution.id, filed->training_class.id)) {
        return fail(ErrorCode::already_exists, "a class of this id is filed already");
    }
    store::save_institution(session, institution);
    const auto id_numbers = join_known_people(session, *filed);
    store::add_class(session, filed->training_class, id_numbers, now_ms);
    return json_response(context, filed_json(filed->training_class, context.policy), 201);
}

Expected<http::Response> make_device_token(const Context &context, store::Session &session, Call &call) {
    const auto value = json::parse(call.request.body, kOrderLimits);
    if (!value) {
        return tl::unexpected(value.error());
    }
    json::ObjectReader reader(*value, "token");
    const InstitutionId institution(reader.string("institution", kMaxId));
    const RoomId room(reader.string("room", kMaxId));
    const auto hours = reader.optional_integer("valid_hours", 1, kMaxDeviceTokenHours);
    if (reader.ok() && room.empty()) {
        reader.error("room", "must not be empty");
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    const auto covered = covered_institution(session, call.access, institution);
    if (!covered) {
        return tl::unexpected(covered.error());
    }
    const NewToken made;
    store::DeviceToken token;
    token.institution = institution;
    token.hash = made.hash;
    token.room = room;
    token.expires_ms = context.clock.now().wall_ms + hours.value_or(kDefaultDeviceTokenHours) * kHourMs;
    store::add_device_token(session, token);
    json::Object body;
    body["token"] = made.text;
    body["institution"] = institution.str();
    body["room"] = room.str();
    body["expires_ms"] = token.expires_ms;
    return json_response(context, std::move(body), 201);
}

namespace {

std::string read_scopes(json::ObjectReader &reader) {
    std::set<std::string> scopes;
    for (const json::Value &value : reader.array("scopes", 4)) {
        const auto scope = value.is_string() ? parse_scope(value.get_string())
                                             : Expected<Scope>(fail(ErrorCode::invalid_argument, "text expected"));
        if (!scope) {
            reader.error("scopes", scope.error().message);
            return {};
        }
        scopes.emplace(to_string(*scope));
    }
    if (reader.ok() && scopes.empty()) {
        reader.error("scopes", "at least one of read, filing, inspect and admin");
    }
    std::string text;
    for (const std::string &scope : scopes) {
        text += (text.empty() ? "" : " ") + scope;
    }
    return text;
}

/// A token never covers more than the one that makes it.
Expected<void> check_relation(store::Session &session, const Access &access, const store::BureauToken &token) {
    if (!token.institution.empty()) {
        const auto covered = covered_institution(session, access, token.institution);
        return covered ? Expected<void>{} : Expected<void>(tl::unexpected(covered.error()));
    }
    const store::Institution whole_region{InstitutionId(), "", token.region};
    if (!access.institution.empty() || !access.covers(whole_region)) {
        return fail(ErrorCode::not_found, "no such region");
    }
    return {};
}

} // namespace

Expected<http::Response> make_bureau_token(const Context &context, store::Session &session, Call &call) {
    const auto value = json::parse(call.request.body, kOrderLimits);
    if (!value) {
        return tl::unexpected(value.error());
    }
    json::ObjectReader reader(*value, "token");
    const NewToken made;
    store::BureauToken token;
    token.hash = made.hash;
    token.name = reader.string("name", kMaxName);
    token.institution = InstitutionId(reader.optional_string("institution", kMaxId).value_or(""));
    token.region = reader.optional_string("region", 6).value_or("");
    token.scopes = read_scopes(reader);
    const auto days = reader.optional_integer("valid_days", 1, kMaxBureauTokenDays);
    if (reader.ok() && token.institution.empty() == token.region.empty()) {
        reader.error("institution", "either this or region");
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    if (const auto covered = check_relation(session, call.access, token); !covered) {
        return tl::unexpected(covered.error());
    }
    token.made_ms = context.clock.now().wall_ms;
    token.expires_ms = token.made_ms + days.value_or(kDefaultBureauTokenDays) * 24 * kHourMs;
    store::add_bureau_token(session, token);
    call.after_commit = [&tokens = context.tokens, token] { tokens.put(token); };
    json::Object body;
    body["token"] = made.text;
    body["name"] = token.name;
    body["scopes"] = token.scopes;
    body["expires_ms"] = token.expires_ms;
    return json_response(context, std::move(body), 201);
}

Expected<http::Response> approve_claim(const Context &context, store::Session &session, Call &call) {
    const auto value = json::parse(call.request.body, kOrderLimits);
    if (!value) {
        return tl::unexpected(value.error());
    }
    json::ObjectReader reader(*value, "approval");
    const InstitutionId institution(reader.string("institution", kMaxId));
    const RoomId room(reader.string("room", kMaxId));
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    const auto covered = covered_institution(session, call.access, institution);
    if (!covered) {
        return tl::unexpected(covered.error());
    }
    const auto device = context.claims.approve(session, call.captured.front(), institution, room);
    if (!device) {
        return tl::unexpected(device.error());
    }
    json::Object body;
    body["device"] = device->str();
    body["institution"] = institution.str();
    body["room"] = room.str();
    return json_response(context, std::move(body));
}

} // namespace xueshi::registry::bureau
