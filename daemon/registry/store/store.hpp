#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>

#include <boost/asio/awaitable.hpp>

#include "firmware/core/base/error.hpp"

namespace soci {
class session;
}

/// The registry's database: tables and SQL, nothing else. No SQL holds a rule: it selects and orders.
namespace xueshi::registry::store {

/// The database inside one transaction. A function of this room that cannot do its work throws; the transaction is
/// then rolled back and the throw becomes an Error: between, nobody catches.
struct Session {
    soci::session &sql;
};

/// Thread-safe: all work runs on the store's own thread, one transaction at a time.
class Store {
public:
    /// "sqlite3://FILE": WAL, synchronous FULL, made (0600) and migrated when needed. Another scheme is unsupported.
    static Expected<std::unique_ptr<Store>> open(const std::string &url);
    Store(const Store &) = delete;
    Store &operator=(const Store &) = delete;
    ~Store();

    /// Runs `work` in one transaction and blocks until it is durable. An error of `work` rolls everything back.
    template <typename T>
    Expected<T> transact(const std::function<Expected<T>(Session &)> &work) {
        Expected<T> result = fail(ErrorCode::cancelled, "the transaction did not run");
        const auto done = execute([&](Session &session) { return keep(result, work(session)); });
        return done ? std::move(result) : Expected<T>(tl::unexpected(done.error()));
    }

    /// The same for coroutines: `work` runs on the store's thread, the caller goes on on its own executor.
    template <typename T>
    boost::asio::awaitable<Expected<T>> run(std::function<Expected<T>(Session &)> work) {
        Expected<T> result = fail(ErrorCode::cancelled, "the transaction did not run");
        std::function<void()> job = [this, &result, &work] { result = transact<T>(work); };
        co_await on_thread(std::move(job));
        co_return result;
    }

private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);

    Expected<void> execute(const std::function<Expected<void>(Session &)> &work);
    boost::asio::awaitable<void> on_thread(std::function<void()> job);

    template <typename T>
    static Expected<void> keep(Expected<T> &result, Expected<T> outcome) {
        result = std::move(outcome);
        return result ? Expected<void>{} : Expected<void>(tl::unexpected(result.error()));
    }

    std::unique_ptr<Impl> impl_;
};

} // namespace xueshi::registry::store
