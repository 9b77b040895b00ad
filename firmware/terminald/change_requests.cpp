#include "firmware/terminald/change_requests.hpp"

#include <algorithm>
#include <utility>

#include "firmware/checkin/subject.hpp"

namespace xueshi::terminald {

namespace {

constexpr std::size_t kMostId = 64;
constexpr std::int64_t kLastWallMs = 4'102'444'800'000; // 2100-01-01

const schedule::OpenLesson *find_lesson(const std::vector<schedule::OpenLesson> &lessons,
                                        const record::ChangeRequest &asked) {
    const auto found = std::ranges::find_if(lessons, [&](const schedule::OpenLesson &one) {
        return one.training_class->id == asked.training_class && one.lesson->id == asked.lesson;
    });
    return found == lessons.end() ? nullptr : &*found;
}

/// Whoever asked.
bool is_same(const record::ChangeRequest &one, const record::ChangeRequest &other) {
    return one.training_class == other.training_class && one.lesson == other.lesson && one.change == other.change &&
           one.begin_ms == other.begin_ms;
}

} // namespace

Expected<record::ChangeRequest> ChangeRequests::read(const json::Object &arguments, const std::string &operator_name) {
    const json::Value value(arguments);
    json::ObjectReader reader(value, "arguments");
    record::ChangeRequest asked;
    asked.training_class = ClassId(reader.string("class", kMostId));
    asked.lesson = LessonId(reader.string("lesson", kMostId));
    const auto change = record::parse_lesson_change(reader.string("change", kMostId));
    const auto begin_ms = reader.optional_integer("begin_ms", 0, kLastWallMs);
    asked.begin_ms = begin_ms.value_or(0);
    asked.operator_name = operator_name;
    if (reader.ok() && !change) {
        reader.error("change", "is time, teacher, place or not_held");
    }
    if (reader.ok() && begin_ms.has_value() != (*change == record::LessonChange::time)) {
        reader.error("begin_ms", "is the new beginning of a change of time, and of no other");
    }
    if (auto finished = reader.finish(); !finished) {
        return tl::unexpected(finished.error());
    }
    asked.change = *change;
    return asked;
}

Expected<void> ChangeRequests::check(const record::ChangeRequest &asked,
                                     const std::vector<schedule::OpenLesson> &lessons) const {
    const auto now = clock_.now();
    if (now.quality == ClockQuality::unset) {
        return fail(ErrorCode::unavailable, "the clock is not set: which lessons are to come is not known");
    }
    const auto *lesson = find_lesson(lessons, asked);
    if (lesson == nullptr) {
        return fail(ErrorCode::not_found, "this room has no such lesson");
    }
    if (asked.change != record::LessonChange::not_held && lesson->lesson->start_ms() <= now.wall_ms) {
        return fail(ErrorCode::conflict, "the lesson has begun: its plan is not changed any more");
    }
    if (asked.change == record::LessonChange::time && asked.begin_ms <= now.wall_ms) {
        return fail(ErrorCode::conflict, "the new beginning is past");
    }
    return {};
}

Expected<json::Object> ChangeRequests::request(const json::Object &arguments, const std::string &operator_name,
                                               const std::vector<schedule::OpenLesson> &lessons) {
    auto asked = read(arguments, operator_name);
    if (!asked) {
        return tl::unexpected(asked.error());
    }
    if (auto sound = check(*asked, lessons); !sound) {
        return tl::unexpected(sound.error());
    }
    const auto same = std::ranges::find_if(entries_, [&](const Entry &one) { return is_same(one.asked, *asked); });
    if (same != entries_.end()) {
        return json::Object{{"seq", same->seq}, {"earlier", true}};
    }
    const auto seq = checkin::journal(sink_, clock_, record::EventKind::operator_action, {}, record::to_json(*asked));
    if (!seq) {
        return fail(seq, "journal the request");
    }
    keep({*seq, clock_.now().wall_ms, std::move(*asked)});
    return json::Object{{"seq", *seq}, {"earlier", false}};
}

void ChangeRequests::remember(const record::EventBody &body) {
    if (body.kind != record::to_string(record::EventKind::operator_action) || !record::is_change_request(body.data)) {
        return;
    }
    if (auto asked = record::change_request_from_json(body.data)) {
        keep({body.seq, body.at.wall_ms, std::move(*asked)});
    }
}

void ChangeRequests::keep(Entry entry) {
    entries_.push_back(std::move(entry));
    if (entries_.size() > kKept) {
        entries_.pop_front();
    }
}

json::Array ChangeRequests::describe(const std::vector<schedule::OpenLesson> &lessons) const {
    json::Array all;
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
        const auto *lesson = find_lesson(lessons, entry->asked);
        all.push_back(json::Object{{"seq", entry->seq},
                                   {"wall_ms", entry->wall_ms},
                                   {"class", entry->asked.training_class.str()},
                                   {"class_name", lesson == nullptr ? std::string() : lesson->training_class->name},
                                   {"lesson", entry->asked.lesson.str()},
                                   {"title", lesson == nullptr ? std::string() : lesson->lesson->title},
                                   {"lesson_begin_ms", lesson == nullptr ? 0 : lesson->lesson->start_ms()},
                                   {"change", record::to_string(entry->asked.change)},
                                   {"begin_ms", entry->asked.begin_ms}});
    }
    return all;
}

} // namespace xueshi::terminald
