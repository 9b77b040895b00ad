#include "daemon/sync/pause.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace xueshi::sync {

namespace asio = boost::asio;

namespace {

class TimerPause final : public Pause {
public:
    explicit TimerPause(asio::io_context &io) : timer_(io) {}
    asio::awaitable<void> wait(std::chrono::milliseconds time) override {
        timer_.expires_after(time);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    void wake() override { timer_.cancel(); }

private:
    asio::steady_timer timer_;
};

} // namespace

MakePause pauses_of(asio::io_context &io) {
    return [&io] { return std::make_unique<TimerPause>(io); };
}

} // namespace xueshi::sync
