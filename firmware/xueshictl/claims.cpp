#include "firmware/xueshictl/claims.hpp"

#include <fmt/format.h>

#include "firmware/xueshictl/connection.hpp"

namespace xueshi::xueshictl {

namespace {

constexpr int kTimeoutMs = 10'000;

std::string lesson_of(const json::Object &result) {
    const auto lesson = text_of(result, "lesson");
    return lesson.empty() ? "课外 outside any lesson" : "课次 lesson " + lesson;
}

} // namespace

Expected<void> claim(const Places &places, const Whom &whom, const std::string &reason, const std::string &note) {
    auto arguments = to_arguments(whom);
    arguments["reason"] = reason;
    if (!note.empty()) {
        arguments["note"] = note;
    }
    const auto result = call(places, "claim", std::move(arguments), kTimeoutMs);
    if (!result) {
        return fail(result, whom.trainee);
    }
    fmt::print("{}: {} (seq {}), {}。待人社部门核定 pending until the bureau decides\n", whom.trainee,
               flag_of(*result, "earlier") ? "刚才已登记 noted a moment ago" : "已登记在场 presence noted",
               number_of(*result, "seq"), lesson_of(*result));
    return {};
}

Expected<void> punch(const Places &places, const Whom &whom, const std::string &reason) {
    auto arguments = to_arguments(whom);
    arguments["reason"] = reason;
    const auto result = call(places, "manual_punch", std::move(arguments), kTimeoutMs);
    if (!result) {
        return fail(result, whom.trainee);
    }
    fmt::print("{}: 已补登 supervised punch (seq {}), {}, {}。待人社部门核定 the bureau is shown it\n", whom.trainee,
               number_of(*result, "seq"), lesson_of(*result), text_of(*result, "direction"));
    return {};
}

Expected<void> accommodate(const Places &places, const Whom &whom, const std::string &instead,
                           const std::string &reason, bool end) {
    auto arguments = to_arguments(whom);
    arguments["instead"] = instead;
    arguments["reason"] = reason;
    arguments["given"] = !end;
    const auto result = call(places, "accommodate", std::move(arguments), kTimeoutMs);
    if (!result) {
        return fail(result, whom.trainee);
    }
    fmt::print("{}: {} {}\n", whom.trainee,
               end ? "已结束便利安排 accommodation ended:" : "已记录便利安排 accommodation recorded:", instead);
    return {};
}

} // namespace xueshi::xueshictl
