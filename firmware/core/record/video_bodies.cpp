#include "firmware/core/record/video_bodies.hpp"

#include <array>

namespace xueshi::record {
namespace {

constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;
constexpr std::size_t kMaxId = 64, kMaxFile = 128;

constexpr std::array<std::pair<Fault, std::string_view>, 5> kFaults{{
    {Fault::frozen, "frozen"},
    {Fault::black, "black"},
    {Fault::covered, "covered"},
    {Fault::looped, "looped"},
    {Fault::silent, "silent"},
}};

json::Array lessons_to_json(const std::vector<LessonRef> &lessons) {
    json::Array out;
    for (const auto &[training_class, lesson] : lessons) {
        out.push_back(json::Object{{"class", training_class.str()}, {"lesson", lesson.str()}});
    }
    return out;
}

std::vector<LessonRef> read_lessons(json::ObjectReader &reader) {
    std::vector<LessonRef> lessons;
    for (const json::Value &value : reader.array("lessons", kMaxVideoLessons)) {
        json::ObjectReader entry(value, reader.path("lessons"));
        LessonRef ref{ClassId(entry.string("class", kMaxId)), LessonId(entry.string("lesson", kMaxId))};
        if (const auto done = entry.finish(); !done) {
            reader.error("lessons", done.error().message);
        }
        lessons.push_back(std::move(ref));
    }
    return lessons;
}

void put(json::Object &out, std::string_view name, const Moment &moment) {
    out[std::string(name) + "_wall_ms"] = moment.wall_ms;
    out[std::string(name) + "_boot_ms"] = moment.boot_ms;
}

Moment read_moment(json::ObjectReader &reader, std::string_view name) {
    return {reader.integer(std::string(name) + "_wall_ms", -kLargestInteger, kLargestInteger),
            reader.integer(std::string(name) + "_boot_ms", 0, kLargestInteger)};
}

std::vector<std::pair<std::int64_t, std::int64_t>> read_gaps(json::ObjectReader &reader) {
    std::vector<std::pair<std::int64_t, std::int64_t>> gaps;
    for (const json::Value &value : reader.array("gaps", kMaxVideoGaps)) {
        const json::Array *pair = value.if_array();
        const auto *from = pair != nullptr && pair->size() == 2 ? pair->front().if_int64() : nullptr;
        const auto *until = from != nullptr ? pair->back().if_int64() : nullptr;
        if (until == nullptr || *from < 0 || *until < *from) {
            reader.error("gaps", "pairs of the boot clock expected, the earlier first");
            break;
        }
        gaps.emplace_back(*from, *until);
    }
    return gaps;
}

template <typename T>
Expected<T> finished(json::ObjectReader &reader, T value) {
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    return value;
}

} // namespace

json::Object to_json(const LessonVideoSaved &video) {
    json::Object out;
    out["video"] = video.video.str();
    out["file"] = video.file;
    out["sha256"] = video.sha256;
    out["bytes"] = video.bytes;
    out["duration_ms"] = video.duration_ms;
    out["frames"] = video.frames;
    out["sound_ms"] = video.sound_ms;
    out["camera"] = video.camera;
    out["room"] = video.room.str();
    out["lessons"] = lessons_to_json(video.lessons);
    put(out, "first", video.first);
    put(out, "last", video.last);
    out["boot_id"] = video.boot_id;
    json::Array gaps;
    for (const auto &[from, until] : video.gaps) {
        gaps.push_back(json::Array{from, until});
    }
    out["gaps"] = std::move(gaps);
    out["recovered"] = video.recovered;
    return out;
}

Expected<LessonVideoSaved> lesson_video_saved_from_json(const json::Object &data) {
    const json::Value value(data);
    json::ObjectReader reader(value, "data");
    LessonVideoSaved video;
    video.video = MediaId(reader.string("video", kMaxId));
    video.file = reader.string("file", kMaxFile);
    video.sha256 = reader.string("sha256", 64);
    video.bytes = reader.integer("bytes", 0, kLargestInteger);
    video.duration_ms = reader.integer("duration_ms", 0, kLargestInteger);
    video.frames = reader.integer("frames", 0, kLargestInteger);
    video.sound_ms = reader.integer("sound_ms", 0, kLargestInteger);
    video.camera = reader.string("camera", kMaxId);
    video.room = RoomId(reader.string("room", kMaxId));
    video.lessons = read_lessons(reader);
    video.first = read_moment(reader, "first");
    video.last = read_moment(reader, "last");
    video.boot_id = reader.string("boot_id", kMaxId);
    video.gaps = read_gaps(reader);
    video.recovered = reader.boolean("recovered");
    return finished(reader, std::move(video));
}

json::Object to_json(const Headcount &count) {
    json::Object out;
    out["room"] = count.room.str();
    out["lessons"] = lessons_to_json(count.lessons);
    out["camera"] = count.camera;
    out["faces"] = count.faces;
    out["checked_in"] = count.checked_in;
    return out;
}

Expected<Headcount> headcount_from_json(const json::Object &data) {
    const json::Value value(data);
    json::ObjectReader reader(value, "data");
    Headcount count;
    count.room = RoomId(reader.string("room", kMaxId));
    count.lessons = read_lessons(reader);
    count.camera = reader.string("camera", kMaxId);
    count.faces = reader.integer("faces", 0, kLargestInteger);
    count.checked_in = reader.integer("checked_in", 0, kLargestInteger);
    return finished(reader, std::move(count));
}

json::Object to_json(const DeviceGap &gap) {
    json::Object out;
    out["device"] = gap.device;
    out["state"] = gap.lost ? "down" : "up";
    if (gap.lost) {
        out["reason"] = gap.reason;
    } else {
        out["lost_ms"] = gap.lost_ms;
    }
    return out;
}

std::string_view to_string(Fault fault) {
    for (const auto &[value, text] : kFaults) {
        if (value == fault) {
            return text;
        }
    }
    return "unknown";
}

Expected<Fault> parse_fault(std::string_view text) {
    for (const auto &[value, name] : kFaults) {
        if (name == text) {
            return value;
        }
    }
    return fail(ErrorCode::invalid_argument, "fault: frozen, black, covered, looped or silent expected");
}

json::Object to_json(const ContentFault &fault) {
    json::Object out;
    out["device"] = fault.device;
    out["fault"] = to_string(fault.fault);
    out["state"] = fault.over ? "ended" : "began";
    put(out, "since", fault.since);
    put(out, "until", fault.until);
    return out;
}

Expected<ContentFault> content_fault_from_json(const json::Object &data) {
    const json::Value value(data);
    json::ObjectReader reader(value, "data");
    ContentFault fault;
    fault.device = reader.string("device", kMaxId);
    const auto kind = parse_fault(reader.string("fault", kMaxId));
    const auto state = reader.string("state", kMaxId);
    fault.over = state == "ended";
    if (!kind) {
        reader.error("fault", kind.error().message);
    } else if (!fault.over && state != "began") {
        reader.error("state", "began or ended expected");
    }
    fault.fault = kind.value_or(Fault::frozen);
    fault.since = read_moment(reader, "since");
    fault.until = read_moment(reader, "until");
    return finished(reader, std::move(fault));
}

json::Object to_json(const RecordingGap &gap) {
    json::Object out;
    out["state"] = gap.stopped ? "stopped" : "resumed";
    if (gap.stopped) {
        out["reason"] = gap.reason;
    }
    out["free_bytes"] = gap.free_bytes;
    return out;
}

json::Object to_json(const MediaDeleted &deleted) {
    json::Object out;
    out["media"] = deleted.media.str();
    out["file"] = deleted.file;
    out["reason"] = deleted.reason;
    out["bytes"] = deleted.bytes;
    return out;
}

Expected<MediaDeleted> media_deleted_from_json(const json::Object &data) {
    const json::Value value(data);
    json::ObjectReader reader(value, "data");
    MediaDeleted deleted;
    deleted.media = MediaId(reader.string("media", kMaxId));
    deleted.file = reader.string("file", kMaxFile);
    deleted.reason = reader.string("reason", kMaxId);
    deleted.bytes = reader.integer("bytes", 0, kLargestInteger);
    return finished(reader, std::move(deleted));
}

} // namespace xueshi::record
