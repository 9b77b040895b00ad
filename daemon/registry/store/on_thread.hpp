#pragma once

#include <functional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace xueshi::registry::store {

/// Of on_thread: its parameter lives as long as it runs.
inline boost::asio::awaitable<void> call(std::function<void()> job) {
    job();
    co_return;
}

/// Runs `job` on the pool; the caller goes on on its own executor.
inline boost::asio::awaitable<void> on_thread(boost::asio::thread_pool &pool, std::function<void()> job) {
    co_await boost::asio::co_spawn(pool.get_executor(), call(std::move(job)), boost::asio::use_awaitable);
}

} // namespace xueshi::registry::store
