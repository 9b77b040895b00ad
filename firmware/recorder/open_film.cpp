#include "firmware/recorder/open_film.hpp"

#include <algorithm>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/recorder/boxes.hpp"
#include "firmware/recorder/fragments.hpp"
#include "firmware/recorder/part_file.hpp"

namespace xueshi::recorder {
namespace {

constexpr std::size_t kMaxNoteBytes = 16 * 1024;
constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;
constexpr std::int64_t kMs = 1'000'000;

/// Cut to what plays, and under its final name.
Expected<FilmFacts> finish_part(const std::filesystem::path &film) {
    const auto facts = read_film_facts(PartFile::part_name(film));
    if (!facts) {
        return facts;
    }
    auto part = PartFile::reopen(film);
    if (!part) {
        return tl::unexpected<Error>(part.error());
    }
    if (auto cut = part->truncate(facts->whole_bytes); !cut) {
        return tl::unexpected<Error>(cut.error());
    }
    if (auto finished = part->finish(); !finished) {
        return tl::unexpected<Error>(finished.error());
    }
    return facts;
}

} // namespace

std::string write_open_film(const OpenFilm &film) {
    json::Array lessons;
    for (const auto &[training_class, lesson] : film.lessons) {
        lessons.push_back(json::Array{training_class.str(), lesson.str()});
    }
    return json::serialize(json::Object{{"id", film.id.str()},
                                        {"event", film.event.str()},
                                        {"source", record::to_string(film.source.kind)},
                                        {"driver", film.source.driver},
                                        {"camera", film.camera},
                                        {"room", film.room.str()},
                                        {"lessons", std::move(lessons)},
                                        {"wall_ms", film.first.wall_ms},
                                        {"boot_ms", film.first.boot_ms},
                                        {"boot_id", film.first.boot_id},
                                        {"clock", to_string(film.first.quality)}});
}

Expected<OpenFilm> read_open_film(std::string_view text) {
    const auto value = json::parse(text, {kMaxNoteBytes, 4});
    if (!value) {
        return tl::unexpected<Error>(value.error());
    }
    json::ObjectReader reader(*value, "film");
    OpenFilm film;
    film.id = MediaId(reader.string("id", 36));
    const auto event = Uuid::parse(reader.string("event", 36));
    const auto source = record::parse_source_kind(reader.string("source", 16));
    film.source.driver = reader.string("driver", 64);
    film.camera = reader.string("camera", 16);
    film.room = RoomId(reader.string("room", 64));
    for (const json::Value &entry : reader.array("lessons", record::kMaxVideoLessons)) {
        const auto *pair = entry.if_array();
        if (pair == nullptr || pair->size() != 2 || !pair->front().is_string() || !pair->back().is_string()) {
            reader.error("lessons", "pairs of class and lesson expected");
            break;
        }
        film.lessons.push_back(
            {ClassId(std::string(pair->front().get_string())), LessonId(std::string(pair->back().get_string()))});
    }
    film.first.wall_ms = reader.integer("wall_ms", -kLargestInteger, kLargestInteger);
    film.first.boot_ms = reader.integer("boot_ms", 0, kLargestInteger);
    film.first.boot_id = reader.string("boot_id", 36);
    const auto quality = parse_clock_quality(reader.string("clock", 16));
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    if (!event || !source || !quality || !Uuid::parse(film.id.str())) {
        return fail(ErrorCode::invalid_argument, "film: event, id, source or clock is none");
    }
    film.event = *event;
    film.source.kind = *source;
    film.first.quality = *quality;
    return film;
}

std::vector<OpenFilm> find_open_films(const std::filesystem::path &media) {
    std::vector<OpenFilm> films;
    std::error_code error;
    for (const auto &entry : std::filesystem::directory_iterator(media, error)) {
        if (!entry.path().string().ends_with(".open.json")) {
            continue;
        }
        const auto text = read_file(entry.path(), kMaxNoteBytes);
        auto film = text ? read_open_film(*text) : tl::unexpected<Error>(text.error());
        if (!film) {
            log::error("open_film_unreadable", {{"file", entry.path().filename().string()}, log::Field(film.error())});
            continue;
        }
        films.push_back(std::move(*film));
    }
    std::ranges::sort(films, {}, [](const OpenFilm &film) { return film.id; }); // ids rise with time
    return films;
}

Expected<record::LessonVideoSaved> mend(const std::filesystem::path &media, const OpenFilm &film) {
    const auto path = film.film(media);
    std::error_code error;
    const auto facts = std::filesystem::exists(path, error) ? read_film_facts(path) : finish_part(path);
    if (!facts) {
        return tl::unexpected<Error>(facts.error());
    }
    const auto content = digest_and_size(path);
    if (!content) {
        return tl::unexpected<Error>(content.error());
    }
    record::LessonVideoSaved saved;
    saved.video = film.id;
    saved.file = path.filename().string();
    std::tie(saved.sha256, saved.bytes) = *content;
    saved.duration_ms = facts->duration_ns / kMs;
    saved.frames = facts->frames;
    saved.sound_ms = facts->sound_ns / kMs;
    saved.camera = film.camera;
    saved.room = film.room;
    saved.lessons = film.lessons;
    saved.first = record::moment_of(film.first);
    const auto last_ms = facts->last_frame_ns / kMs;
    saved.last = {film.first.wall_ms + last_ms, film.first.boot_ms + last_ms};
    saved.boot_id = film.first.boot_id;
    for (const auto &[from, until] : facts->pauses) {
        saved.gaps.emplace_back(film.first.boot_ms + from / kMs, film.first.boot_ms + until / kMs);
    }
    saved.recovered = true;
    return saved;
}

record::EventDraft draft_of(const OpenFilm &film, const record::LessonVideoSaved &saved, const Instant &now) {
    return {film.event, record::EventKind::lesson_video_saved, film.source, now, record::to_json(saved)};
}

} // namespace xueshi::recorder
