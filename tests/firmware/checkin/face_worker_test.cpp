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
    worker.offer(FakePipeline::frame({}));
    CHECK(inbox.last(2).crowd == Crowd::nobody);
    worker.offer(FakePipeline::frame({FakePipeline::Face{2}, FakePipeline::Face{3}}));
    CHECK(inbox.last(3).crowd == Crowd::several);
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

TEST_CASE("face worker: whoever is being recognised waits for one job, however many there are") {
    std::mutex mutex;
    std::vector<std::string> turns;
    const auto note = [&](const char *turn) {
        const std::lock_guard lock(mutex);
        turns.emplace_back(turn);
    };
    std::promise<void> release, done;
    FaceWorker worker(std::make_unique<FakePipeline>(), 0.6,
                      {[&](FaceReport) { note("frame"); }, [](const Error &) {}});
    worker.run([&](face::Pipeline &) { release.get_future().wait(); });
    for (int i = 0; i < 2; ++i) {
        worker.run([&](face::Pipeline &) { note("job"); });
    }
    worker.run([&](face::Pipeline &) {
        worker.run([&](face::Pipeline &) { done.set_value(); }); // a job may order the next
    });
    worker.offer(FakePipeline::frame({FakePipeline::Face{1}}));
    release.set_value();
    done.get_future().wait();
    CHECK(turns == std::vector<std::string>{"frame", "job", "job"});
}

TEST_CASE("face worker: it ends with work waiting") {
    Inbox inbox;
    FaceWorker worker(std::make_unique<FakePipeline>(), 0.6, inbox.callbacks());
    for (int i = 0; i < 10; ++i) {
        worker.offer(FakePipeline::frame({FakePipeline::Face{1}}));
        worker.run([](face::Pipeline &) {});
    }
}
