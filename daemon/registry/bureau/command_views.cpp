#include <algorithm>

#include "daemon/registry/bureau/selection.hpp"
#include "daemon/registry/store/classes.hpp"
#include "daemon/registry/store/commands.hpp"
#include "firmware/core/base/bytes.hpp"

/// What a bureau or the registry's operator orders of a terminal, and what came of it.
namespace xueshi::registry::bureau {

using record::CommandKind;

namespace {

constexpr std::int64_t kMinuteMs = 60'000, kDefaultMinutes = 60, kMostMinutes = 7 * 24 * 60, kMaxPage = 200;
constexpr std::size_t kMaxKind = 64;
constexpr json::Limits kLimits{.bytes = 8 * 1024, .depth = 6};

/// What shows people is for who inspects; what concerns the device itself is for its operator.
Scope scope_of(CommandKind kind) {
    const bool shows =
        kind == CommandKind::send_clip || kind == CommandKind::take_picture || kind == CommandKind::reverify;
    return shows ? Scope::inspect : Scope::admin;
}

std::string_view state_of(const store::Command &command, std::int64_t now_ms) {
    if (!command.outcome.empty()) {
        return command.outcome;
    }
    if (command.taken_ms != 0) {
        return "taken";
    }
    return command.expires_ms <= now_ms ? "expired" : "waiting";
}

/// JSON that this program wrote.
json::Value value_of(const std::string &text) {
    return text.empty() ? json::Value(json::Object()) : json::parse(text).value_or(json::Value(json::Object()));
}

json::Object command_json(const store::Command &command, std::int64_t now_ms) {
    json::Object one;
    one["command"] = command.id.str();
    one["number"] = command.number;
    one["kind"] = command.kind;
    one["arguments"] = value_of(command.arguments);
    one["ordered_by"] = command.ordered_by;
    one["ordered_ms"] = command.ordered_ms;
    one["expires_ms"] = command.expires_ms;
    one["state"] = state_of(command, now_ms);
    one["taken_ms"] = command.taken_ms;
    one["settled_ms"] = command.settled_ms;
    one["result"] = value_of(command.result);
    return one;
}

Expected<devices::Commands::Order> read_order(const std::string &body) {
    const auto value = json::parse(body, kLimits);
    if (!value) {
        return tl::unexpected<Error>(value.error());
    }
    json::ObjectReader reader(*value, "command");
    devices::Commands::Order order;
    const auto kind = record::parse_command_kind(reader.string("kind", kMaxKind));
    if (const json::Value *arguments = reader.optional("arguments")) {
        if (arguments->is_object()) {
            order.arguments = arguments->get_object();
        } else {
            reader.error("arguments", "an object expected");
        }
    }
    order.valid_ms = reader.optional_integer("valid_minutes", 1, kMostMinutes).value_or(kDefaultMinutes) * kMinuteMs;
    if (!kind) {
        reader.error("kind", kind.error().message);
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    order.kind = *kind;
    return order;
}

/// From the kernel's random source, each rest as likely as the others: 60 trainees against 2^64 numbers.
std::size_t random_below(std::size_t count) {
    std::uint64_t number = 0;
    for (const std::uint8_t byte : random_bytes(sizeof number)) {
        number = number << 8 | byte;
    }
    return static_cast<std::size_t>(number % count);
}

/// `class` and `draw` in place of `people`: the registry draws so many of the class's trainees, and the signed order
/// names them. So neither the institution nor the bureau's own people choose who is called.
Expected<void> draw_people(store::Session &session, const store::Device &device, devices::Commands::Order &order) {
    if (order.kind != CommandKind::reverify || !order.arguments.contains("draw")) {
        return {};
    }
    const json::Value value(order.arguments);
    json::ObjectReader reader(value, "arguments");
    const ClassId id(reader.string("class", kMaxKind));
    const auto count = static_cast<std::size_t>(reader.integer("draw", 1, record::kMaxReverified));
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    const auto training_class = store::find_class(session, device.institution, id);
    if (!training_class || training_class->trainees.empty()) {
        return fail(ErrorCode::not_found, "no such class, or nobody in it: " + id.str());
    }
    auto rest = training_class->trainees;
    record::Reverify drawn;
    while (!rest.empty() && drawn.people.size() < count) {
        const auto next = rest.begin() + static_cast<std::ptrdiff_t>(random_below(rest.size()));
        drawn.people.push_back(next->id);
        rest.erase(next);
    }
    order.arguments = to_json(drawn);
    return {};
}

/// Nobody is asked for who is no trainee of the device's institution.
Expected<void> check_people(store::Session &session, const store::Device &device,
                            const devices::Commands::Order &order) {
    if (order.kind != CommandKind::reverify) {
        return {};
    }
    const auto asked = record::reverify_from_json(order.arguments);
    if (!asked) {
        return tl::unexpected<Error>(asked.error());
    }
    for (const PersonId &person : asked->people) {
        if (store::classes_of_person(session, device.institution, person).empty()) {
            return fail(ErrorCode::not_found, "no such trainee: " + person.str());
        }
    }
    return {};
}

} // namespace

Expected<http::Response> order_command(const Context &context, store::Session &session, Call &call) {
    const auto device = covered_device(session, call);
    if (!device) {
        return tl::unexpected<Error>(device.error());
    }
    auto order = read_order(call.request.body);
    if (!order) {
        return tl::unexpected<Error>(order.error());
    }
    if (!call.access.may(scope_of(order->kind))) {
        return fail(ErrorCode::denied,
                    "this kind of command needs the scope " + std::string(to_string(scope_of(order->kind))));
    }
    if (device->state == store::DeviceState::approved || device->state == store::DeviceState::revoked) {
        return fail(ErrorCode::conflict, "this device has no certificate: it hears no command");
    }
    if (const auto drawn = draw_people(session, *device, *order); !drawn) {
        return tl::unexpected<Error>(drawn.error());
    }
    if (const auto sound = record::check_arguments(order->kind, order->arguments); !sound) {
        return tl::unexpected<Error>(sound.error());
    }
    if (const auto known = check_people(session, *device, *order); !known) {
        return tl::unexpected<Error>(known.error());
    }
    order->ordered_by = call.access.name;
    const auto ordered = context.commands.order(session, *device, *order);
    if (!ordered) {
        return tl::unexpected<Error>(ordered.error());
    }
    call.after_commit = [&commands = context.commands, id = device->id] { commands.wake(id); };
    return json_response(context, command_json(*ordered, context.clock.now().wall_ms), 201);
}

Expected<http::Response> list_commands(const Context &context, store::Session &session, Call &call) {
    const auto device = covered_device(session, call);
    const auto limit = number_of(call.request, "limit", kMaxPage, 1, kMaxPage);
    if (!device || !limit) {
        return tl::unexpected<Error>(device ? limit.error() : device.error());
    }
    json::Array commands;
    for (const auto &command : store::commands_of(session, device->institution, device->id, *limit)) {
        commands.push_back(command_json(command, context.clock.now().wall_ms));
    }
    json::Object body;
    body["device"] = device->id.str();
    body["commands"] = std::move(commands);
    return json_response(context, std::move(body));
}

} // namespace xueshi::registry::bureau
