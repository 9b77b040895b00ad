#include "daemon/sync/change_gate.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace xueshi::sync {

namespace asio = boost::asio;

void ChangeGate::change() {
    again_ = settling_;
    if (settling_) {
        return;
    }
    settling_ = true;
    on_change_();
    asio::co_spawn(io_, settle(), asio::detached);
}

asio::awaitable<void> ChangeGate::settle() {
    auto time = kSettles;
    co_await pause_->wait(time);
    while (again_) {
        again_ = false;
        on_change_();
        time = std::min(2 * time, kLongest);
        co_await pause_->wait(time);
    }
    settling_ = false;
}

} // namespace xueshi::sync
