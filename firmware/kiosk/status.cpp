#include "firmware/kiosk/status.hpp"

#include <utility>

namespace xueshi::kiosk {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;

std::string_view to_string(DeviceState state) {
    switch (state) {
    case DeviceState::none:
        return "none";
    case DeviceState::down:
        return "down";
    case DeviceState::running:
        return "running";
    }
    return "none";
}

json::Object to_json(const LessonShown &lesson) {
    json::Object out{{"class", lesson.training_class.str()},
                     {"class_name", lesson.class_name},
                     {"lesson", lesson.lesson.str()},
                     {"title", lesson.title},
                     {"teacher", lesson.teacher},
                     {"begin_ms", lesson.begin_ms},
                     {"end_ms", lesson.end_ms},
                     {"opens_ms", lesson.opens_ms},
                     {"closes_ms", lesson.closes_ms},
                     {"present", lesson.present},
                     {"seen", lesson.seen},
                     {"roster", lesson.roster},
                     {"evidence", nullptr}};
    if (const auto &video = lesson.evidence) {
        out["evidence"] = json::Object{{"recorded_ms", video->recorded_ms},
                                       {"usable_ms", video->usable_ms},
                                       {"counted_ms", video->counted_ms},
                                       {"owed_ms", video->owed_ms},
                                       {"faces", video->faces}};
    }
    return out;
}

json::Value next_of(const Status &status) {
    return status.next ? json::Value(json::Object{{"class_name", status.next->class_name},
                                                  {"title", status.next->title},
                                                  {"begin_ms", status.next->begin_ms}})
                       : json::Value(nullptr);
}

json::Value picked_of(const Status &status) {
    return status.picked ? json::Value(json::Object{{"class", status.picked->training_class.str()},
                                                    {"lesson", status.picked->lesson.str()},
                                                    {"title", status.picked->title}})
                         : json::Value(nullptr);
}

json::Object to_json(const SyncShown &sync) {
    return json::Object{{"state", sync.state},
                        {"claim_code", sync.claim_code},
                        {"queue", sync.queue},
                        {"oldest_unsent_ms", sync.oldest_unsent_ms},
                        {"last_receipt_ms", sync.last_receipt_ms},
                        {"refused", sync.refused},
                        {"error_zh", sync.error_zh},
                        {"error_en", sync.error_en},
                        {"error_ko", sync.error_ko}};
}

} // namespace

json::Object to_json(const Status &status) {
    json::Array lessons, asked, watchers, first_pins, alarms;
    for (const auto &lesson : status.lessons) {
        lessons.push_back(to_json(lesson));
    }
    for (const auto &person : status.asked) {
        asked.push_back(json::Object{{"name", person.name},
                                     {"number", person.number},
                                     {"until_ms", person.until_ms},
                                     {"state", to_string(person.state)}});
    }
    for (const auto &watcher : status.watchers) {
        watchers.push_back(json::Object{{"what", watcher.what}, {"by", watcher.by}});
    }
    for (const auto role : status.first_pins) {
        first_pins.emplace_back(to_string(role));
    }
    for (const auto &alarm : status.alarms) {
        alarms.emplace_back(alarm);
    }
    json::Object devices{{"camera", to_string(status.camera)},
                         {"reader", to_string(status.reader)},
                         {"classroom", to_string(status.classroom)},
                         {"microphone", to_string(status.microphone)}};
    return json::Object{{"type", "status"},
                        {"wall_ms", status.now.wall_ms},
                        {"clock", to_string(status.now.quality)},
                        {"institution", status.institution},
                        {"room", status.room.str()},
                        {"roster_as_of_ms", status.roster_as_of_ms},
                        {"lessons", std::move(lessons)},
                        {"next", next_of(status)},
                        {"picked", picked_of(status)},
                        {"asked", std::move(asked)},
                        {"watchers", std::move(watchers)},
                        {"sync", to_json(status.sync)},
                        {"devices", std::move(devices)},
                        {"finger", checkin::to_string(status.finger)},
                        {"saved", status.saved},
                        {"first_pins", std::move(first_pins)},
                        {"alarms", std::move(alarms)}};
}

json::Object to_json(const GuidanceShown &guidance) {
    json::Object out{{"type", "guidance"},
                     {"code", checkin::to_string(guidance.guidance)},
                     {"crowd", guidance.crowd},
                     {"face", nullptr}};
    if (const auto &face = guidance.face) {
        out["face"] = json::Object{{"x", face->x}, {"y", face->y}, {"width", face->width}, {"height", face->height}};
    }
    return out;
}

json::Object to_json(const SoundShown &sound) {
    return json::Object{{"type", "sound"}, {"dbfs", sound.dbfs}, {"silent_below", sound.silent_below}};
}

json::Object to_json(const Recorded &recorded) {
    json::Array punches;
    for (const auto &punch : recorded.punches) {
        punches.push_back(json::Object{{"direction", record::to_string(punch.direction)}, {"wall_ms", punch.wall_ms}});
    }
    json::Object out{{"type", "result"},
                     {"outcome", "recorded"},
                     {"seq", recorded.seq},
                     {"wall_ms", recorded.at.wall_ms},
                     {"clock", to_string(recorded.at.quality)},
                     {"direction", record::to_string(recorded.direction)},
                     {"evidence", record::to_string(recorded.evidence)},
                     {"person", recorded.person.str()},
                     {"name", recorded.name},
                     {"number", recorded.number},
                     {"class_name", recorded.class_name},
                     {"title", recorded.title},
                     {"punches", std::move(punches)},
                     {"reverification", recorded.reverification}};
    if (const auto &hours = recorded.hours) {
        out["hours"] = json::Object{
            {"proved", hours->proved},     {"possible", hours->possible},           {"filed", hours->filed},
            {"as_of_ms", hours->as_of_ms}, {"punches_since", hours->punches_since}, {"more_since", hours->more_since}};
    }
    return out;
}

json::Object to_json(const Refused &refused) {
    return json::Object{{"type", "result"},
                        {"outcome", "refused"},
                        {"seq", refused.seq},
                        {"wall_ms", refused.at.wall_ms},
                        {"clock", to_string(refused.at.quality)},
                        {"reason", refused.reason},
                        {"factor", refused.factor},
                        {"detail", refused.detail},
                        {"advice", refused.advice}};
}

std::string Advice::after_refusal(std::int64_t boot_ms, bool has_reader) {
    if (boot_ms - last_boot_ms_ > kMinuteMs) {
        refusals_ = 0;
    }
    last_boot_ms_ = boot_ms;
    ++refusals_;
    if (refusals_ == 1) {
        return "retry";
    }
    return refusals_ == 2 && has_reader ? "finger" : "claim";
}

} // namespace xueshi::kiosk
