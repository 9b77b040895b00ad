#include "daemon/sync/film_ledger.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "daemon/sync/ledger_sql.hpp"
#include "firmware/core/base/csv.hpp"
#include "firmware/core/record/video_bodies.hpp"

namespace xueshi::sync {

using sqlite::Statement;

/// For people and for programs: CSV, times in Shanghai.
const std::string_view kFilmIndexHead =
    "file,sha256,bytes,begins,ends,minutes,room,lessons,camera,sound_minutes,recovered,device,chain,seq,event\r\n";

namespace {

constexpr std::int64_t kShanghaiOffsetS = 8 * 3'600, kMinuteMs = 60'000;

std::tm shanghai(std::int64_t wall_ms) {
    return fmt::gmtime(static_cast<std::time_t>(wall_ms / 1'000 + kShanghaiOffsetS));
}

/// What an archive takes for a name; anything else in an id becomes "_".
std::string plain(std::string text) {
    std::ranges::replace_if(text, [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_'; }, '_');
    return text;
}

std::string minutes(std::int64_t ms) {
    return fmt::format("{}.{}", ms / kMinuteMs, ms % kMinuteMs * 10 / kMinuteMs);
}

std::string line_of(const std::string &name, const record::EventBody &body, const record::LessonVideoSaved &video) {
    std::string lessons;
    for (const auto &lesson : video.lessons) {
        lessons += (lessons.empty() ? "" : " ") + lesson.training_class.str() + "/" + lesson.lesson.str();
    }
    Csv line;
    line.text(name).text(video.sha256).number(video.bytes);
    for (const auto wall_ms : {video.first.wall_ms, video.last.wall_ms}) {
        line.text(fmt::format("{:%Y-%m-%d %H:%M:%S}", shanghai(wall_ms)));
    }
    line.text(minutes(video.duration_ms)).text(video.room.str()).text(lessons).text(video.camera);
    line.text(minutes(video.sound_ms)).text(video.recovered ? "yes" : "no");
    line.text(body.device.str()).text(body.chain.str()).number(body.seq).text(body.id.str()).end_row();
    return line.str();
}

} // namespace

Expected<record::Sequence> FilmLedger::cursor(const ChainId &chain) {
    return number(database_, "SELECT seq FROM film_cursor WHERE chain = ?", std::string_view(chain.str()));
}

Expected<void> FilmLedger::take(const ChainId &chain, const std::vector<record::StoredEvent> &events) {
    auto transaction = sqlite::Transaction::begin(database_);
    if (!transaction) {
        return tl::unexpected<Error>(transaction.error());
    }
    for (const auto &event : events) {
        if (auto noted = note(chain, event); !noted) {
            return noted;
        }
    }
    if (auto moved = execute(database_, "INSERT OR REPLACE INTO film_cursor (chain, seq) VALUES (?, ?)",
                             std::string_view(chain.str()), events.back().seq);
        !moved) {
        return moved;
    }
    return transaction->commit();
}

/// What does not read names no film; the registry judges it.
Expected<void> FilmLedger::note(const ChainId &chain, const record::StoredEvent &event) {
    if (event.kind != record::to_string(record::EventKind::lesson_video_saved)) {
        return {};
    }
    const auto body = record::read_body(event);
    const auto video = body ? record::lesson_video_saved_from_json(body->data) : tl::unexpected<Error>(body.error());
    const auto digest = video ? parse_sha256(video->sha256) : tl::unexpected<Error>(video.error());
    const bool is_name =
        video && !video->file.empty() && video->file.find('/') == std::string::npos && video->file != "..";
    if (!digest || !is_name) {
        return {};
    }
    for (const record::LessonRef &lesson : video->lessons) {
        if (auto noted =
                execute(database_, "INSERT OR IGNORE INTO film_class (chain, seq, class) VALUES (?, ?, ?)",
                        std::string_view(chain.str()), event.seq, std::string_view(lesson.training_class.str()));
            !noted) {
            return noted;
        }
    }
    const std::string folder = fmt::format("{}/{:%Y-%m-%d}", plain(body->device.str()), shanghai(video->first.wall_ms));
    const std::string name = fmt::format("{:%H%M%S}-{}.mp4", shanghai(video->first.wall_ms), plain(video->video.str()));
    const std::string about = line_of(name, *body, *video), id = event.id.str();
    return execute(database_,
                   "INSERT OR IGNORE INTO film (chain, seq, event, file, folder, name, sha256, bytes, about) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   std::string_view(chain.str()), event.seq, std::string_view(id), std::string_view(video->file),
                   std::string_view(folder), std::string_view(name), ByteView(*digest), video->bytes,
                   std::string_view(about));
}

Expected<std::vector<WaitingFilm>> FilmLedger::select(std::string_view condition, std::string_view text,
                                                      std::int64_t number) {
    auto select = Statement::prepare(
        database_,
        fmt::format("SELECT chain, seq, file, folder, name, sha256, bytes, about, attempts FROM film WHERE {}",
                    condition));
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    select->bind(1, text).bind(2, number);
    std::vector<WaitingFilm> films;
    for (;;) {
        const auto row = select->step();
        if (!row || !*row) {
            return row ? Expected<std::vector<WaitingFilm>>(std::move(films)) : tl::unexpected<Error>(row.error());
        }
        WaitingFilm film;
        film.chain = ChainId(select->text(0));
        film.seq = select->integer(1);
        film.file = select->text(2);
        film.folder = select->text(3);
        film.name = select->text(4);
        film.sha256 = digest_of(select->blob(5));
        film.bytes = select->integer(6);
        film.about = select->text(7);
        film.attempts = select->integer(8);
        films.push_back(std::move(film));
    }
}

Expected<std::optional<WaitingFilm>> FilmLedger::next(const std::set<ClassId> &confidential, std::int64_t now_ms) {
    for (;;) {
        auto film = oldest(now_ms);
        if (!film || !*film) {
            return film;
        }
        const auto secret = is_of(**film, confidential);
        if (!secret || !*secret) {
            return secret ? std::move(film) : tl::unexpected<Error>(secret.error());
        }
        if (auto set = set_state(**film, "withheld"); !set) {
            return tl::unexpected<Error>(set.error());
        }
    }
}

Expected<bool> FilmLedger::is_of(const WaitingFilm &film, const std::set<ClassId> &classes) {
    for (const ClassId &one : classes) {
        const auto found = number(database_, "SELECT 1 FROM film_class WHERE chain = ? AND seq = ? AND class = ?",
                                  std::string_view(film.chain.str()), film.seq, std::string_view(one.str()));
        if (!found || *found != 0) {
            return found ? Expected<bool>(true) : tl::unexpected<Error>(found.error());
        }
    }
    return false;
}

Expected<void> FilmLedger::reconsider() {
    return execute(database_, "UPDATE film SET state = 'waiting' WHERE state = 'withheld' AND EXISTS (SELECT 1 FROM "
                              "film_class AS c WHERE c.chain = film.chain AND c.seq = film.seq)");
}

Expected<std::optional<WaitingFilm>> FilmLedger::oldest(std::int64_t now_ms) {
    // A rest is no longer when the clock was set back meanwhile.
    auto films = select("state = ? AND (not_before_ms <= ?2 OR not_before_ms > ?2 + 600000) ORDER BY rowid LIMIT 1",
                        "waiting", now_ms);
    if (!films) {
        return tl::unexpected<Error>(films.error());
    }
    return films->empty() ? std::optional<WaitingFilm>() : std::optional(std::move(films->front()));
}

Expected<std::vector<WaitingFilm>> FilmLedger::archived(const std::string &folder) {
    return select("folder = ? AND state IN ('archived', 'deleted') AND seq > ? ORDER BY name", folder, 0);
}

Expected<void> FilmLedger::confirm(const WaitingFilm &film) {
    return set_state(film, "archived");
}

Expected<void> FilmLedger::tried(const WaitingFilm &film, std::int64_t now_ms, std::int64_t rest_ms) {
    return execute(database_, "UPDATE film SET attempts = attempts + 1, not_before_ms = ? WHERE chain = ? AND seq = ?",
                   rest_ms == 0 ? std::int64_t{0} : now_ms + rest_ms, std::string_view(film.chain.str()), film.seq);
}

Expected<void> FilmLedger::give_up(const WaitingFilm &film, std::string_view state) {
    return set_state(film, state);
}

Expected<void> FilmLedger::set_state(const WaitingFilm &film, std::string_view state) {
    return execute(database_, "UPDATE film SET state = ? WHERE chain = ? AND seq = ?", state,
                   std::string_view(film.chain.str()), film.seq);
}

Expected<std::int64_t> FilmLedger::waiting() {
    return number(database_, "SELECT count(*) FROM film WHERE state = 'waiting'");
}

Expected<std::vector<Sha256>> confirmed_films(sqlite::Database &database, std::size_t count) {
    return digests(database, "SELECT sha256 FROM film WHERE state = 'archived' ORDER BY rowid LIMIT ?", count);
}

Expected<bool> forget_deleted_films(sqlite::Database &database, const std::filesystem::path &media) {
    const auto deleted = rows_without_file(
        database, "SELECT rowid, file FROM film WHERE state = 'archived' ORDER BY rowid LIMIT ?", media);
    if (!deleted) {
        return tl::unexpected<Error>(deleted.error());
    }
    for (const std::int64_t rowid : *deleted) {
        if (auto done = execute(database, "UPDATE film SET state = 'deleted' WHERE rowid = ?", rowid); !done) {
            return tl::unexpected<Error>(done.error());
        }
    }
    return !deleted->empty();
}

} // namespace xueshi::sync
