#include "daemon/sync/clip_uplink.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::sync {

namespace {

/// Where an upload is, is asked anew in each life; the note only shows a registry that fell behind. Only so often it
/// costs an fsync of the device's card.
constexpr std::int64_t kDurableEveryBytes = 16 * wire::kMediaChunkBytes;
/// What goes in less time grows: then it costs little that each request waits for its answer, and a new policy does not
/// wait long either. The registry keeps each chunk of a longer piece as it comes.
constexpr std::int64_t kQuickMs = 1'000;
constexpr std::int64_t kSmallestPiece = 64 * 1024, kLargestPiece = 16 * wire::kMediaChunkBytes;
constexpr std::int64_t kMostRefusals = 3;
/// An upload that was begun again so often is left alone for a while, so that a registry that loses every upload is not
/// asked without end.
constexpr std::int64_t kFreeAttempts = 3;
constexpr std::int64_t kLookForDeletedMs = 30'000;

const Words kNoJournal{"等待终端的考勤日志", "waiting for the terminal's journal", "단말기의 출석 기록부를 기다립니다"};
const Words kNoState{"无法读写同步数据库", "the sync database cannot be used",
                     "동기화 데이터베이스를 사용할 수 없습니다"};
const Words kNoFile{"无法读取视频片段", "a clip cannot be read", "영상 조각을 읽을 수 없습니다"};
const Words kBadAnswer{"登记平台对视频片段的应答无法识别", "the registry's answer about a clip cannot be used",
                       "영상 조각에 대한 등록 시스템의 응답을 알 수 없습니다"};

bool is_gone(unsigned status) {
    return status == 404 || status == 410 || status == 422;
}

/// The registry will never take this clip, if the word is its own: a proxy before it may say the same of everything for
/// a day.
bool is_final(unsigned status) {
    return status == 400 || status == 409 || status == 413;
}
/// In a row, with a rest between: more than a day.
constexpr std::int64_t kBelievedRefusals = 86'400'000 / ClipLedger::kRestMs + 2;

/// Of the size and with the digest that was signed.
Expected<bool> is_as_signed(int fd, const wire::ClipAnnouncement &clip) {
    struct stat about{};
    if (::fstat(fd, &about) != 0) {
        return tl::unexpected<Error>(error_from_errno(errno, "look at a clip"));
    }
    if (about.st_size != clip.bytes) {
        return false;
    }
    Sha256Stream stream;
    const auto read = hash_range(fd, 0, clip.bytes, stream);
    return read ? Expected<bool>(stream.finish() == clip.sha256) : tl::unexpected<Error>(read.error());
}

} // namespace

ClipUplink::ClipUplink(upstream::Upstream &upstream, EventSource &source, State &state, Milliseconds wall_ms,
                       Milliseconds boot_ms, Options options)
    : upstream_(upstream), source_(source), state_(state), wall_ms_(std::move(wall_ms)), boot_ms_(std::move(boot_ms)),
      options_(std::move(options)), ledger_(state.database()), reader_(source, state) {}

Expected<NextClip> ClipUplink::choose() {
    if (!looked_again_) {
        if (const auto again = ledger_.reconsider(); !again) {
            return tl::unexpected<Error>(again.error());
        }
        looked_again_ = true;
    }
    const std::int64_t now_ms = wall_ms_();
    if (std::llabs(now_ms - looked_for_deleted_ms_) >= kLookForDeletedMs) {
        looked_for_deleted_ms_ = now_ms;
        const auto deleted = ledger_.forget_deleted(options_.media);
        const auto told = deleted && *deleted ? state_.refresh_acked_file() : Expected<void>();
        if (!deleted || !told) {
            return tl::unexpected<Error>(deleted ? told.error() : deleted.error());
        }
    }
    return ledger_.next({options_.policy.upload, state_.confidential_classes(options_.policy.confidential)}, now_ms);
}

