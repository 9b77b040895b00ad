#include "daemon/sync/film_uplink.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::sync {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kEventsAtOnce = 256, kEventBytes = 1 << 20;
constexpr std::int64_t kFreeAttempts = 3; ///< then others go before it for a while
constexpr std::int64_t kLookForDeletedMs = 30'000;
constexpr std::int64_t kHashedAtOnce = 1 << 20;
constexpr auto kIndex = "index.csv", kSums = "SHA256SUMS";

const Words kNoJournal{"等待终端的考勤日志", "waiting for the terminal's journal", "단말기의 출석 기록부를 기다립니다"};
const Words kNoFile{"无法读取课时视频", "a lesson video cannot be read", "수업 영상을 읽을 수 없습니다"};
const Words kNoState{"无法读写同步数据库", "the sync database cannot be used",
                     "동기화 데이터베이스를 사용할 수 없습니다"};

/// Opens the local copy. Error: not_found; corrupt when its size is not what was signed.
Expected<std::shared_ptr<const UniqueFd>> open_film(const std::filesystem::path &path, std::int64_t bytes) {
    auto file =
        std::make_shared<const UniqueFd>(file_system().open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0));
    struct stat about{};
    if (!*file || ::fstat(file->get(), &about) != 0) {
        return tl::unexpected<Error>(error_from_errno(errno, "open a lesson video"));
    }
    if (about.st_size != bytes) {
        return fail(ErrorCode::corrupt, "the lesson video's file is not what was signed");
    }
    return file;
}

/// False: it has other bytes. One that cannot be read may be well later. Films are large, and others have their turn
/// meanwhile.
asio::awaitable<bool> is_as_signed(const UniqueFd &file, const WaitingFilm &film) {
    Sha256Stream stream;
    for (std::int64_t at = 0; at < film.bytes; at += kHashedAtOnce) {
        if (!hash_range(file.get(), at, std::min(kHashedAtOnce, film.bytes - at), stream)) {
            co_return true;
        }
        co_await asio::post(asio::use_awaitable);
    }
    co_return stream.finish() == film.sha256;
}

Words words_of(const upstream::Refusal &refusal) {
    if (refusal.status == 401 || refusal.status == 403) {
        return {"存档拒绝了访问：密钥错误或无权写入，请检查 archive.access_key 和 archive.secret_file",
                "the archive refuses: a wrong key, or no right to write; look at archive.access_key and "
                "archive.secret_file",
                "보관소가 거부했습니다: 키가 틀렸거나 쓰기 권한이 없습니다. archive.access_key와 archive.secret_file을 "
                "확인하십시오"};
    }
    if (refusal.status == 507 || refusal.error.code == ErrorCode::no_space) {
        return {"存档空间已满，视频保存在本机", "the archive is full; videos are kept here",
                "보관소가 가득 찼습니다. 영상은 이 단말기에 보관됩니다"};
    }
    if (refusal.error.code == ErrorCode::corrupt) {
        return {"存档中的视频与发送的不一致，将重新存档",
                "the archive holds other bytes than were sent; they are sent again",
                "보관소의 영상이 보낸 것과 다릅니다. 다시 보냅니다"};
    }
    if (refusal.status == 404) {
        return {"找不到存档的存储桶或文件夹", "the archive's bucket or folder is not there",
                "보관소의 버킷이나 폴더를 찾을 수 없습니다"};
    }
    if (refusal.status == 0) {
        return {"无法使用存档，视频保存在本机，稍后自动重试",
                "the archive cannot be used; videos are kept here; trying again",
                "보관소를 사용할 수 없습니다. 영상은 이 단말기에 보관되며 자동으로 다시 시도합니다"};
    }
    return {"存档没有接收视频，稍后自动重试", "the archive did not take a video; trying again",
            "보관소가 영상을 받지 않았습니다. 자동으로 다시 시도합니다"};
}

upstream::Refusal other_bytes() {
    upstream::Refusal refusal;
    refusal.error = {ErrorCode::corrupt, "what was read back has another SHA-256"};
    return refusal;
}

} // namespace

