#include "firmware/checkin/consent_texts.hpp"
#include "firmware/control/arguments.hpp"
#include "firmware/control/verbs.hpp"

namespace xueshi::control {

namespace asio = boost::asio;

namespace {

using Answer = asio::awaitable<Expected<json::Object>>;

Expected<json::Object> to_result(const Expected<PersonId> &person) {
    if (!person) {
        return tl::unexpected(person.error());
    }
    return json::Object{{"person", person->str()}};
}

/// What rested on a consent is gone: the candidates must not know it any longer.
Expected<json::Object> after_erasure(const ConsentDesk &desk, const Expected<PersonId> &person) {
    if (person) {
        if (auto loaded = desk.enrolment.load_candidates(); !loaded) {
            return tl::unexpected(loaded.error());
        }
    }
    return to_result(person);
}

Answer texts(ConsentDesk, Call call) {
    const json::Value value(std::move(call.arguments));
    json::ObjectReader reader(value, "arguments");
    if (auto finished = reader.finish(); !finished) {
        co_return tl::unexpected(finished.error());
    }
    json::Array list;
    for (const auto &text : checkin::consent_texts()) {
        list.push_back(json::Object{{"purpose", text.purpose},
                                    {"language", text.language},
                                    {"retention", text.retention},
                                    {"text_hash", checkin::hash_of(text)},
                                    {"text", text.text}});
    }
    co_return json::Object{{"texts", std::move(list)}};
}

Answer consent(ConsentDesk desk, Call call) {
    const json::Value value(std::move(call.arguments));
    json::ObjectReader reader(value, "arguments");
    checkin::ConsentOrder order;
    order.subject = read_subject(reader);
    order.purpose = reader.string("purpose", kMaxId);
    const bool given = reader.optional_boolean("given").value_or(true);
    order.text_hash = reader.optional_string("text_hash", 64).value_or("");
    order.under_14 = reader.optional_boolean("under_14").value_or(false);
    order.guardian = reader.optional_string("guardian", kMaxId).value_or("");
    order.operator_name = call.operator_name;
    if (auto finished = reader.finish(); !finished) {
        co_return tl::unexpected(finished.error());
    }
    if (given) {
        co_return to_result(desk.consents.give(order));
    }
    co_return after_erasure(desk, desk.consents.withdraw(order.subject, order.purpose, order.operator_name));
}

Answer erase(ConsentDesk desk, Call call) {
    const json::Value value(std::move(call.arguments));
    json::ObjectReader reader(value, "arguments");
    const auto subject = read_subject(reader);
    const auto reason = reader.string("reason", 500);
    if (auto finished = reader.finish(); !finished) {
        co_return tl::unexpected(finished.error());
    }
    co_return after_erasure(desk, desk.consents.withdraw_all(subject, reason, call.operator_name));
}

} // namespace

void add_consent_verbs(Server &server, ConsentDesk desk) {
    const auto add = [&](const char *verb, Access access, Answer (*answer)(ConsentDesk, Call)) {
        server.add(verb, access, [desk, answer](Call call) { return answer(desk, std::move(call)); });
    };
    add("consent_texts", Access::everyone, texts);
    add("consent", Access::operators, consent);
    add("erase", Access::operators, erase);
}

} // namespace xueshi::control
