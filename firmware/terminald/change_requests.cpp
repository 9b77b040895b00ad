#include "firmware/terminald/change_requests.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "firmware/checkin/subject.hpp"
#include "firmware/core/base/json_members.hpp"

namespace xueshi::terminald {

namespace {

constexpr std::string_view kWhat = "change_requested";
constexpr std::string_view kTime = "time", kNotHeld = "not_held";
constexpr std::array<std::string_view, 4> kChanges{kTime, "teacher", "place", kNotHeld};
constexpr std::size_t kMostId = 128;
constexpr std::int64_t kLastWallMs = 4'102'444'800'000; // 2100-01-01

const schedule::OpenLesson *find_lesson(const std::vector<schedule::OpenLesson> &lessons,
                                        const std::string &training_class, const std::string &lesson) {
    const auto found = std::ranges::find_if(lessons, [&](const schedule::OpenLesson &one) {
        return one.training_class->id.str() == training_class && one.lesson->id.str() == lesson;
    });
    return found == lessons.end() ? nullptr : &*found;
}

} // namespace

Expected<ChangeRequests::Entry> ChangeRequests::read(const json::Object &arguments) {
    const json::Value value(arguments);
    json::ObjectReader reader(value, "arguments");
    Entry entry;
    entry.training_class = reader.string("class", kMostId);
    entry.lesson = reader.string("lesson", kMostId);
    entry.change = reader.string("change", kMostId);
    const auto begin_ms = reader.optional_integer("begin_ms", 0, kLastWallMs);
    entry.begin_ms = begin_ms.value_or(0);
    if (reader.ok() && std::ranges::find(kChanges, entry.change) == kChanges.end()) {
        reader.error("change", "is time, teacher, place or not_held");
    }
    if (reader.ok() && begin_ms.has_value() != (entry.change == kTime)) {
        reader.error("begin_ms", "is the new beginning of a change of time, and of no other");
    }
    if (auto finished = reader.finish(); !finished) {
        return tl::unexpected(finished.error());
    }
    return entry;
}

Expected<void> ChangeRequests::check(const Entry &entry, const std::vector<schedule::OpenLesson> &lessons) const {
    const auto now = clock_.now();
    if (now.quality == ClockQuality::unset) {
        return fail(ErrorCode::unavailable, "the clock is not set: which lessons are to come is not known");
    }
    const auto *lesson = find_lesson(lessons, entry.training_class, entry.lesson);
    if (lesson == nullptr) {
        return fail(ErrorCode::not_found, "this room has no such lesson");
    }
    if (entry.change != kNotHeld && lesson->lesson->start_ms() <= now.wall_ms) {
        return fail(ErrorCode::conflict, "the lesson has begun: its plan is not changed any more");
    }
    if (entry.change == kTime && entry.begin_ms <= now.wall_ms) {
        return fail(ErrorCode::conflict, "the new beginning is past");
    }
    return {};
}

Expected<json::Object> ChangeRequests::request(const json::Object &arguments, const std::string &operator_name,
                                               const std::vector<schedule::OpenLesson> &lessons) {
    auto entry = read(arguments);
    if (!entry) {
        return tl::unexpected(entry.error());
    }
    if (auto sound = check(*entry, lessons); !sound) {
        return tl::unexpected(sound.error());
    }
    const auto same = std::ranges::find_if(entries_, [&](const Entry &one) { return one.is_same_as(*entry); });
    if (same != entries_.end()) {
        return json::Object{{"seq", same->seq}, {"earlier", true}};
    }
    json::Object data{{"what", kWhat},
                      {"class", entry->training_class},
                      {"lesson", entry->lesson},
                      {"change", entry->change},
                      {"operator", operator_name}};
    if (entry->change == kTime) {
        data["begin_ms"] = entry->begin_ms;
    }
    const auto seq = checkin::journal(sink_, clock_, record::EventKind::operator_action, {}, std::move(data));
    if (!seq) {
        return fail(seq, "journal the request");
    }
    entry->seq = *seq;
    entry->wall_ms = clock_.now().wall_ms;
    keep(std::move(*entry));
    return json::Object{{"seq", *seq}, {"earlier", false}};
}

void ChangeRequests::remember(const record::EventBody &body) {
    if (body.kind != record::to_string(record::EventKind::operator_action) ||
        json::text_of(body.data, "what") != kWhat) {
        return;
    }
    keep({.seq = body.seq,
          .wall_ms = body.at.wall_ms,
          .training_class = json::text_of(body.data, "class"),
          .lesson = json::text_of(body.data, "lesson"),
          .change = json::text_of(body.data, "change"),
          .begin_ms = json::number_of(body.data, "begin_ms")});
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
        const auto *lesson = find_lesson(lessons, entry->training_class, entry->lesson);
        all.push_back(json::Object{{"seq", entry->seq},
                                   {"wall_ms", entry->wall_ms},
                                   {"class", entry->training_class},
                                   {"class_name", lesson == nullptr ? std::string() : lesson->training_class->name},
                                   {"lesson", entry->lesson},
                                   {"title", lesson == nullptr ? std::string() : lesson->lesson->title},
                                   {"lesson_begin_ms", lesson == nullptr ? 0 : lesson->lesson->start_ms()},
                                   {"change", entry->change},
                                   {"begin_ms", entry->begin_ms}});
    }
    return all;
}

} // namespace xueshi::terminald
