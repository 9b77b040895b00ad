#include "firmware/control/arguments.hpp"
#include "firmware/control/verbs.hpp"

namespace xueshi::control {

namespace asio = boost::asio;

namespace {

using Answer = asio::awaitable<Expected<json::Object>>;

constexpr std::size_t kMaxReason = 200;

Expected<json::Object> to_result(const Expected<checkin::ClaimOutcome> &outcome) {
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    return json::Object{{"person", outcome->person.str()},
                        {"seq", outcome->seq},
                        {"earlier", outcome->earlier},
                        {"class", outcome->decision.training_class.str()},
                        {"lesson", outcome->decision.lesson.str()},
                        {"direction", record::to_string(outcome->decision.direction)},
                        {"clip", outcome->has_clip}};
}

Answer claim(checkin::Claims &claims, Call call) {
    const json::Value value(std::move(call.arguments));
    json::ObjectReader reader(value, "arguments");
    checkin::ClaimOrder order;
    order.subject = read_subject(reader);
    const auto reason = record::parse_claim_reason(reader.optional_string("reason", kMaxId).value_or("not_recognised"));
    order.note = reader.optional_string("note", kMaxReason).value_or("");
    if (!reason) {
        reader.error("reason", "is not_recognised, device_down, injury or other");
    }
    if (auto finished = reader.finish(); !finished) {
        co_return tl::unexpected(finished.error());
    }
    order.reason = *reason;
    co_return to_result(claims.claim(order));
}

Answer manual_punch(checkin::Claims &claims, Call call) {
    const json::Value value(std::move(call.arguments));
    json::ObjectReader reader(value, "arguments");
    checkin::ManualOrder order;
    order.subject = read_subject(reader);
    order.reason = reader.string("reason", kMaxReason);
    order.operator_name = call.operator_name;
    if (auto finished = reader.finish(); !finished) {
        co_return tl::unexpected(finished.error());
    }
    co_return to_result(claims.manual_punch(order));
}

Answer accommodate(checkin::Claims &claims, Call call) {
    const json::Value value(std::move(call.arguments));
    json::ObjectReader reader(value, "arguments");
    checkin::AccommodationOrder order;
    order.subject = read_subject(reader);
    order.instead = reader.string("instead", kMaxId);
    order.given = reader.optional_boolean("given").value_or(true);
    order.reason = reader.string("reason", kMaxReason);
    order.operator_name = call.operator_name;
    if (auto finished = reader.finish(); !finished) {
        co_return tl::unexpected(finished.error());
    }
    const auto person = claims.accommodate(order);
    if (!person) {
        co_return tl::unexpected(person.error());
    }
    co_return json::Object{{"person", person->str()}};
}

} // namespace

void add_claim_verbs(Server &server, checkin::Claims &claims) {
    const auto add = [&](const char *verb, Answer (*answer)(checkin::Claims &, Call)) {
        server.add(verb, Access::operators, [&claims, answer](Call call) { return answer(claims, std::move(call)); });
    };
    add("claim", claim);
    add("manual_punch", manual_punch);
    add("accommodate", accommodate);
}

} // namespace xueshi::control
