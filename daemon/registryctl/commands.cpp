#include "daemon/registryctl/commands.hpp"

#include <fmt/format.h>

#include "daemon/registry/filing/filing.hpp"
#include "daemon/registry/filing/text.hpp"
#include "daemon/registryctl/table.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::registryctl {

namespace filing = registry::filing;

namespace {

/// A member for people, whatever its type; "" when it is not there.
std::string text_of(const json::Value &object, std::string_view key) {
    const json::Value *value = object.is_object() ? object.get_object().if_contains(key) : nullptr;
    if (value == nullptr) {
        return {};
    }
    return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::int64_t number_of(const json::Value &object, std::string_view key) {
    const json::Value *value = object.is_object() ? object.get_object().if_contains(key) : nullptr;
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

const json::Array &array_of(const json::Value &object, std::string_view key) {
    static const json::Array none;
    const json::Value *value = object.is_object() ? object.get_object().if_contains(key) : nullptr;
    return value != nullptr && value->is_array() ? value->get_array() : none;
}

/// "4/5", or "7/10 to 4/5" when the bounds differ.
std::string bounds_of(const json::Value &object, std::string_view key) {
    const json::Array &both = array_of(object, key);
    if (both.size() != 2 || !both[0].is_string() || !both[1].is_string()) {
        return "?";
    }
    const std::string low(both[0].get_string()), high(both[1].get_string());
    return low == high ? low : low + " to " + high;
}

/// By the registry's own nonces and receipts.
std::string bound_of(const json::Value &punch, std::string_view key) {
    const std::int64_t wall_ms = number_of(punch, key);
    return wall_ms == 0 ? "?" : shanghai_time(wall_ms);
}

std::string demonstration_note(const json::Value &answer) {
    return text_of(answer, "demonstration") == "true"
               ? "DEMONSTRATION: this registry counts replayed or virtual devices.\n"
               : "";
}

Expected<std::string> read_text(const std::filesystem::path &file, std::uint64_t limit) {
    const auto bytes = read_file(file, limit);
    if (!bytes) {
        return tl::unexpected(bytes.error());
    }
    auto text = filing::to_utf8(*bytes);
    return text ? std::move(text) : fail(text, file.string());
}

std::string gaps_of(const json::Value &trainee) {
    std::string text;
    for (const json::Value &gap : array_of(trainee, "gaps")) {
        text += fmt::format("{}{} {} h: {}", text.empty() ? "" : "; ", text_of(gap, "lesson"), number_of(gap, "hours"),
                            text_of(gap, "reason"));
    }
    return text;
}

std::string attendance_table(const json::Value &answer) {
    std::vector<std::vector<std::string>> rows{
        {"no.", "trainee", "proved/possible/filed", "rate", "exam", "ratio", "open"}};
    for (const json::Value &trainee : array_of(answer, "trainees")) {
        rows.push_back({text_of(trainee, "number"), text_of(trainee, "name"),
                        fmt::format("{}/{}/{}", number_of(trainee, "proved"), number_of(trainee, "possible"),
                                    number_of(trainee, "filed")),
                        text_of(trainee, "rate_percent"), text_of(trainee, "exam"), bounds_of(trainee, "ratio"),
                        gaps_of(trainee)});
    }
    return fmt::format("{} ({}), {} filed class hours\n{}{}", text_of(answer, "name"), text_of(answer, "class"),
                       number_of(answer, "filed"), demonstration_note(answer), format_table(rows));
}

} // namespace

Expected<std::string> import_class(Api &api, const std::filesystem::path &plan, const std::filesystem::path &roster) {
    const auto plan_text = read_text(plan, filing::kMaxPlanBytes);
    const auto roster_text = read_text(roster, filing::kMaxRosterBytes);
    if (!plan_text || !roster_text) {
        return tl::unexpected(plan_text ? roster_text.error() : plan_text.error());
    }
    json::Object body;
    body["plan"] = *plan_text;
    body["roster"] = *roster_text;
    const auto answer = api.post("/v1/classes", body);
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    const bool is_short = text_of(*answer, "flags") == "short_hours";
    return fmt::format("class {} of {} filed: {} lessons, {} class hours, {} trainees\n{}{}", text_of(*answer, "class"),
                       text_of(*answer, "institution"), number_of(*answer, "lessons"), number_of(*answer, "filed"),
                       number_of(*answer, "trainees"),
                       is_short ? "some class hours are under the registry's minimum and will not count\n" : "",
                       demonstration_note(*answer));
}

Expected<std::string> make_device_token(Api &api, const std::string &institution, const std::string &room,
                                        std::int64_t valid_hours) {
    json::Object body;
    body["institution"] = institution;
    body["room"] = room;
    body["valid_hours"] = valid_hours;
    const auto answer = api.post("/v1/device-tokens", body);
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    return fmt::format("one device for {}, room {}, until {}: {}\n", institution, room,
                       shanghai_time(number_of(*answer, "expires_ms")), text_of(*answer, "token"));
}

Expected<std::string> make_bureau_token(Api &api, const std::string &name, const std::string &institution,
                                        const std::string &region, const std::vector<std::string> &scopes) {
    json::Object body;
    body["name"] = name;
    if (!institution.empty()) {
        body["institution"] = institution;
    }
    if (!region.empty()) {
        body["region"] = region;
    }
    json::Array listed;
    for (const std::string &scope : scopes) {
        listed.emplace_back(scope);
    }
    body["scopes"] = std::move(listed);
    const auto answer = api.post("/v1/bureau-tokens", body);
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    return fmt::format("bureau {}, scopes {}, until {}: {}\n", name, text_of(*answer, "scopes"),
                       shanghai_time(number_of(*answer, "expires_ms")), text_of(*answer, "token"));
}

Expected<std::string> approve(Api &api, const std::string &code, const std::string &institution,
                              const std::string &room) {
    json::Object body;
    body["institution"] = institution;
    body["room"] = room;
    const auto answer = api.post("/v1/claims/" + percent_encode(code) + "/approve", body);
    return answer ? fmt::format("device {} approved for {}, room {}\n", text_of(*answer, "device"), institution, room)
                  : Expected<std::string>(tl::unexpected(answer.error()));
}

Expected<std::string> release(Api &api, const std::string &device, const std::string &reason) {
    json::Object order;
    order["reason"] = reason;
    const auto answer = api.post("/v1/devices/" + percent_encode(device) + "/release", order);
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    const json::Object *body = answer->if_object();
    const json::Value *state = body != nullptr ? body->if_contains("state") : nullptr;
    return fmt::format("device {} is now {}\n", device,
                       state != nullptr && state->is_string() ? std::string_view(state->get_string()) : "?");
}

Expected<std::string> revoke(Api &api, const std::string &device) {
    const auto answer = api.post("/v1/devices/" + percent_encode(device) + "/revoke", {});
    return answer ? fmt::format("device {} revoked: its certificate is refused from now on\n", device)
                  : Expected<std::string>(tl::unexpected(answer.error()));
}

Expected<std::string> attendance(Api &api, const std::string &class_id, bool as_json) {
    const auto answer = api.get("/v1/classes/" + percent_encode(class_id) + "/attendance");
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    return as_json ? json::serialize(*answer) + "\n" : attendance_table(*answer);
}

namespace {

using Cells = std::vector<std::string>;

/// All pages of a pull with a cursor: each of `name`'s objects a line of JSON, or a row below `head`.
struct Pull {
    std::string name; ///< also of the path
    Cells head;
    Cells (*row)(const json::Value &);
};

Expected<std::string> pull(Api &api, const Pull &what, const std::string &class_id, const std::string &institution,
                           bool as_json) {
    std::vector<Cells> rows{what.head};
    const std::string which = (class_id.empty() ? "" : "&class=" + percent_encode(class_id)) +
                              (institution.empty() ? "" : "&institution=" + percent_encode(institution));
    std::string lines, note;
    for (std::int64_t after = 0;;) {
        const auto page = api.get(fmt::format("/v1/{}?after={}{}", what.name, after, which));
        if (!page) {
            return tl::unexpected(page.error());
        }
        for (const json::Value &one : array_of(*page, what.name)) {
            lines += json::serialize(one) + "\n";
            rows.push_back(what.row(one));
        }
        note = demonstration_note(*page);
        const std::int64_t next = number_of(*page, "next");
        if (next <= after) {
            return as_json ? lines : note + format_table(rows);
        }
        after = next;
    }
}

Cells punch_row(const json::Value &punch) {
    return {text_of(punch, "position"),  shanghai_time(number_of(punch, "wall_ms")),
            text_of(punch, "name"),      text_of(punch, "lesson"),
            text_of(punch, "direction"), text_of(punch, "evidence"),
            text_of(punch, "room"),      text_of(punch, "device"),
            text_of(punch, "flags"),     bound_of(punch, "after_ms"),
            bound_of(punch, "before_ms")};
}

Cells request_row(const json::Value &request) {
    const auto begin_ms = number_of(request, "begin_ms");
    const bool claims = text_of(request, "kind") == "pending_claim";
    return {text_of(request, "position"),
            shanghai_time(number_of(request, "wall_ms")),
            text_of(request, "kind"),
            text_of(request, "class"),
            text_of(request, "lesson"),
            claims ? text_of(request, "name") : text_of(request, "operator"),
            claims ? text_of(request, "reason") : text_of(request, "change"),
            begin_ms == 0 ? "" : shanghai_time(begin_ms),
            text_of(request, "clip")};
}

} // namespace

Expected<std::string> punches(Api &api, const std::string &class_id, const std::string &institution, bool as_json) {
    const Pull what{"punches",
                    {"position", "time", "trainee", "lesson", "direction", "evidence", "room", "device", "flags",
                     "not before", "not after"},
                    punch_row};
    return pull(api, what, class_id, institution, as_json);
}

Expected<std::string> requests(Api &api, const std::string &class_id, const std::string &institution, bool as_json) {
    const Pull what{"requests",
                    {"position", "time", "kind", "class", "lesson", "who", "what", "new beginning", "clip"},
                    request_row};
    return pull(api, what, class_id, institution, as_json);
}

Expected<std::string> devices(Api &api, bool as_json) {
    const auto answer = api.get("/v1/devices");
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    if (as_json) {
        return json::serialize(*answer) + "\n";
    }
    std::vector<std::vector<std::string>> rows{
        {"device", "institution", "room", "state", "key", "events", "last delivery"}};
    for (const json::Value &device : array_of(*answer, "devices")) {
        std::int64_t events = 0, last_ms = 0;
        for (const json::Value &chain : array_of(device, "chains")) {
            events += number_of(chain, "count");
            last_ms = std::max(last_ms, number_of(chain, "last_received_ms"));
        }
        rows.push_back({text_of(device, "device"), text_of(device, "institution"), text_of(device, "room"),
                        text_of(device, "state"), text_of(device, "key_level"), std::to_string(events),
                        events == 0 ? "-" : shanghai_time(last_ms)});
    }
    std::string out = demonstration_note(*answer) + format_table(rows);
    for (const json::Value &alarm : array_of(*answer, "alarms")) {
        out += fmt::format("ALARM {} {} {}: {}\n", shanghai_time(number_of(alarm, "raised_ms")), text_of(alarm, "kind"),
                           text_of(alarm, "device"), text_of(alarm, "detail"));
    }
    return out;
}

namespace {

json::Array texts(const std::vector<std::string> &values) {
    json::Array array;
    for (const std::string &value : values) {
        array.emplace_back(value);
    }
    return array;
}

/// Only what was said: the registry tells what of it does not belong to the kind.
json::Object arguments_of(const DeviceOrder &order) {
    json::Object arguments;
    if (!order.clip.empty()) {
        arguments["clip"] = order.clip;
    }
    if (!order.people.empty()) {
        arguments["people"] = texts(order.people);
    }
    if (order.draw != 0) {
        arguments["class"] = order.class_id;
        arguments["draw"] = order.draw;
    }
    if (!order.chain.empty()) {
        arguments["chain"] = order.chain;
    }
    if (order.first != 0 || order.last != 0) {
        arguments["first"] = order.first;
        arguments["last"] = order.last;
    }
    if (!order.clip_hours.empty()) {
        arguments["clip_hours"] = texts(order.clip_hours);
    }
    if (!order.film_hours.empty()) {
        arguments["film_hours"] = texts(order.film_hours);
    }
    if (order.max_kbytes_per_s >= 0) {
        arguments["max_kbytes_per_s"] = order.max_kbytes_per_s;
    }
    return arguments;
}

} // namespace

Expected<std::string> order_command(Api &api, const DeviceOrder &order) {
    json::Object body;
    body["kind"] = order.kind;
    body["arguments"] = arguments_of(order);
    body["valid_minutes"] = order.valid_minutes;
    const auto answer = api.post("/v1/devices/" + percent_encode(order.device) + "/commands", body);
    return answer ? fmt::format("{} ordered of {} until {}: {}\n", order.kind, order.device,
                                shanghai_time(number_of(*answer, "expires_ms")), text_of(*answer, "command"))
                  : Expected<std::string>(tl::unexpected(answer.error()));
}

Expected<std::string> device_commands(Api &api, const std::string &device, bool as_json) {
    const auto answer = api.get("/v1/devices/" + percent_encode(device) + "/commands");
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    if (as_json) {
        return json::serialize(*answer) + "\n";
    }
    std::vector<std::vector<std::string>> rows{{"ordered", "by", "command", "kind", "state", "result"}};
    for (const json::Value &command : array_of(*answer, "commands")) {
        const json::Value &result = command.at("result");
        rows.push_back({shanghai_time(number_of(command, "ordered_ms")), text_of(command, "ordered_by"),
                        text_of(command, "command"), text_of(command, "kind"), text_of(command, "state"),
                        text_of(result, "reason") + text_of(result, "clip") + text_of(result, "sent")});
    }
    return demonstration_note(*answer) + format_table(rows);
}

} // namespace xueshi::registryctl
