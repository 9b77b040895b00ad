// The part of Sync that carries lesson videos to the institution's archive.
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/sync/film_uplink.hpp"
#include "daemon/sync/sync.hpp"

namespace xueshi::sync {

namespace asio = boost::asio;

namespace {
const Words kNoArchive{"无法使用课时视频存档的设置", "the archive of lesson videos cannot be used as it is configured",
                       "수업 영상 보관 설정을 사용할 수 없습니다"};
} // namespace

/// A film at a time, when the link may carry it. The archive is another place than the registry: neither waits for the
/// other.
asio::awaitable<void> Sync::archive_films() {
    auto wait = backoff();
    auto archive = options_.archive();
    for (; !archive; archive = options_.archive()) { // such as a secret that cannot be read yet
        status_.now.film_error = hindered(archive.error(), kNoArchive).value().words;
        co_await rest(waiting_time("archive_not_usable", hindered(archive.error(), kNoArchive).value(), wait));
    }
    (*archive)->heed(films_stop_);
    spawn(watch_films_link());
    FilmUplink films(**archive, source_, state_, [this] { return wall_ms(); },
                     {options_.media, options_.clips.confidential});
    for (;;) {
        status_.now.films = films.waiting();
        look_at_films_link();
        if (films_stop_) {
            const bool more = films.read_journal().value_or(false);
            co_await sleep(more ? kMorePause : kLocalRetry);
            continue;
        }
        films.limit_sending((max_send_bytes_per_s_ + 1) / 2);
        film_on_its_way_ = films.waiting() > 0;
        limit_sending();
        const auto step = co_await films.step();
        film_on_its_way_ = false;
        limit_sending();
        if (!step) {
            status_.now.film_error = step.error().words;
            co_await rest(waiting_time("film_not_archived_yet", step.error(), wait));
            continue;
        }
        wait.reset();
        status_.now.film_error.reset();
        if (*step == FilmUplink::Step::idle) {
            co_await sleep(options_.poll);
        } else {
            co_await asio::post(asio::use_awaitable); // a step that only read has not waited for anything
        }
    }
}

void Sync::look_at_films_link() {
    status_.now.films_paused = films_pause_because(link_, clock_.now(), default_interfaces());
    films_stop_ = !status_.now.films_paused.empty();
}

/// A film takes minutes: its hours may end, or the link become a metered one, while it is on its way.
asio::awaitable<void> Sync::watch_films_link() {
    for (;;) {
        look_at_films_link();
        co_await sleep(kLocalRetry);
    }
}

} // namespace xueshi::sync
