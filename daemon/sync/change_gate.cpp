#include "daemon/sync/change_gate.hpp"

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
    co_await pause_->wait(kSettles);
    while (again_) {
        again_ = false;
        on_change_();
        co_await pause_->wait(kSettles);
    }
    settling_ = false;
}

} // namespace xueshi::sync
