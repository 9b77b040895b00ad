#include "firmware/recorder/recorder.hpp"

#include <algorithm>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/recorder/clip_writer.hpp"

namespace xueshi::recorder {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

/// A unit is in the ring this long after its moment at the latest; a camera that is later has failed.
constexpr std::int64_t kLateMs = 2'000;
/// From the moment of a punch until its clip is asked for, when the loop is slow.
constexpr std::int64_t kSlowestCallMs = 5'000;
/// Clips open, or not yet on disk and in the journal. A whole class may punch within a clip's length: what they share
/// is held once. More is a journal that takes nothing.
constexpr std::size_t kMaxClips = 512;
constexpr auto kLook = 250ms; ///< how often clips whose camera failed are noticed
constexpr auto kFirstRetry = 1s, kLastRetry = 60s;

class ClipRecorder final : public Recorder {
public:
    ClipRecorder(Options options, record::EventSink &sink, const Clock &clock, record::Source source)
        : options_(std::move(options)), sink_(sink), clock_(clock),
          ring_(options_.ring_bytes, options_.before_ms + kSlowestCallMs), source_(std::move(source)),
          worker_([this] { work(); }) {}
    ~ClipRecorder() override { stop(); }

    void push(camera::Unit unit) override;
    void set_source(record::Source source) override;
    MediaId start_clip(const Instant &at) override;
    bool blur(const MediaId &id) override;
    void stop() override;

private:
    struct Job {
        ClipWriter writer;
        std::size_t bytes; ///< of the units that no clip before it holds
        SteadyClock::time_point due;
        std::chrono::seconds pause = kFirstRetry;
    };

    bool is_full() const;
    void finish(std::list<Clip>::iterator clip);
    void finish_overdue(bool all);
    void work();
    bool run_due_job(std::unique_lock<std::mutex> &lock);

    const Options options_;
    record::EventSink &sink_;
    const Clock &clock_;

    std::mutex mutex_;
    std::condition_variable wake_;
    Ring ring_;
    record::Source source_;
    std::list<Clip> open_;
    std::list<Job> jobs_;
    std::int64_t handed_boot_ms_ = -1; ///< of the newest unit in a job
    bool stopping_ = false;
    std::thread worker_;
};

void ClipRecorder::push(camera::Unit unit) {
    auto shared = std::make_shared<const camera::Unit>(std::move(unit));
    const std::lock_guard lock(mutex_);
    ring_.push(shared);
    for (auto clip = open_.begin(); clip != open_.end();) {
        const auto next = std::next(clip);
        if (clip->add(shared)) {
            finish(clip);
        }
        clip = next;
    }
}

void ClipRecorder::set_source(record::Source source) {
    const std::lock_guard lock(mutex_);
    source_ = std::move(source);
}

MediaId ClipRecorder::start_clip(const Instant &at) {
    const std::lock_guard lock(mutex_);
    const auto from = at.boot_ms - options_.before_ms;
    if (stopping_ || ring_.empty() || ring_.newest_boot_ms() < from) {
        return {};
    }
    if (is_full()) {
        log::error("clip_refused", {{"waiting", jobs_.size()}});
        return {};
    }
    Clip clip;
    clip.id = MediaId(Uuid::v7(at.wall_ms).str());
    clip.at_boot_ms = at.boot_ms;
    clip.until_boot_ms = at.boot_ms + options_.after_ms;
    clip.source = source_;
    bool over = false;
    for (const auto &unit : ring_.since(from)) {
        over = over || clip.add(unit);
    }
    if (clip.units.empty()) { // the camera began after all this
        return {};
    }
    const auto id = clip.id;
    open_.push_back(std::move(clip));
    if (over) {
        finish(std::prev(open_.end()));
    }
    return id;
}

/// Under the lock. A job on disk holds nothing any more.
bool ClipRecorder::is_full() const {
    std::size_t bytes = 0;
    for (const auto &job : jobs_) {
        bytes += job.bytes;
    }
    return bytes >= options_.waiting_bytes || open_.size() + jobs_.size() >= kMaxClips;
}

bool ClipRecorder::blur(const MediaId &id) {
    const std::lock_guard lock(mutex_);
    if (const auto clip = std::ranges::find(open_, id, &Clip::id); clip != open_.end()) {
        clip->blurred = true;
        return true;
    }
    const auto job = std::ranges::find_if(jobs_, [&](const Job &candidate) { return candidate.writer.id() == id; });
    return job != jobs_.end() && job->writer.blur();
}

/// Under the lock: hands the clip to the worker.
void ClipRecorder::finish(std::list<Clip>::iterator clip) {
    clip->keep_one_film();
    std::size_t bytes = 0;
    for (const auto &unit : clip->units) {
        bytes += unit->captured.boot_ms > handed_boot_ms_ ? unit->data.size() : 0;
    }
    handed_boot_ms_ = std::max(handed_boot_ms_, clip->units.back()->captured.boot_ms);
    jobs_.push_back({ClipWriter(std::move(*clip)), bytes, SteadyClock::now()});
    open_.erase(clip);
    wake_.notify_one();
}

/// Under the lock: clips whose time is over although no unit came to say so.
void ClipRecorder::finish_overdue(bool all) {
    const auto now = clock_.now().boot_ms;
    for (auto clip = open_.begin(); clip != open_.end();) {
        const auto next = std::next(clip);
        if (all || now > clip->until_boot_ms + kLateMs) {
            finish(clip);
        }
        clip = next;
    }
}

void ClipRecorder::work() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        finish_overdue(false);
        if (!run_due_job(lock)) {
            wake_.wait_for(lock, kLook);
        }
    }
    finish_overdue(true);
    for (auto &job : jobs_) {
        job.due = SteadyClock::time_point::min();
    }
    while (run_due_job(lock)) {
    }
    for (const auto &job : jobs_) {
        log::error("clip_lost_at_stop", {{"clip", job.writer.id()}, {"file_is_saved", job.writer.file_is_saved()}});
    }
}