tl::unexpected<Failure> refused_by_archive(const upstream::Refusal &refusal, const std::string &archive) {
    const Words words = words_of(refusal);
    Failure out;
    out.words.zh = fmt::format("{}（{}：{}）", words.zh, archive, refusal.error.message);
    out.words.en = fmt::format("{} ({}: {})", words.en, archive, refusal.error.message);
    out.words.ko = fmt::format("{} ({}: {})", words.ko, archive, refusal.error.message);
    out.error = refusal.error;
    out.status = refusal.status;
    out.retry_after_s = refusal.retry_after_s;
    return tl::unexpected<Failure>(std::move(out));
}

/// True: there were events. The archive does not wait for the registry.
Expected<bool> FilmUplink::read_journal() {
    const auto chains = source_.chains();
    if (!chains) {
        return tl::unexpected<Error>(chains.error());
    }
    for (const JournalChain &chain : *chains) {
        const auto read = read_chain(chain);
        const bool damaged = !read && chain.former && read.error().code == ErrorCode::corrupt;
        if (!damaged && (!read || *read)) { // a damaged former chain does not hold up the others
            return read;
        }
    }
    return false;
}

Expected<bool> FilmUplink::read_chain(const JournalChain &chain) {
    const auto cursor = ledger_.cursor(chain.about.chain);
    if (!cursor || *cursor >= chain.head.seq) {
        return cursor ? Expected<bool>(false) : tl::unexpected<Error>(cursor.error());
    }
    const auto events = source_.read(chain.about.chain, *cursor, kEventsAtOnce, kEventBytes);
    if (!events || events->empty()) {
        return events ? Expected<bool>(false) : tl::unexpected<Error>(events.error());
    }
    const auto taken = ledger_.take(chain.about.chain, *events);
    return taken ? Expected<bool>(true) : tl::unexpected<Error>(taken.error());
}

Expected<void> FilmUplink::forget_deleted() {
    const std::int64_t now_ms = wall_ms_();
    if (std::llabs(now_ms - looked_for_deleted_ms_) < kLookForDeletedMs) {
        return {};
    }
    looked_for_deleted_ms_ = now_ms;
    const auto deleted = forget_deleted_films(state_.database(), options_.media);
    return deleted && *deleted ? state_.refresh_acked_file()
           : deleted           ? Expected<void>()
                               : tl::unexpected<Error>(deleted.error());
}

/// By what is confidential now: a roster may say so between the lesson and the hours in which films are sent.
Expected<std::optional<WaitingFilm>> FilmUplink::choose() {
    const auto confidential = state_.confidential_classes(options_.confidential);
    if (considered_ != confidential) {
        if (const auto again = ledger_.reconsider(); !again) {
            return tl::unexpected<Error>(again.error());
        }
        considered_ = confidential;
    }
    return ledger_.next(confidential, wall_ms_());
}

asio::awaitable<Outcome<FilmUplink::Step>> FilmUplink::step() {
    const auto read = read_journal();
    if (!read) {
        co_return hindered(read.error(), kNoJournal);
    }
    if (*read) {
        co_return Step::moved;
    }
    if (const auto forgotten = forget_deleted(); !forgotten) {
        co_return hindered(forgotten.error(), kNoState);
    }
    auto film = choose();
    if (!film) {
        co_return hindered(film.error(), kNoState);
    }
    if (!*film) {
        co_return Step::idle;
    }
    co_return co_await archive(std::move(**film));
}

asio::awaitable<Outcome<FilmUplink::Step>> FilmUplink::archive(WaitingFilm film) {
    const auto brought = co_await bring(film);
    if (!brought && !brought.error().stopped) {
        co_return failed(film, brought.error());
    }
    if (!brought || !*brought) {
        co_return Step::moved;
    }
    if (const auto entered = co_await enter(film); !entered) {
        co_return failed(film, entered.error());
    }
    auto done = ledger_.confirm(film);
    if (done) {
        done = state_.refresh_acked_file();
    }
    if (!done) {
        co_return hindered(done.error(), kNoState);
    }
    log::info("film_archived", {{"file", film.file}, {"as", film.folder + "/" + film.name}, {"bytes", film.bytes}});
    co_return Step::moved;
}

