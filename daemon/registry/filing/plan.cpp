#include "daemon/registry/filing/plan.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "daemon/registry/filing/text.hpp"

namespace xueshi::registry::filing {
namespace {

using training::ClassHour;
using training::Lesson;
using training::Policy;

/// What a wrong plan throws inside this file; read_plan turns it into an Error.
struct Wrong {
    std::string message;
};

[[noreturn]] void wrong(const toml::source_region &where, std::string_view key, std::string_view what) {
    throw Wrong{fmt::format("line {}, key {}: {}", where.begin.line, key, what)};
}

/// Reads one table key by key; `finish` refuses what was not asked for.
class TableReader {
public:
    TableReader(const toml::table &table, std::string path) : table_(table), path_(std::move(path)) {}

    const toml::node &required(std::string_view key) {
        const auto *node = optional(key);
        if (node == nullptr) {
            wrong(table_.source(), path(key), "is missing");
        }
        return *node;
    }
    const toml::node *optional(std::string_view key) {
        known_.emplace(key);
        return table_.get(key);
    }

    std::string text(std::string_view key) {
        const auto &node = required(key);
        const auto *value = node.as_string();
        if (value == nullptr || value->get().empty() || value->get().size() > kMaxTextBytes) {
            wrong(node.source(), path(key), fmt::format("must be text of 1 to {} bytes", kMaxTextBytes));
        }
        return value->get();
    }
    /// Goes into addresses and file names: letters, digits, '.', '_' and '-'.
    std::string id(std::string_view key) {
        auto value = text(key);
        const auto plain = [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
                   c == '-';
        };
        if (value.size() > 64 || value.front() == '.' || !std::ranges::all_of(value, plain)) {
            wrong(required(key).source(), path(key), "must be 1 to 64 of a-z A-Z 0-9 . _ - and not begin with a dot");
        }
        return value;
    }
    std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max) {
        return integer_of(required(key), path(key), min, max);
    }
    std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max, std::int64_t otherwise) {
        return optional(key) != nullptr ? integer(key, min, max) : otherwise;
    }
    const toml::table &table(std::string_view key) {
        const auto &node = required(key);
        if (!node.is_table()) {
            wrong(node.source(), path(key), "must be a table");
        }
        return *node.as_table();
    }
    /// UTC milliseconds of an offset date-time.
    std::int64_t time(std::string_view key);

    void finish() const {
        for (const auto &[key, node] : table_) {
            if (!known_.contains(std::string(key.str()))) {
                wrong(node.source(), path(key.str()), "is not known here; allowed: " + allowed());
            }
        }
    }

    std::string path(std::string_view key) const {
        return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
    }
    static std::int64_t integer_of(const toml::node &node, std::string_view path, std::int64_t min, std::int64_t max) {
        const auto *value = node.as_integer();
        if (value == nullptr || value->get() < min || value->get() > max) {
            wrong(node.source(), path, fmt::format("must be an integer from {} to {}", min, max));
        }
        return value->get();
    }

private:
    std::string allowed() const { return fmt::format("{}", fmt::join(known_, ", ")); }

    const toml::table &table_;
    std::string path_;
    std::set<std::string, std::less<>> known_;
};

std::int64_t TableReader::time(std::string_view key) {
    namespace chrono = std::chrono;
    const auto &node = required(key);
    const auto *value = node.as_date_time();
    if (value == nullptr || !value->get().offset) {
        wrong(node.source(), path(key), "must be a date and time with its offset, such as 2026-11-24T08:00:00+08:00");
    }
    const auto &at = value->get();
    constexpr std::uint32_t kNanosecondsPerMs = 1'000'000;
    if (at.date.year < 1970 || at.time.nanosecond % kNanosecondsPerMs != 0) {
        wrong(node.source(), path(key), "must be later than 1970 and in whole milliseconds");
    }
    const chrono::sys_days day{
        chrono::year_month_day(chrono::year(at.date.year), chrono::month(at.date.month), chrono::day(at.date.day))};
    const auto moment = day + chrono::hours(at.time.hour) + chrono::minutes(at.time.minute) +
                        chrono::seconds(at.time.second) + chrono::milliseconds(at.time.nanosecond / kNanosecondsPerMs) -
                        chrono::minutes(at.offset->minutes);
    return chrono::duration_cast<chrono::milliseconds>(moment.time_since_epoch()).count();
}

Institution read_institution(const toml::table &table) {
    TableReader reader(table, "institution");
    Institution institution{InstitutionId(reader.id("id")), reader.text("name"), reader.text("region")};
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (institution.region.size() != 6 || !std::ranges::all_of(institution.region, digit)) {
        wrong(reader.required("region").source(), reader.path("region"), "must be six digits (GB/T 2260)");
    }
    reader.finish();
    return institution;
}

void read_tolerance(TableReader &reader, Policy &policy) {
    const auto *node = reader.optional("tolerance");
    if (node == nullptr) {
        return;
    }
    const auto path = reader.path("tolerance");
    const auto *pair = node->as_array();
    if (pair == nullptr || pair->size() != 2) {
        wrong(node->source(), path, "must be [numerator, denominator], such as [10, 45]");
    }
    policy.tolerance_denominator =
        TableReader::integer_of(*pair->get(1), path + "[1]", 1, training::kMaxToleranceDenominator);
    policy.tolerance_numerator = TableReader::integer_of(*pair->get(0), path + "[0]", 0, policy.tolerance_denominator);
}

