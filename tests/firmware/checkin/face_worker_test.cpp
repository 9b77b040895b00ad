#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>

#include <doctest/doctest.h>

#include "firmware/checkin/face_worker.hpp"
#include "tests/support/fake_pipeline.hpp"

using namespace xueshi;
using namespace xueshi::checkin;
using test::FakePipeline;

namespace {

/// Collects reports; waits for them.
class Inbox {
public:
    FaceWorker::Callbacks callbacks() {
        return {[this](FaceReport report) {
                    const std::lock_guard lock(mutex_);
                    reports_.push_back(std::move(report));
                    arrived_.notify_all();
                },
                [](const Error &) {}};
    }
    FaceReport last(std::size_t count) {
        std::unique_lock lock(mutex_);
        REQUIRE(arrived_.wait_for(lock, std::chrono::seconds(30), [&] { return reports_.size() >= count; }));
        return reports_.back();
    }
    std::size_t count() {
        const std::lock_guard lock(mutex_);
        return reports_.size();
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::vector<FaceReport> reports_;
};

} // namespace

TEST_CASE("face worker: a frame becomes a report of who stands there") {
    Inbox inbox;
    FaceWorker worker(std::make_unique<FakePipeline>(), 0.6, inbox.callbacks());
    worker.offer(FakePipeline::frame({FakePipeline::Face{2}}));
    const auto one = inbox.last(1);
    CHECK(one.crowd == Crowd::one);
    CHECK(one.track != 0);
    CHECK(one.observation.embedding == FakePipeline::embedding(2));
    worker.offer(FakePipeline::frame({FakePipeline::Face{2}, FakePipeline::Face{3}}));
    CHECK(inbox.last(2).crowd == Crowd::several);
    worker.offer(FakePipeline::frame({}));
    CHECK(inbox.last(3).crowd == Crowd::nobody);
}

TEST_CASE("face worker: somebody decided about is looked at once a second, somebody who waits not at all") {
    Inbox inbox;
    FaceWorker worker(std::make_unique<FakePipeline>(), 0.6, inbox.callbacks());
    std::size_t frames = 0;
    const auto show = [&](std::int64_t boot_ms) {
        worker.offer(FakePipeline::frame({FakePipeline::Face{2}}, Instant{0, "", boot_ms, ClockQuality::synchronised}));
        return inbox.last(++frames);
    };
    const auto first = show(10'000);
    CHECK(first.observed);
    worker.attend({.decided = {first.track}});
    CHECK(show(11'000).observed);
    CHECK_FALSE(show(11'100).observed);
    CHECK_FALSE(show(11'900).observed);
    CHECK(show(12'100).observed);
    worker.attend(Attention{.decided = {}, .waiting = first.track});
    const auto resting = show(20'000);
    CHECK_FALSE(resting.observed);
    CHECK(resting.crowd == Crowd::one);
    CHECK(resting.track == first.track);
    worker.attend({});
    CHECK(show(20'100).observed);
}

TEST_CASE("face worker: an embedding is made only of frames nearly as good as the track's best, and the best fades") {
    Inbox inbox;
    FaceWorker worker(std::make_unique<FakePipeline>(), 0.6, inbox.callbacks());
    std::size_t frames = 0;
    const auto show = [&](int quality_percent) {
        worker.offer(FakePipeline::frame({FakePipeline::Face{.quality_percent = quality_percent}}));
        return inbox.last(++frames);
    };
    CHECK_FALSE(show(50).observation.embedding.empty());
    CHECK_FALSE(show(90).observation.embedding.empty());
    const auto poor = show(50);
    CHECK(poor.observed);
    CHECK(poor.observation.embedding.empty());
    for (int frame = 0; frame < 40; ++frame) {
        show(50); // the best frame is long ago
    }
    CHECK_FALSE(show(50).observation.embedding.empty());
}

TEST_CASE("face worker: whoever steps into a decided track is embedded at the next look, however good the one before") {
    Inbox inbox;
    FaceWorker worker(std::make_unique<FakePipeline>(), 0.6, inbox.callbacks());
    std::size_t frames = 0;
    const auto show = [&](int person, int quality_percent, std::int64_t boot_ms) {
        worker.offer(FakePipeline::frame({FakePipeline::Face{.person = person, .quality_percent = quality_percent}},
                                         Instant{0, "", boot_ms, ClockQuality::synchronised}));
        return inbox.last(++frames);
    };
    const auto first = show(2, 90, 10'000);
    worker.attend({.decided = {first.track}});
    const auto look = show(3, 50, 11'000);
    REQUIRE(look.track == first.track);
    CHECK(look.observed);
    CHECK(look.observation.embedding == FakePipeline::embedding(3));
}

TEST_CASE("face worker: frames are not queued, the latest wins") {
    Inbox inbox;
    FaceWorker worker(std::make_unique<FakePipeline>(), 0.6, inbox.callbacks());
    std::promise<void> release;
    worker.run([&](face::Pipeline &) { release.get_future().wait(); });
    for (int i = 0; i < 50; ++i) {
        worker.offer(FakePipeline::frame({FakePipeline::Face{i < 49 ? 1 : 3}}));
    }
    release.set_value();
    inbox.last(1);
    // A job behind the frame: when it runs, the frame's report is there.
    std::promise<void> done;
    worker.run([&](face::Pipeline &) { done.set_value(); });
    done.get_future().wait();
    CHECK(inbox.count() == 1);
    CHECK(inbox.last(1).observation.embedding == FakePipeline::embedding(3));
}

TEST_CASE("face worker: it ends with work waiting") {
    Inbox inbox;
    FaceWorker worker(std::make_unique<FakePipeline>(), 0.6, inbox.callbacks());
    for (int i = 0; i < 10; ++i) {
        worker.offer(FakePipeline::frame({FakePipeline::Face{1}}));
        worker.run([](face::Pipeline &) {});
    }
}