ClipUplink::Moved ClipUplink::step() {
    const auto read = reader_.read();
    if (!read) {
        co_return hindered(read.error(), kNoJournal);
    }
    if (*read) {
        co_return Step::moved;
    }
    const auto next = choose();
    if (!next) {
        co_return hindered(next.error(), kNoState);
    }
    if (!next->clip) {
        current_.reset();
        co_return next->more ? Step::moved : Step::idle;
    }
    const WaitingClip &clip = *next->clip;
    if (!current_ || current_->clip.chain != clip.chain || current_->clip.seq != clip.seq) {
        if (const auto opened = open(clip); !opened) {
            co_return not_readable(clip, opened.error());
        }
        if (!current_) {
            co_return Step::moved; // it was reported and does not wait any more
        }
    }
    if (current_->clip.upload.empty()) {
        co_return co_await create();
    }
    if (!current_->asked) {
        co_return co_await ask();
    }
    co_return co_await send();
}

/// The local copy must be what was signed; one that is not there or is not that will not be delivered, and is told.
Expected<void> ClipUplink::open(const WaitingClip &clip) {
    current_.reset();
    const auto path = options_.media / clip.saved.file;
    auto file =
        std::make_shared<const UniqueFd>(file_system().open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0));
    if (!*file && errno == ENOENT) {
        return report(clip, "missing", "the clip's file is not there");
    }
    if (!*file) {
        return tl::unexpected<Error>(error_from_errno(errno, "open a clip"));
    }
    const auto sound = is_as_signed(file->get(), clip.saved.announcement);
    if (!sound) {
        return tl::unexpected<Error>(sound.error());
    }
    if (!*sound) {
        return report(clip, "damaged", "the clip's file is not what was signed");
    }
    current_.emplace();
    current_->clip = clip;
    current_->file = std::move(file);
    // What the registry can be ahead at most: what a power cut took of the notes, and the piece whose acknowledgement
    // was lost.
    current_->sent = std::min(clip.saved.announcement.bytes, clip.acknowledged + kDurableEveryBytes + kLargestPiece);
    current_->noted = clip.acknowledged;
    return {};
}

Expected<void> ClipUplink::report(const WaitingClip &clip, std::string_view state, const std::string &reason) {
    const auto events = source_.read(clip.chain, clip.seq - 1, 1, 1);
    Rejection rejection;
    rejection.chain = clip.chain;
    rejection.seq = clip.seq;
    rejection.id = clip.saved.announcement.event;
    rejection.kind = record::to_string(record::EventKind::clip_saved);
    rejection.outcome = fmt::format("clip_{}", state);
    rejection.reason = reason;
    if (events && !events->empty() && events->front().id == rejection.id) {
        rejection.hash = events->front().hash;
        rejection.signature = events->front().signature;
    }
    log::warning("clip_not_delivered", {{"clip", clip.saved.announcement.clip}, {"why", state}, {"reason", reason}});
    if (const auto kept = state_.quarantine(rejection, wall_ms_()); !kept) {
        return tl::unexpected<Error>(kept.error());
    }
    return ledger_.give_up(clip, state);
}

/// A file that cannot be read now may be read later; the clips behind it do not wait for that.
Outcome<ClipUplink::Step> ClipUplink::not_readable(const WaitingClip &clip, const Error &error) {
    const auto rests = ledger_.rest(clip, wall_ms_());
    return rests ? hindered(error, kNoFile) : hindered(rests.error(), kNoState);
}

ClipUplink::Moved ClipUplink::create() {
    const auto position = co_await upstream_.create_upload(current_->clip.saved.announcement);
    if (!position && is_final(position.error().status)) {
        co_return refused_for_good(position.error());
    }
    if (!position) {
        co_return refused(position.error());
    }
    if (const auto begun = ledger_.begin(current_->clip, position->upload); !begun) {
        co_return hindered(begun.error(), kNoState);
    }
    current_->clip.upload = position->upload;
    current_->clip.acknowledged = 0;
    current_->asked = true;
    current_->sent = current_->noted = 0;
    co_return take(*position, position->confirmed ? current_->clip.saved.announcement.bytes : 0);
}

Outcome<ClipUplink::Step> ClipUplink::refused_for_good(const upstream::Refusal &refusal) {
    const WaitingClip clip = current_->clip;
    current_.reset();
    const bool believed = clip.refusals + 1 >= kBelievedRefusals;
    const auto noted = believed ? report(clip, "refused", refusal.error.message) : ledger_.refuse(clip, wall_ms_());
    return believed || !noted ? done(noted) : refused(refusal);
}