/// Runs one job without the lock; false when none is due. A clip that is to be blurred takes seconds: the others, of
/// punches, do not wait for it.
bool ClipRecorder::run_due_job(std::unique_lock<std::mutex> &lock) {
    const auto now = SteadyClock::now();
    const auto is_due = [&](const Job &job) { return job.due <= now; };
    auto found = std::ranges::find_if(jobs_, [&](const Job &job) { return is_due(job) && !job.writer.is_to_blur(); });
    if (found == jobs_.end()) {
        found = std::ranges::find_if(jobs_, is_due);
    }
    if (found == jobs_.end()) {
        return false;
    }
    found->writer.begin_writing();
    lock.unlock(); // only the worker takes jobs out, and a list's elements stay where they are
    const auto result = found->writer.attempt(options_.media_directory, sink_, clock_);
    lock.lock();
    if (result || result.error().code == ErrorCode::corrupt) {
        if (!result) {
            log::error("clip_lost", {{"clip", found->writer.id()}, {"error", result.error().message}});
        }
        jobs_.erase(found);
        return true;
    }
    found->bytes = found->writer.file_is_saved() ? 0 : found->bytes;
    log::error("clip_not_saved", {{"clip", found->writer.id()}, {"error", result.error().message}});
    found->due = SteadyClock::now() + found->pause;
    found->pause = std::min<std::chrono::seconds>(2 * found->pause, kLastRetry);
    return true;
}

void ClipRecorder::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (worker_.joinable()) {
        worker_.join();
    }
}

} // namespace

Expected<std::unique_ptr<Recorder>> Recorder::create(const Options &options, record::EventSink &sink,
                                                     const Clock &clock, record::Source source) {
    constexpr std::int64_t kMaxSpanMs = 60'000;
    if (options.before_ms < 0 || options.before_ms > kMaxSpanMs || options.after_ms < 0 ||
        options.after_ms > kMaxSpanMs) {
        return fail(ErrorCode::invalid_argument, "recorder: 0 to 60 s before and after a punch");
    }
    if (options.ring_bytes < 256u << 10) {
        return fail(ErrorCode::invalid_argument, "recorder: a ring of at least 256 KiB");
    }
    if (auto made = make_directory(options.media_directory); !made) {
        return fail(made, "media directory");
    }
    return std::make_unique<ClipRecorder>(options, sink, clock, std::move(source));
}

} // namespace xueshi::recorder
