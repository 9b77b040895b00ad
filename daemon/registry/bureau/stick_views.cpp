#include "daemon/registry/bureau/selection.hpp"
#include "firmware/core/stick/clip_receipt.hpp"

/// What a terminal without a network sends by stick, and what goes back on it.
namespace xueshi::registry::bureau {

namespace {

constexpr json::Limits kListLimits{.bytes = 128 * 1024, .depth = 2};

http::Response document_response(std::string body, const std::string &type) {
    http::Response response;
    response.headers["Content-Type"] = type;
    response.headers["Cache-Control"] = "no-store";
    response.body = std::move(body);
    return response;
}

Expected<std::vector<Uuid>> read_events(const std::string &body) {
    const auto value = json::parse(body, kListLimits);
    if (!value) {
        return tl::unexpected(value.error());
    }
    json::ObjectReader reader(*value, "clip-receipt");
    std::vector<Uuid> events;
    for (const json::Value &entry : reader.array("events", stick::kMaxClipsInReceipt)) {
        const auto id = Uuid::parse(entry.is_string() ? std::string_view(entry.get_string()) : "");
        if (!id) {
            reader.error("events", "no UUID");
            break;
        }
        events.push_back(*id);
    }
    const auto done = reader.finish();
    return done ? Expected<std::vector<Uuid>>(std::move(events)) : tl::unexpected(done.error());
}

} // namespace

Expected<http::Response> take_stick_events(const Context &context, store::Session &session, Call &call) {
    const auto device = covered_device(session, call);
    const auto answer = device ? context.sticks.take_events(session, *device, as_bytes(call.request.body))
                               : tl::unexpected(device.error());
    return answer ? Expected<http::Response>(document_response(wire::write(*answer), "application/json"))
                  : tl::unexpected(answer.error());
}

Expected<http::Response> take_stick_clip(const Context &context, store::Session &session, Call &call) {
    const auto device = covered_device(session, call);
    const auto event = Uuid::parse(call.captured.at(1));
    if (!device || !event) {
        return tl::unexpected(device ? event.error() : device.error());
    }
    const auto refused = context.sticks.take_clip(session, *device, *event, as_bytes(call.request.body));
    if (!refused) {
        return tl::unexpected(refused.error());
    }
    if (!refused->empty()) { // an answer, no Error: the alarm is to stay
        return http::problem(409, "Conflict", *refused);
    }
    json::Object body;
    body["event"] = event->str();
    return json_response(context, std::move(body));
}

Expected<http::Response> make_clip_receipt(const Context &context, store::Session &session, Call &call) {
    const auto device = covered_device(session, call);
    const auto events = read_events(call.request.body);
    if (!device || !events) {
        return tl::unexpected(device ? events.error() : device.error());
    }
    const auto receipt = context.sticks.clip_receipt(session, *device, *events);
    return receipt ? Expected<http::Response>(document_response(identity::write_document(*receipt), "application/json"))
                   : tl::unexpected(receipt.error());
}

Expected<http::Response> get_sealed_roster(const Context &context, store::Session &session, Call &call) {
    const auto device = covered_device(session, call);
    const auto sealed = device ? context.sticks.sealed_roster(session, *device) : tl::unexpected(device.error());
    return sealed ? Expected<http::Response>(document_response(std::string(as_text(*sealed)), "application/cms"))
                  : tl::unexpected(sealed.error());
}

} // namespace xueshi::registry::bureau
