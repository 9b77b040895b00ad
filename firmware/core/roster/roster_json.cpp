#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "firmware/core/record/canonical_json.hpp"
#include "firmware/core/roster/roster.hpp"

namespace xueshi::roster {
namespace {

using training::ClassHour;
using training::Lesson;
using training::Policy;
using training::Trainee;
using training::TrainingClass;

constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;
constexpr std::int64_t kMostHours = static_cast<std::int64_t>(kMaxLessons * kMaxHoursPerLesson); ///< of a class

json::Object to_json(const Policy &policy) {
    json::Object out;
    out["opens_before_ms"] = policy.opens_before_ms;
    out["closes_after_ms"] = policy.closes_after_ms;
    out["cooldown_ms"] = policy.cooldown_ms;
    out["tolerance_numerator"] = policy.tolerance_numerator;
    out["tolerance_denominator"] = policy.tolerance_denominator;
    out["factor"] = training::to_string(policy.factor);
    return out;
}

json::Object to_json(const Lesson &lesson) {
    json::Object out;
    out["id"] = lesson.id.str();
    out["title"] = lesson.title;
    out["teacher"] = lesson.teacher;
    out["room"] = lesson.room.str();
    json::Array hours;
    for (const auto &hour : lesson.hours) {
        hours.push_back(json::Array{hour.start_ms, hour.end_ms});
    }
    out["hours"] = std::move(hours);
    return out;
}

json::Object to_json(const Trainee &trainee) {
    json::Object out;
    out["id"] = trainee.id.str();
    out["number"] = trainee.number;
    out["name"] = trainee.name;
    return out;
}

template <typename T>
json::Array list(const std::vector<T> &values) {
    json::Array out;
    for (const auto &value : values) {
        out.push_back(to_json(value));
    }
    return out;
}

/// By place in the class's list of trainees: ids are long, and there may be 30,000 of them.
json::Array hours_to_json(const Roster &roster, const TrainingClass &training_class) {
    json::Array out;
    for (std::size_t i = 0; i < training_class.trainees.size(); ++i) {
        if (const auto *hours = roster.hours_of(training_class.id, training_class.trainees[i].id)) {
            out.push_back(json::Array{i, hours->proved, hours->possible});
        }
    }
    return out;
}

json::Object to_json(const Roster &roster, const TrainingClass &training_class) {
    json::Object out;
    out["id"] = training_class.id.str();
    out["institution"] = training_class.institution.str();
    out["name"] = training_class.name;
    out["approval_number"] = training_class.approval_number;
    if (!training_class.confidential_document.empty()) { // older terminals know no such class
        out["confidential_document"] = training_class.confidential_document;
    }
    out["policy"] = to_json(training_class.policy);
    out["lessons"] = list(training_class.lessons);
    out["trainees"] = list(training_class.trainees);
    out["hours"] = hours_to_json(roster, training_class);
    return out;
}

/// Reads each element with `read_one`; the first error of any list stays in `error`, and its list ends there.
template <typename T, typename ReadOne>
std::vector<T> read_list(json::ObjectReader &reader, std::string_view key, std::size_t max_count, ReadOne read_one,
                         std::optional<Error> &error) {
    std::vector<T> result;
    for (const auto &value : reader.array(key, max_count)) {
        auto element = read_one(value, fmt::format("{}[{}]", reader.path(key), result.size()));
        if (!element) {
            error = error ? error : element.error();
            break;
        }
        result.push_back(std::move(*element));
    }
    return result;
}

/// The reader's own error first, then what was found inside.
Expected<void> finish(json::ObjectReader &reader, const std::optional<Error> &inside) {
    if (auto done = reader.finish(); !done) {
        return done;
    }
    return inside ? tl::unexpected<Error>(*inside) : Expected<void>{};
}

Expected<Policy> read_policy(const json::Value &value, const std::string &path) {
    json::ObjectReader reader(value, path);
    Policy policy;
    policy.opens_before_ms = reader.integer("opens_before_ms", 0, training::kMaxWindowMs);
    policy.closes_after_ms = reader.integer("closes_after_ms", 0, training::kMaxWindowMs);
    policy.cooldown_ms = reader.integer("cooldown_ms", 0, training::kMaxWindowMs);
    policy.tolerance_numerator = reader.integer("tolerance_numerator", 0, training::kMaxToleranceDenominator);
    policy.tolerance_denominator = reader.integer("tolerance_denominator", 1, training::kMaxToleranceDenominator);
    const auto factor = training::parse_factor(reader.string("factor", kMaxIdBytes));
    if (!factor) {
        reader.error("factor", factor.error().message);
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    policy.factor = *factor;
    return policy;
}

Expected<ClassHour> read_hour(const json::Value &value, const std::string &path) {
    const auto *pair = value.if_array();
    if (pair == nullptr || pair->size() != 2 || !pair->at(0).is_int64() || !pair->at(1).is_int64()) {
        return fail(ErrorCode::invalid_argument, path + ": must be [start, end] in milliseconds");
    }
    const ClassHour hour{pair->at(0).get_int64(), pair->at(1).get_int64()};
    if (hour.start_ms < 0 || hour.start_ms >= hour.end_ms || hour.end_ms > kLargestInteger) {
        return fail(ErrorCode::invalid_argument, path + ": must end after it starts");
    }
    return hour;
}

Expected<Lesson> read_lesson(const json::Value &value, const std::string &path) {
    json::ObjectReader reader(value, path);
    Lesson lesson;
    lesson.id = LessonId(reader.string("id", kMaxIdBytes));
    lesson.title = reader.string("title", kMaxTextBytes);
    lesson.teacher = reader.string("teacher", kMaxTextBytes);
    lesson.room = RoomId(reader.string("room", kMaxIdBytes));
    std::optional<Error> inside;
    lesson.hours = read_list<ClassHour>(reader, "hours", kMaxHoursPerLesson, read_hour, inside);
    if (const auto done = finish(reader, inside); !done) {
        return tl::unexpected<Error>(done.error());
    }
    return lesson;
}

Expected<Trainee> read_trainee(const json::Value &value, const std::string &path) {
    json::ObjectReader reader(value, path);
    Trainee trainee;
    trainee.id = PersonId(reader.string("id", kMaxIdBytes));
    trainee.number = reader.string("number", kMaxIdBytes);
    trainee.name = reader.string("name", kMaxTextBytes);
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    return trainee;
}

using Hours = std::pair<std::size_t, HoursSoFar>; ///< of the trainee at this place

Expected<Hours> read_hours(const json::Value &value, const std::string &path) {
    const auto *three = value.if_array();
    if (three == nullptr || three->size() != 3 || !std::ranges::all_of(*three, &json::Value::is_int64)) {
        return fail(ErrorCode::invalid_argument, path + ": must be [trainee's place, proved, possible]");
    }
    const HoursSoFar hours{three->at(1).get_int64(), three->at(2).get_int64()};
    const std::int64_t place = three->at(0).get_int64();
    if (place < 0 || hours.proved < 0 || hours.proved > hours.possible || hours.possible > kMostHours) {
        return fail(ErrorCode::invalid_argument, path + ": proved and possible hours must be 0 <= proved <= possible");
    }
    return Hours(static_cast<std::size_t>(place), hours);
}

/// A class, and what is known of its trainees' hours.
struct ClassWithHours {
    TrainingClass training_class;
    std::vector<Hours> hours;
};

Expected<ClassWithHours> read_class(const json::Value &value, const std::string &path) {
    json::ObjectReader reader(value, path);
    TrainingClass result;
    result.id = ClassId(reader.string("id", kMaxIdBytes));
    result.institution = InstitutionId(reader.string("institution", kMaxIdBytes));
    result.name = reader.string("name", kMaxTextBytes);
    result.approval_number = reader.string("approval_number", kMaxTextBytes);
    result.confidential_document = reader.optional_string("confidential_document", kMaxTextBytes).value_or("");
    std::optional<Error> inside;
    if (const auto policy = read_policy(reader.object("policy"), reader.path("policy"))) {
        result.policy = *policy;
    } else {
        inside = policy.error();
    }
    result.lessons = read_list<Lesson>(reader, "lessons", kMaxLessons, read_lesson, inside);
    result.trainees = read_list<Trainee>(reader, "trainees", kMaxTrainees, read_trainee, inside);
    auto hours = read_list<Hours>(reader, "hours", kMaxTrainees, read_hours, inside);
    if (const auto done = finish(reader, inside); !done) {
        return tl::unexpected<Error>(done.error());
    }
    if (const auto sound = training::check(result); !sound) {
        return fail(sound, path);
    }
    for (const auto &[place, each] : hours) {
        if (place >= result.trainees.size()) {
            return fail(ErrorCode::invalid_argument,
                        fmt::format("{}: hours of trainee {} of {}", path, place, result.trainees.size()));
        }
    }
    return ClassWithHours{std::move(result), std::move(hours)};
}

} // namespace

Expected<std::string> write_roster(const Roster &roster) {
    json::Object out;
    out["device"] = roster.device.str();
    out["institution"] = roster.institution.str();
    out["institution_name"] = roster.institution_name;
    out["room"] = roster.room.str();
    out["as_of_ms"] = roster.as_of_ms;
    out["hours_as_of_ms"] = roster.hours_as_of_ms;
    json::Array classes;
    for (const auto &training_class : roster.classes) {
        classes.push_back(to_json(roster, training_class));
    }
    out["classes"] = std::move(classes);
    auto payload = record::canonical_json(std::move(out));
    if (!payload) {
        return fail(payload, "roster");
    }
    // Read back, so that a registry learns at once what its terminals would refuse.
    if (const auto readable = read_roster(*payload); !readable) {
        return tl::unexpected<Error>(readable.error());
    }
    return payload;
}

Expected<Roster> read_roster(std::string_view payload) {
    const auto value = json::parse(payload, json::Limits{.bytes = kMaxRosterBytes});
    if (!value) {
        return fail(value, "roster");
    }
    json::ObjectReader reader(*value, "roster");
    Roster roster;
    roster.device = DeviceId(reader.string("device", kMaxIdBytes));
    roster.institution = InstitutionId(reader.string("institution", kMaxIdBytes));
    roster.institution_name = reader.string("institution_name", kMaxTextBytes);
    roster.room = RoomId(reader.string("room", kMaxIdBytes));
    roster.as_of_ms = reader.integer("as_of_ms", 0, kLargestInteger);
    roster.hours_as_of_ms = reader.integer("hours_as_of_ms", 0, kLargestInteger);
    std::optional<Error> inside;
    auto classes = read_list<ClassWithHours>(reader, "classes", kMaxClasses, read_class, inside);
    if (const auto done = finish(reader, inside); !done) {
        return tl::unexpected<Error>(done.error());
    }
    std::set<ClassId> ids;
    for (auto &[training_class, hours] : classes) {
        if (!ids.insert(training_class.id).second) {
            return fail(ErrorCode::invalid_argument, "roster: class " + training_class.id.str() + " stands twice");
        }
        for (const auto &[place, each] : hours) {
            roster.hours[{training_class.id, training_class.trainees[place].id}] = each;
        }
        roster.classes.push_back(std::move(training_class));
    }
    return roster;
}

} // namespace xueshi::roster
