#include <cstring>

#include "firmware/control/arguments.hpp"
#include "firmware/control/verbs.hpp"
#include "firmware/core/base/bytes.hpp"

namespace xueshi::control {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxPhotographs = 10;
constexpr std::size_t kMaxWitnesses = 4;
using Answer = asio::awaitable<Expected<json::Object>>;

/// Base64 that is wiped once it was read: it may be a document's portrait.
Expected<Bytes> take_base64(json::Value &value) {
    if (!value.is_string()) {
        return fail(ErrorCode::invalid_argument, "not a string");
    }
    auto &text = value.get_string();
    auto bytes = parse_base64(std::string_view(text));
    ::explicit_bzero(text.data(), text.size());
    return bytes;
}

/// Taken out of the arguments before they are read any further.
Expected<std::shared_ptr<checkin::IdDocument>> take_document(json::Object &arguments) {
    auto *value = arguments.if_contains("document");
    if (value == nullptr) {
        return nullptr;
    }
    auto picture = take_base64(*value);
    arguments.erase("document");
    if (!picture) {
        return fail(picture, "document");
    }
    return std::make_shared<checkin::FileIdDocument>(std::move(*picture));
}

std::vector<checkin::Subject> read_witnesses(json::ObjectReader &reader) {
    std::vector<checkin::Subject> witnesses;
    if (reader.optional("witnesses") == nullptr) {
        return witnesses;
    }
    for (const auto &item : reader.array("witnesses", kMaxWitnesses)) {
        json::ObjectReader one(item, reader.path("witnesses"));
        witnesses.push_back(read_subject(one));
        if (auto finished = one.finish(); !finished) {
            reader.error("witnesses", finished.error().message);
        }
    }
    return witnesses;
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
    order.witnesses = read_witnesses(reader);
    order.allow_similar = reader.optional_boolean("allow_similar").value_or(false);
    order.any_pose = reader.optional_boolean("any_pose").value_or(false);
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
    auto document = take_document(call.arguments);
    if (!document) {
        co_return tl::unexpected(document.error());
    }
    const json::Value value(std::move(call.arguments));
    json::ObjectReader reader(value, "arguments");
    auto order = read_order(reader, call);
    order.document = std::move(*document);
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

/// Only for the operator to see, who sends it back as `document` of enrol_face: nothing is kept here.
Answer photograph_document(checkin::Enrolment &enrolment, Call call) {
    if (auto nothing = expect_nothing(call.arguments); !nothing) {
        co_return tl::unexpected(nothing.error());
    }
    checkin::Watcher watcher{call.progress, call.still_there};
    const auto portrait = co_await enrolment.photograph_document(std::move(watcher));
    if (!portrait) {
        co_return tl::unexpected(portrait.error());
    }
    co_return json::Object{{"portrait", base64(portrait->items())}};
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

} // namespace

void add_enrolment_verbs(Server &server, checkin::Enrolment &enrolment) {
    const auto add = [&](const char *verb, Answer (*answer)(checkin::Enrolment &, Call)) {
        server.add(verb, Access::operators,
                   [&enrolment, answer](Call call) { return answer(enrolment, std::move(call)); });
    };
    add("photograph_document", photograph_document);
    add("enrol_face", enrol_face);
    add("enrol_finger", enrol_finger);
}

} // namespace xueshi::control
