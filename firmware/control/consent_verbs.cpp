#include <chrono>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

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

/// A reader that is there confirms within this time; one that is away does when it is back.
constexpr std::chrono::milliseconds kConfirmed(5'000), kLookAgain(100);

/// What rested on a consent is gone: the candidates must not know it any longer. Whether the reader has said that its
/// prints are gone too is waited for a little, and answered.
Answer after_erasure(ConsentDesk desk, Expected<PersonId> person) {
    if (!person) {
        co_return tl::unexpected(person.error());
    }
    if (auto loaded = desk.enrolment.load_candidates(); !loaded) {
        co_return tl::unexpected(loaded.error());
    }
    auto left = desk.consents.left_in_reader(*person);
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (auto waited = kLookAgain; left && *left > 0 && desk.enrolment.has_reader() && waited < kConfirmed;
         waited += kLookAgain) {
        timer.expires_after(kLookAgain);
        co_await timer.async_wait(asio::use_awaitable);
        left = desk.consents.left_in_reader(*person);
    }
    if (!left) {
        co_return tl::unexpected(left.error());
    }
    co_return json::Object{{"person", person->str()}, {"left_in_reader", *left}};
}

Answer texts(ConsentDesk, Call call) {
    if (auto nothing = expect_nothing(call.arguments); !nothing) {
        co_return tl::unexpected(nothing.error());
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
    auto withdrawn = desk.consents.withdraw(order.subject, order.purpose, order.operator_name);
    co_return co_await after_erasure(desk, std::move(withdrawn));
}

Answer erase(ConsentDesk desk, Call call) {
    const json::Value value(std::move(call.arguments));
    json::ObjectReader reader(value, "arguments");
    const auto subject = read_subject(reader);
    const auto finger = reader.optional_string("finger", kMaxId);
    const auto reason = reader.string("reason", 500);
    if (auto finished = reader.finish(); !finished) {
        co_return tl::unexpected(finished.error());
    }
    auto erased = finger ? desk.consents.erase_finger(subject, *finger, reason)
                         : desk.consents.withdraw_all(subject, reason, call.operator_name);
    co_return co_await after_erasure(desk, std::move(erased));
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
