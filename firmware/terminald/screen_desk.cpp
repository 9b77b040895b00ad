// What is asked of the terminal at its screen.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <system_error>

#include "firmware/checkin/consent_texts.hpp"
#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/journal/reader.hpp"
#include "firmware/terminald/screen.hpp"

namespace xueshi::terminald {

namespace {

constexpr std::int64_t kDayMs = 86'400'000, kWeekMs = 7 * kDayMs;
constexpr std::size_t kMostId = 128, kHashDigits = 16;

/// "2026-11-28T00:06:44.123Z" as 20261128T000644Z.
std::string short_time(std::int64_t wall_ms) {
    auto text = utc_time(wall_ms).substr(0, 19);
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text + "Z";
}

json::Object describe_plan(const schedule::OpenLesson &open) {
    return json::Object{{"class", open.training_class->id.str()}, {"class_name", open.training_class->name},
                        {"lesson", open.lesson->id.str()},        {"title", open.lesson->title},
                        {"begin_ms", open.lesson->start_ms()},    {"end_ms", open.lesson->end_ms()}};
}

tl::unexpected<Error> no_roster() {
    return fail(ErrorCode::unavailable, "no roster yet: the terminal knows no class");
}

} // namespace

Expected<json::Object> Screen::receipt(const json::Object &arguments) {
    const json::Value value(arguments);
    json::ObjectReader reader(value, "arguments");
    const auto seq = reader.integer("seq", 1, std::int64_t{1} << 53);
    if (auto finished = reader.finish(); !finished) {
        return tl::unexpected(finished.error());
    }
    const auto shown = std::ranges::find(results_, seq, &Shown::seq);
    if (shown == results_.end() || parts_.clock.now().boot_ms - shown->boot_ms > kReceiptMs) {
        return fail(ErrorCode::not_found, "a receipt is for a punch of the last two minutes at this screen");
    }
    auto journal = journal::JournalReader::open(parts_.state / "journal.db");
    const auto events = journal ? journal->read(seq - 1, 1) : tl::unexpected<Error>(journal.error());
    if (!events) {
        return fail(events, "read the punch");
    }
    const auto body = events->empty() ? fail(ErrorCode::not_found, "the punch is not in the journal")
                                      : record::read_body(events->front());
    if (!body) {
        return tl::unexpected(body.error());
    }
    const auto time = body->at.quality == ClockQuality::unset ? "unset" : short_time(body->at.wall_ms);
    return json::Object{{"text", "XUESHI1/" + body->device.str() + "/" + body->chain.str() + "/" + std::to_string(seq) +
                                     "/" + hex(events->front().hash).substr(0, kHashDigits) + "/" + time}};
}

/// For whoever was not recognised and looks for the own name: who may punch now, as far as anybody may read it.
Expected<json::Object> Screen::names() {
    if (!roster_) {
        return no_roster();
    }
    const auto now = parts_.clock.now();
    std::set<ClassId> open;
    if (now.quality != ClockQuality::unset) {
        for (const auto &one : schedule::open_lessons(roster_->classes, roster_->room, now.wall_ms)) {
            open.insert(one.training_class->id);
        }
    }
    json::Array people;
    std::set<PersonId> listed;
    for (const auto &training_class : roster_->classes) {
        if (!open.empty() && !open.contains(training_class.id)) {
            continue;
        }
        for (const auto &trainee : training_class.trainees) {
            if (listed.insert(trainee.id).second) {
                people.push_back(json::Object{{"person", trainee.id.str()},
                                              {"number", trainee.number},
                                              {"class", training_class.id.str()},
                                              {"class_name", training_class.name},
                                              {"name", kiosk::shown_name(trainee.name, options_.names)}});
            }
        }
    }
    return json::Object{{"people", std::move(people)}};
}

Expected<json::Object> Screen::lesson() {
    if (!roster_) {
        return no_roster();
    }
    json::Array lessons;
    const auto now = parts_.clock.now();
    auto open = schedule::open_lessons(roster_->classes, roster_->room, now.wall_ms);
    if (now.quality == ClockQuality::unset) {
        open = lessons_of_room();
        std::erase_if(open, [this](const schedule::OpenLesson &one) {
            return !picked_ || picked_->training_class != one.training_class->id || picked_->lesson != one.lesson->id;
        });
    }
    for (const auto &one : open) {
        auto shown = describe_plan(one);
        shown["people"] = people_of(one);
        lessons.push_back(std::move(shown));
    }
    return json::Object{{"lessons", std::move(lessons)}};
}

/// Punches under an unset clock belong to no lesson yet: who made one cannot be told.
std::string_view Screen::attendance_of(const schedule::OpenLesson &lesson, const PersonId &person) const {
    if (parts_.clock.now().quality == ClockQuality::unset) {
        return "unknown";
    }
    std::string_view state = "missing";
    for (const auto &punch : punches_of(lesson, person)) {
        if (punch.direction != record::Direction::moment || state == "missing") {
            state = punch.direction == record::Direction::check_out ? "left" : "present";
        }
    }
    return state;
}

json::Array Screen::people_of(const schedule::OpenLesson &lesson) const {
    json::Array people;
    for (const auto &trainee : lesson.training_class->trainees) {
        people.push_back(json::Object{{"person", trainee.id.str()},
                                      {"number", trainee.number},
                                      {"name", trainee.name},
                                      {"state", attendance_of(lesson, trainee.id)},
                                      {"accommodation", parts_.history.accommodation(trainee.id)}});
    }
    return people;
}

Expected<json::Object> Screen::claims() {
    drop_old_claims();
    json::Array claims;
    for (auto it = claims_.rbegin(); it != claims_.rend(); ++it) {
        const auto &claim = it->claim;
        const auto *trainee = roster_ ? roster_->trainee(claim.person) : nullptr;
        claims.push_back(json::Object{{"seq", it->seq},
                                      {"wall_ms", it->at.wall_ms},
                                      {"clock", to_string(it->at.quality)},
                                      {"person", claim.person.str()},
                                      {"number", trainee == nullptr ? std::string() : trainee->number},
                                      {"name", trainee == nullptr ? std::string() : trainee->name},
                                      {"reason", record::to_string(claim.reason)},
                                      {"class", claim.training_class.str()},
                                      {"lesson", claim.lesson.str()}});
    }
    return json::Object{{"claims", std::move(claims)}};
}

Expected<json::Object> Screen::plan() {
    if (!roster_) {
        return no_roster();
    }
    const auto now = parts_.clock.now();
    json::Array lessons;
    for (const auto &one : lessons_of_room()) {
        const bool near = one.lesson->end_ms() > now.wall_ms - kDayMs && one.lesson->start_ms() < now.wall_ms + kWeekMs;
        if (near || now.quality == ClockQuality::unset) {
            lessons.push_back(describe_plan(one));
        }
    }
    return json::Object{{"lessons", std::move(lessons)}};
}

/// Punches under an unset clock name no lesson; this event before them in the chain is the hint for the registry.
Expected<json::Object> Screen::pick_lesson(const json::Object &arguments, const std::string &operator_name) {
    const json::Value value(arguments);
    json::ObjectReader reader(value, "arguments");
    schedule::Decision picked;
    picked.training_class = ClassId(reader.optional_string("class", kMostId).value_or(""));
    picked.lesson = LessonId(reader.optional_string("lesson", kMostId).value_or(""));
    if (auto finished = reader.finish(); !finished) {
        return tl::unexpected(finished.error());
    }
    if (parts_.clock.now().quality != ClockQuality::unset) {
        return fail(ErrorCode::conflict, "the clock is set: it says by itself which lesson it is");
    }
    const bool none = picked.training_class.empty() && picked.lesson.empty();
    const auto all = lessons_of_room();
    const auto found = std::ranges::find_if(all, [&](const schedule::OpenLesson &one) {
        return one.training_class->id == picked.training_class && one.lesson->id == picked.lesson;
    });
    if (!none && found == all.end()) {
        return fail(ErrorCode::not_found, "this room has no such lesson");
    }
    auto journaled = checkin::journal(parts_.sink, parts_.clock, record::EventKind::operator_action, {},
                                      json::Object{{"what", "lesson_picked"},
                                                   {"class", picked.training_class.str()},
                                                   {"lesson", picked.lesson.str()},
                                                   {"operator", operator_name}});
    if (!journaled) {
        return tl::unexpected(journaled.error());
    }
    picked_ = none ? std::nullopt : std::optional(picked);
    show_status();
    return json::Object{{"picked", none ? json::Value(nullptr) : json::Value(describe_plan(*found))}};
}

Expected<json::Object> Screen::changes() {
    return json::Object{{"changes", changes_.describe(lessons_of_room())}};
}

Expected<json::Object> Screen::request_change(const json::Object &arguments, const std::string &operator_name) {
    return changes_.request(arguments, operator_name, lessons_of_room());
}

Expected<json::Object> Screen::people() {
    if (!roster_) {
        return no_roster();
    }
    std::map<PersonId, std::int64_t> faces, fingers;
    for (const auto &[factor, count] : {std::pair("face", &faces), std::pair("finger", &fingers)}) {
        const auto templates = parts_.gallery.list(factor);
        if (!templates) {
            return tl::unexpected(templates.error());
        }
        std::set<std::pair<PersonId, std::string>> known; // several templates are of one face, or of one finger
        for (const auto &one : *templates) {
            (*count)[one.person] += known.emplace(one.person, one.finger).second ? 1 : 0;
        }
    }
    json::Array people;
    for (const auto &training_class : roster_->classes) {
        for (const auto &trainee : training_class.trainees) {
            json::Array consents;
            for (const auto purpose : checkin::kPurposes) {
                const auto given = parts_.gallery.has_consent(trainee.id, std::string(purpose));
                if (!given) {
                    return tl::unexpected(given.error());
                }
                if (*given) {
                    consents.emplace_back(purpose);
                }
            }
            people.push_back(json::Object{{"person", trainee.id.str()},
                                          {"number", trainee.number},
                                          {"name", trainee.name},
                                          {"class", training_class.id.str()},
                                          {"class_name", training_class.name},
                                          {"face", faces.contains(trainee.id)},
                                          {"fingers", fingers.contains(trainee.id) ? fingers[trainee.id] : 0},
                                          {"consents", std::move(consents)}});
        }
    }
    return json::Object{{"people", std::move(people)}};
}

bool Screen::may_choose_pin(kiosk::Role role) {
    return first_pins_.may_choose(role, parts_.clock.now().boot_ms);
}

void Screen::note_operator_action(json::Object data) {
    const auto seq =
        checkin::journal(parts_.sink, parts_.clock, record::EventKind::operator_action, {}, std::move(data));
    if (!seq) {
        log::error("operator_action_not_saved", {log::Field(seq.error())});
    }
}

} // namespace xueshi::terminald
