#pragma once

#include <map>
#include <memory>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/sync/pause.hpp"
#include "tests/support/fake_clock.hpp"

namespace xueshi::test {

/// Sync's pauses by a time that only this moves: hours pass as fast as the work in them is done.
class FakeTime {
public:
    /// Both outlive it.
    FakeTime(boost::asio::io_context &io, FakeClock &clock) : io_(io), clock_(clock) {}

    sync::MakePause pauses() {
        return [this] { return std::make_unique<MovedPause>(*this); };
    }
    /// Everything that is due within `time` happens, each at its time.
    void pass(std::chrono::milliseconds time) {
        const auto end = now_ + time;
        for (;;) {
            settle();
            const auto next = due_->begin();
            if (next == due_->end() || next->first > end) {
                break;
            }
            clock_.advance((next->first - now_).count());
            now_ = next->first;
            next->second->cancel();
            due_->erase(next);
        }
        clock_.advance((end - now_).count());
        now_ = end;
    }
    /// What can be done without time.
    void settle() {
        io_.restart();
        while (io_.poll() > 0) {
        }
    }

private:
    using Due = std::multimap<std::chrono::milliseconds, boost::asio::steady_timer *>;
    class MovedPause final : public sync::Pause {
    public:
        explicit MovedPause(FakeTime &time) : time_(time), due_(time.due_), timer_(time.io_) {}
        ~MovedPause() override { forget(); }
        boost::asio::awaitable<void> wait(std::chrono::milliseconds time) override {
            timer_.expires_at(std::chrono::steady_clock::time_point::max());
            due_->emplace(time_.now_ + time, &timer_);
            co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            forget();
        }
        void wake() override { timer_.cancel(); }

    private:
        void forget() {
            std::erase_if(*due_, [this](const auto &entry) { return entry.second == &timer_; });
        }
        FakeTime &time_; ///< not used at the end: the loop's last coroutines may outlive it
        std::shared_ptr<Due> due_;
        boost::asio::steady_timer timer_;
    };

    boost::asio::io_context &io_;
    FakeClock &clock_;
    std::chrono::milliseconds now_{0};
    std::shared_ptr<Due> due_ = std::make_shared<Due>();
};

} // namespace xueshi::test