/// What lies there already, whole, is not sent again: a kill came after it. Some S3 servers say 403 of what is not
/// there.
asio::awaitable<upstream::Answer<bool>> FilmUplink::bring(const WaitingFilm &film) {
    const std::string name = film.folder + "/" + film.name;
    const auto there = co_await archive_.digest(name, film.bytes);
    if (there && *there == film.sha256) {
        co_return true;
    }
    if (!there && there.error().status != 404 && there.error().status != 403) {
        co_return tl::unexpected<upstream::Refusal>(there.error());
    }
    auto file = open_film(options_.media / film.file, film.bytes);
    if (!file) {
        co_return not_readable(film, file.error());
    }
    const auto put = co_await put_and_read_back(film, *file);
    if (put) {
        co_return true;
    }
    const bool blames_bytes = put.error().status == 400 || put.error().error.code == ErrorCode::corrupt;
    const bool changed_here = blames_bytes && !co_await is_as_signed(**file, film);
    if (changed_here) {
        co_return not_readable(film, Error{ErrorCode::corrupt, "the lesson video's file is not what was signed"});
    }
    co_return tl::unexpected<upstream::Refusal>(put.error());
}

asio::awaitable<upstream::Answer<void>> FilmUplink::put_and_read_back(const WaitingFilm &film,
                                                                      std::shared_ptr<const UniqueFd> file) {
    upstream::Archive::Film copy;
    copy.name = film.folder + "/" + film.name;
    copy.file = std::move(file);
    copy.bytes = film.bytes;
    copy.sha256 = film.sha256;
    const std::string name = copy.name;
    if (const auto put = co_await archive_.put(std::move(copy), max_bytes_per_s_); !put) {
        co_return tl::unexpected<upstream::Refusal>(put.error());
    }
    const auto back = co_await archive_.digest(name, film.bytes);
    if (!back) {
        co_return tl::unexpected<upstream::Refusal>(back.error());
    }
    co_return *back == film.sha256 ? upstream::Answer<void>() : tl::unexpected<upstream::Refusal>(other_bytes());
}

upstream::Answer<bool> FilmUplink::not_readable(const WaitingFilm &film, const Error &error) {
    upstream::Refusal refusal;
    refusal.error = error;
    const bool gone = error.code == ErrorCode::not_found;
    if (!gone && error.code != ErrorCode::corrupt) {
        refusal.own_file = true; // it may be read later
        return tl::unexpected<upstream::Refusal>(refusal);
    }
    log::error("film_not_archived", {{"file", film.file}, log::Field(error)});
    if (const auto given_up = ledger_.give_up(film, gone ? "missing" : "damaged"); !given_up) {
        refusal.error = given_up.error();
        return tl::unexpected<upstream::Refusal>(refusal);
    }
    return false;
}

/// The day's index with this film, and the same for `sha256sum --check`: both made anew from what is known.
asio::awaitable<upstream::Answer<void>> FilmUplink::enter(const WaitingFilm &film) {
    auto films = ledger_.archived(film.folder);
    if (!films) {
        upstream::Refusal refusal;
        refusal.error = films.error();
        co_return tl::unexpected<upstream::Refusal>(refusal);
    }
    films->push_back(film);
    std::ranges::sort(*films, {}, &WaitingFilm::name);
    std::string index(kFilmIndexHead), sums;
    for (const WaitingFilm &one : *films) {
        index += one.about;
        sums += hex(one.sha256) + "  " + one.name + "\n";
    }
    if (const auto put = co_await archive_.put_text(film.folder + "/" + kIndex, std::move(index)); !put) {
        co_return tl::unexpected<upstream::Refusal>(put.error());
    }
    co_return co_await archive_.put_text(film.folder + "/" + kSums, std::move(sums));
}

/// One film that does not pass does not hold up the others.
Outcome<FilmUplink::Step> FilmUplink::failed(const WaitingFilm &film, const upstream::Refusal &refusal) {
    if (refusal.own_file) {
        const auto rests = ledger_.tried(film, wall_ms_(), FilmLedger::kRestMs);
        return rests ? hindered(refusal.error, kNoFile) : hindered(rests.error(), kNoState);
    }
    const bool concerns_all =
        refusal.status == 401 || refusal.status == 403 || refusal.status == 507 || refusal.status == 0;
    const bool rests =
        film.attempts + 1 >= kFreeAttempts && (!concerns_all || refusal.error.code == ErrorCode::corrupt);
    if (const auto noted = ledger_.tried(film, wall_ms_(), rests ? FilmLedger::kRestMs : 0); !noted) {
        return hindered(noted.error(), kNoState);
    }
    return refused_by_archive(refusal, archive_.describe());
}

} // namespace xueshi::sync
