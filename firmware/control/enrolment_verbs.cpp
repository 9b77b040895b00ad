#include <fmt/format.h>

#include "firmware/control/verbs.hpp"
#include "firmware/core/base/bytes.hpp"

namespace xueshi::control {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxPhotographs = 10;
constexpr std::size_t kMaxId = 64;
using Answer = asio::awaitable<Expected<json::Object>>;

checkin::Subject read_subject(json::ObjectReader &reader) {
    checkin::Subject subject;
    subject.person = PersonId(reader.optional_string("person", kMaxId).value_or(""));
    subject.training_class = ClassId(reader.optional_string("class", kMaxId).value_or(""));
    subject.number = reader.optional_string("number", kMaxId).value_or("");
    if (subject.person.empty() == subject.number.empty()) {
        reader.error("person", "either person or number says who");
    }
    return subject;
}

std::optional<checkin::ConsentGiven> read_consent(json::ObjectReader &reader) {
    const auto *value = reader.optional("consent");
    if (value == nullptr) {
        return std::nullopt;
    }
    json::ObjectReader consent(*value, reader.path("consent"));
    checkin::ConsentGiven given;
    given.text_hash = consent.string("text_hash", 64);
    given.language = consent.string("language", 35);
    if (consent.ok() && (given.text_hash.size() != 64 || !parse_hex(given.text_hash))) {
        consent.error("text_hash", "must be a SHA-256 in hex");
    }
    if (auto finished = consent.finish(); !finished) {
        reader.error("consent", finished.error().message);
    }
    return given;
}

std::vector<Bytes> read_photographs(json::ObjectReader &reader) {
    std::vector<Bytes> photographs;
    for (const auto &item : reader.array("photographs", kMaxPhotographs)) {
        auto bytes = item.is_string() ? parse_base64(std::string_view(item.get_string()))
                                      : Expected<Bytes>(fail(ErrorCode::invalid_argument, "not a string"));
        if (!bytes) {
            reader.error("photographs", "must be base64: " + bytes.error().message);
            return {};
        }
        photographs.push_back(std::move(*bytes));
    }
    return photographs;
}

checkin::EnrolmentOrder read_order(json::ObjectReader &reader, const Call &call) {
    checkin::EnrolmentOrder order;
    order.subject = read_subject(reader);
    order.consent = read_consent(reader);
    order.allow_similar = reader.optional_boolean("allow_similar").value_or(false);
    order.operator_name = call.operator_name;
    return order;
}

Expected<json::Object> to_result(Expected<checkin::EnrolmentOutcome> outcome) {
    if (!outcome) {
        return tl::unexpected(outcome.error());
    }
    json::Array remarks;
    for (const auto &remark : outcome->remarks) {
        remarks.emplace_back(remark);
    }
    return json::Object{
        {"person", outcome->person.str()}, {"samples", outcome->samples}, {"remarks", std::move(remarks)}};
}

Answer enrol_face(checkin::Enrolment &enrolment, Call call) {
    const json::Value value(std::move(call.arguments));
    json::ObjectReader reader(value, "arguments");
    auto order = read_order(reader, call);
    const auto from = reader.optional_string("from", 16).value_or("photograph");
    if (from != "photograph" && from != "camera") {
        reader.error("from", "is photograph or camera");
    }
    auto photographs = from == "photograph" ? read_photographs(reader) : std::vector<Bytes>();
    if (auto finished = reader.finish(); !finished) {
        co_return tl::unexpected(finished.error());
    }
    checkin::Watcher watcher{call.progress, call.still_there};
    if (from == "camera") {
        auto outcome = co_await enrolment.face_from_camera(std::move(order), std::move(watcher));
        co_return to_result(std::move(outcome));
    }
    auto outcome =
        co_await enrolment.face_from_photographs(std::move(order), std::move(photographs), std::move(watcher));
    co_return to_result(std::move(outcome));
}

Answer enrol_finger(checkin::Enrolment &enrolment, Call call) {
    const json::Value value(std::move(call.arguments));
    json::ObjectReader reader(value, "arguments");
    auto order = read_order(reader, call);
    auto finger = reader.string("finger", 16);
    if (auto finished = reader.finish(); !finished) {
        co_return tl::unexpected(finished.error());
    }
    checkin::Watcher watcher{call.progress, call.still_there};
    auto outcome = co_await enrolment.finger(std::move(order), std::move(finger), std::move(watcher));
    co_return to_result(std::move(outcome));
}

Answer erase(checkin::Enrolment &enrolment, Call call) {
    const json::Value value(std::move(call.arguments));
    json::ObjectReader reader(value, "arguments");
    const auto subject = read_subject(reader);
    const auto reason = reader.string("reason", 500);
    if (auto finished = reader.finish(); !finished) {
        co_return tl::unexpected(finished.error());
    }
    const auto person = enrolment.erase(subject, reason, call.operator_name);
    if (!person) {
        co_return tl::unexpected(person.error());
    }
    co_return json::Object{{"person", person->str()}};
}

} // namespace

void add_enrolment_verbs(Server &server, checkin::Enrolment &enrolment) {
    const auto add = [&](const char *verb, Answer (*answer)(checkin::Enrolment &, Call)) {
        server.add(verb, Access::operators,
                   [&enrolment, answer](Call call) { return answer(enrolment, std::move(call)); });
    };
    add("enrol_face", enrol_face);
    add("enrol_finger", enrol_finger);
    add("erase", erase);
}

} // namespace xueshi::control