Policy read_policy(const toml::table &table) {
    TableReader reader(table, "policy");
    Policy policy;
    policy.opens_before_ms = reader.integer("opens_before_ms", 0, training::kMaxWindowMs, policy.opens_before_ms);
    policy.closes_after_ms = reader.integer("closes_after_ms", 0, training::kMaxWindowMs, policy.closes_after_ms);
    policy.cooldown_ms = reader.integer("cooldown_ms", 0, training::kMaxWindowMs, policy.cooldown_ms);
    read_tolerance(reader, policy);
    if (reader.optional("factor") != nullptr) {
        const auto factor = training::parse_factor(reader.text("factor"));
        if (!factor) {
            wrong(reader.required("factor").source(), reader.path("factor"), factor.error().message);
        }
        policy.factor = *factor;
    }
    reader.finish();
    return policy;
}

/// hours = N of hour_seconds each, break_seconds between them, from start on.
std::vector<ClassHour> regular_hours(TableReader &reader) {
    constexpr std::int64_t kDayS = 24 * 3600;
    const auto count = reader.integer("hours", 1, kMaxHoursPerLesson);
    const auto length_ms = reader.integer("hour_seconds", 1, kDayS) * 1000;
    const auto break_ms = reader.integer("break_seconds", 0, kDayS, 0) * 1000;
    std::vector<ClassHour> hours;
    auto start_ms = reader.time("start");
    for (std::int64_t i = 0; i < count; ++i) {
        hours.push_back({start_ms, start_ms + length_ms});
        start_ms += length_ms + break_ms;
    }
    return hours;
}

/// hours = [{start, end}, ...].
std::vector<ClassHour> listed_hours(const toml::array &list, const std::string &path) {
    if (list.empty() || list.size() > kMaxHoursPerLesson) {
        wrong(list.source(), path, fmt::format("must have 1 to {} class hours", kMaxHoursPerLesson));
    }
    std::vector<ClassHour> hours;
    for (const auto &node : list) {
        const auto name = fmt::format("{}[{}]", path, hours.size());
        if (!node.is_table()) {
            wrong(node.source(), name, "must be {start = ..., end = ...}");
        }
        TableReader reader(*node.as_table(), name);
        const ClassHour hour{reader.time("start"), reader.time("end")};
        reader.finish();
        if (hour.end_ms <= hour.start_ms || hour.end_ms - hour.start_ms > training::kMaxHourMs) {
            wrong(node.source(), name, "must end after its start, within 24 hours");
        }
        if (!hours.empty() && hour.start_ms < hours.back().end_ms) {
            wrong(node.source(), name, "begins before the class hour before it ends");
        }
        hours.push_back(hour);
    }
    return hours;
}

Lesson read_lesson(const toml::table &table, const std::string &path) {
    TableReader reader(table, path);
    Lesson lesson{
        LessonId(reader.id("id")), reader.text("title"), reader.text("teacher"), RoomId(reader.id("room")), {}};
    const auto *list = reader.required("hours").as_array();
    lesson.hours = list != nullptr ? listed_hours(*list, reader.path("hours")) : regular_hours(reader);
    reader.finish();
    return lesson;
}

std::vector<Lesson> read_lessons(TableReader &plan) {
    const auto &node = plan.required("lesson");
    const auto *list = node.as_array();
    if (list == nullptr || !list->is_array_of_tables() || list->size() > kMaxLessons) {
        wrong(node.source(), "lesson", fmt::format("must be 1 to {} tables [[lesson]]", kMaxLessons));
    }
    std::vector<Lesson> lessons;
    std::set<LessonId> ids;
    for (const auto &element : *list) {
        const auto path = fmt::format("lesson[{}]", lessons.size());
        lessons.push_back(read_lesson(*element.as_table(), path));
        if (!ids.insert(lessons.back().id).second) {
            wrong(element.source(), path + ".id", "is already another lesson's");
        }
    }
    std::ranges::sort(lessons, {}, [](const Lesson &lesson) { return std::pair(lesson.start_ms(), lesson.id); });
    return lessons;
}

Plan read_tables(const toml::table &root) {
    TableReader reader(root, "");
    Plan plan;
    plan.institution = read_institution(reader.table("institution"));
    TableReader of_class(reader.table("class"), "class");
    plan.training_class.id = ClassId(of_class.id("id"));
    plan.training_class.institution = plan.institution.id;
    plan.training_class.name = of_class.text("name");
    if (of_class.optional("approval_number") != nullptr) {
        plan.training_class.approval_number = of_class.text("approval_number");
    }
    if (of_class.optional("confidential_document") != nullptr) {
        plan.training_class.confidential_document = of_class.text("confidential_document");
    }
    of_class.finish();
    if (reader.optional("policy") != nullptr) {
        plan.training_class.policy = read_policy(reader.table("policy"));
    }
    plan.training_class.lessons = read_lessons(reader);
    reader.finish();
    return plan;
}

} // namespace

Expected<Plan> read_plan(std::string_view toml) {
    if (toml.size() > kMaxPlanBytes) {
        return fail(ErrorCode::too_large, fmt::format("larger than {} bytes", kMaxPlanBytes));
    }
    const auto text = to_utf8(toml);
    if (!text) {
        return tl::unexpected<Error>(text.error());
    }
    try {
        return read_tables(toml::parse(*text));
    } catch (const Wrong &error) {
        return fail(ErrorCode::invalid_argument, error.message);
    } catch (const toml::parse_error &error) {
        return fail(ErrorCode::invalid_argument, fmt::format("line {}, column {}: {}", error.source().begin.line,
                                                             error.source().begin.column, error.description()));
    }
}

} // namespace xueshi::registry::filing
