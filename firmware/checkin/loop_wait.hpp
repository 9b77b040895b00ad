#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "firmware/checkin/face_worker.hpp"

/// How a coroutine of the loop waits for what other threads bring.
namespace xueshi::checkin {

/// Wakes the one coroutine that waits. Thread-bound to the loop: another thread posts. A notify without a waiter is
/// not kept, so look at the condition before waiting.
class Wakeup {
public:
    explicit Wakeup(const boost::asio::any_io_executor &executor) : timer_(executor) {}

    boost::asio::awaitable<void> wait(std::chrono::milliseconds longest) {
        timer_.expires_after(longest);
        boost::system::error_code ignored; // cancelled: notified
        co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }
    void notify() { timer_.cancel(); }

private:
    boost::asio::steady_timer timer_;
};

/// Runs `work` on the recognition thread and resumes on the loop with what it returned.
template <typename Result, typename Work>
boost::asio::awaitable<Result> on_worker(boost::asio::any_io_executor executor, FaceWorker &worker, Work work) {
    struct Shared {
        explicit Shared(const boost::asio::any_io_executor &e) : wakeup(e) {}
        Wakeup wakeup;
        std::optional<Result> result;
    };
    // Shared by the coroutine and the posted job: either may be gone first when the program stops.
    auto shared = std::make_shared<Shared>(executor);
    worker.run([shared, executor, work = std::move(work)](face::Pipeline &pipeline) {
        auto result = std::make_shared<Result>(work(pipeline));
        boost::asio::post(executor, [shared, result] {
            shared->result = std::move(*result);
            shared->wakeup.notify();
        });
    });
    constexpr std::chrono::milliseconds kLook(1'000);
    while (!shared->result) {
        co_await shared->wakeup.wait(kLook);
    }
    co_return std::move(*shared->result);
}

} // namespace xueshi::checkin
