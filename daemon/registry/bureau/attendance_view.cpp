#include <fmt/format.h>

#include "daemon/registry/bureau/selection.hpp"
#include "daemon/registry/counting/attendance.hpp"
#include "firmware/core/base/csv.hpp"

namespace xueshi::registry::bureau {

using rules::Fraction;

namespace {

/// Two decimals, cut and not rounded: 69.999 % must not look like the 70 % it is not.
std::string percent(const Fraction &fraction) {
    const std::int64_t hundredths = fraction.numerator * 10'000 / fraction.denominator;
    return fmt::format("{}.{:02} %", hundredths / 100, hundredths % 100);
}

std::string percent(const Fraction &low, const Fraction &high) {
    return low == high ? percent(low) : percent(low) + "–" + percent(high);
}

json::Array bounds(const Fraction &low, const Fraction &high) {
    json::Array both;
    both.emplace_back(rules::to_string(low));
    both.emplace_back(rules::to_string(high));
    return both;
}

json::Array gaps_json(const rules::PersonAttendance &attendance) {
    json::Array gaps;
    for (const rules::Gap &gap : attendance.gaps) {
        json::Object one;
        one["lesson"] = gap.lesson.str();
        one["reason"] = to_string(gap.reason);
        one["hours"] = gap.hours;
        one["mended_by"] = rules::mended_by(gap.reason);
        gaps.push_back(std::move(one));
    }
    return gaps;
}

json::Array lessons_json(const rules::PersonAttendance &attendance) {
    json::Array lessons;
    for (const rules::LessonAttendance &lesson : attendance.lessons) {
        json::Array hours;
        for (const rules::HourState state : lesson.hours) {
            hours.emplace_back(to_string(state));
        }
        json::Object one;
        one["lesson"] = lesson.lesson.str();
        one["hours"] = std::move(hours);
        lessons.push_back(std::move(one));
    }
    return lessons;
}

json::Object trainee_json(const counting::TraineeAttendance &row) {
    const rules::PersonAttendance &attendance = row.attendance;
    json::Object one;
    one["number"] = row.trainee.number;
    one["name"] = row.trainee.name;
    one["person"] = row.trainee.id.str();
    one["proved"] = attendance.proved;
    one["possible"] = attendance.possible;
    one["filed"] = attendance.filed;
    one["not_held"] = attendance.not_held;
    one["not_counted"] = attendance.not_counted;
    one["rate"] = bounds(attendance.rate_proved, attendance.rate_possible);
    one["rate_percent"] = percent(attendance.rate_proved, attendance.rate_possible);
    one["exam"] = to_string(attendance.exam);
    one["ratio"] = bounds(attendance.ratio_proved, attendance.ratio_possible);
    one["gaps"] = gaps_json(attendance);
    json::Object evidence;
    for (const auto &[kind, count] : row.evidence) {
        evidence[kind] = count;
    }
    one["evidence"] = std::move(evidence);
    one["lessons"] = lessons_json(attendance);
    return one;
}

json::Object class_json(const counting::ClassAttendance &found, std::int64_t as_of_ms) {
    json::Object body;
    body["institution"] = found.training_class.institution.str();
    body["class"] = found.training_class.id.str();
    body["name"] = found.training_class.name;
    body["filed"] = found.training_class.filed_hours();
    body["as_of_ms"] = as_of_ms;
    json::Array lessons;
    for (const training::Lesson &lesson : found.training_class.lessons) {
        json::Object one;
        one["lesson"] = lesson.id.str();
        one["title"] = lesson.title;
        one["room"] = lesson.room.str();
        one["start_ms"] = lesson.start_ms();
        one["end_ms"] = lesson.end_ms();
        one["hours"] = lesson.hours.size();
        one["delivery"] = to_string(found.delivery.at(lesson.id));
        lessons.push_back(std::move(one));
    }
    body["lessons"] = std::move(lessons);
    json::Array trainees;
    for (const counting::TraineeAttendance &row : found.trainees) {
        trainees.push_back(trainee_json(row));
    }
    body["trainees"] = std::move(trainees);
    return body;
}

std::string class_csv(const counting::ClassAttendance &found, bool demonstration) {
    Csv csv;
    for (const char *name : {"number", "name", "person", "proved", "possible", "filed", "rate_proved", "rate_possible",
                             "rate_percent", "exam", "ratio_proved", "ratio_possible", "demonstration"}) {
        csv.text(name);
    }
    csv.end_row();
    for (const counting::TraineeAttendance &row : found.trainees) {
        const rules::PersonAttendance &attendance = row.attendance;
        csv.text(row.trainee.number).text(row.trainee.name).text(row.trainee.id.str());
        csv.number(attendance.proved).number(attendance.possible).number(attendance.filed);
        csv.text(rules::to_string(attendance.rate_proved)).text(rules::to_string(attendance.rate_possible));
        csv.text(percent(attendance.rate_proved, attendance.rate_possible)).text(to_string(attendance.exam));
        csv.text(rules::to_string(attendance.ratio_proved)).text(rules::to_string(attendance.ratio_possible));
        csv.text(demonstration ? "true" : "false");
        csv.end_row();
    }
    return csv.str();
}

} // namespace

Expected<http::Response> get_attendance(const Context &context, store::Session &session, Call &call) {
    const auto institutions = institutions_of(session, call);
    if (!institutions) {
        return tl::unexpected(institutions.error());
    }
    for (const store::Institution &institution : *institutions) {
        const auto found =
            counting::class_attendance(session, context.policy, institution.id, ClassId(call.captured.front()));
        if (found && wants_csv(call.request)) {
            return csv_response(class_csv(*found, is_demonstration(context.policy)));
        }
        if (found) {
            return json_response(context, class_json(*found, context.clock.now().wall_ms));
        }
        if (found.error().code != ErrorCode::not_found) {
            return tl::unexpected(found.error());
        }
    }
    return fail(ErrorCode::not_found, "no such class");
}

} // namespace xueshi::registry::bureau