ClipUplink::Moved ClipUplink::ask() {
    const auto position = co_await upstream_.upload_position(current_->clip.upload);
    if (!position) {
        co_return is_gone(position.error().status) ? begin_again("the upload is gone") : refused(position.error());
    }
    current_->asked = true;
    co_return take(*position, current_->sent);
}

ClipUplink::Moved ClipUplink::send() {
    upstream::Upstream::Piece piece;
    piece.file = current_->file;
    piece.offset = current_->clip.acknowledged;
    piece.bytes = std::min(piece_bytes_, current_->clip.saved.announcement.bytes - piece.offset);
    const std::int64_t end = current_->sent = piece.offset + piece.bytes;
    const bool full = piece.bytes == piece_bytes_;
    const std::int64_t begun_ms = boot_ms_();
    const auto position = co_await upstream_.send_piece(current_->clip.upload, std::move(piece));
    if (!position) {
        co_return refused_piece(position.error());
    }
    current_->refusals = 0;
    if (full && boot_ms_() - begun_ms < kQuickMs) {
        piece_bytes_ = std::min(kLargestPiece, 2 * piece_bytes_);
    }
    if (position->offset != end) { // acknowledged, and yet not all of it or more
        co_return begin_again("the registry acknowledged another offset than was sent");
    }
    co_return take(*position, end);
}

/// Holds an answer against what was sent and what was acknowledged.
Outcome<ClipUplink::Step> ClipUplink::take(const upstream::Upstream::UploadPosition &position,
                                           std::int64_t expected_at_most) {
    WaitingClip &clip = current_->clip;
    const wire::ClipAnnouncement &announced = clip.saved.announcement;
    const Step step = position.offset > clip.acknowledged ? Step::delivered : Step::moved;
    if (position.offset > expected_at_most || position.offset < clip.acknowledged) {
        return begin_again(position.offset < clip.acknowledged ? "the registry has less than it acknowledged"
                                                               : "the registry has more than was sent");
    }
    if (position.offset < announced.bytes) {
        clip.acknowledged = position.offset;
        const bool durable = position.offset - current_->noted >= kDurableEveryBytes;
        current_->noted = durable ? position.offset : current_->noted;
        return done(ledger_.acknowledge(clip, position.offset, durable), step);
    }
    if (position.confirmed != announced.sha256) {
        return begin_again("the registry does not confirm the clip's digest");
    }
    auto result = ledger_.confirm(clip);
    if (result) {
        result = state_.refresh_acked_file();
    }
    log::info("clip_delivered", {{"clip", announced.clip}, {"bytes", announced.bytes}});
    current_.reset();
    return done(result, Step::delivered);
}

Outcome<ClipUplink::Step> ClipUplink::begin_again(std::string_view why) {
    const WaitingClip clip = current_->clip;
    current_.reset();
    log::warning("clip_begun_again",
                 {{"clip", clip.saved.announcement.clip}, {"why", why}, {"attempts", clip.attempts}});
    auto result = ledger_.restart(clip);
    if (result && clip.attempts + 1 >= kFreeAttempts) {
        result = ledger_.rest(clip, wall_ms_());
    }
    return !result ? done(result) : mistrusted(Error{ErrorCode::unavailable, std::string(why)}, kBadAnswer);
}

Outcome<ClipUplink::Step> ClipUplink::refused_piece(const upstream::Refusal &refusal) {
    if (refusal.own_file) {
        const WaitingClip clip = current_->clip;
        current_.reset(); // looked at again from the start
        return not_readable(clip, refusal.error);
    }
    current_->asked = false; // it may have been taken all the same
    if (is_gone(refusal.status)) {
        return begin_again("the upload is gone");
    }
    const bool smaller_may_pass = refusal.status == 413 || refusal.error.code == ErrorCode::timeout;
    if (smaller_may_pass) {
        piece_bytes_ = std::max(kSmallestPiece, piece_bytes_ / 2);
    }
    if (refusal.status == 409 || refusal.status == 460 || refusal.status == 400 || refusal.status == 413) {
        if (++current_->refusals >= kMostRefusals) {
            return begin_again("the registry refuses a piece again and again");
        }
    }
    return refused(refusal);
}

Outcome<ClipUplink::Step> ClipUplink::done(const Expected<void> &result, Step step) {
    return result ? Outcome<Step>(step) : Outcome<Step>(hindered(result.error(), kNoState));
}

} // namespace xueshi::sync
