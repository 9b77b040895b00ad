#include "daemon/registry/devices/commands.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/wire/commands.hpp"
#include "daemon/wire/media.hpp"
#include "firmware/core/identity/command.hpp"

namespace xueshi::registry::devices {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t kMostOpen = 64; ///< of one device: more than anybody orders, less than fills a database

/// A query's non-negative number; absent: 0.
Expected<std::int64_t> number_in(const http::Request &request, const std::string &key) {
    const auto found = request.query.find(key);
    if (found == request.query.end()) {
        return 0;
    }
    auto number = wire::read_count(found->second);
    return number ? number : fail(number, key);
}

} // namespace

Expected<store::Command> Commands::order(store::Session &session, const store::Device &device,
                                         const Order &order) const {
    const std::int64_t now_ms = clock_.now().wall_ms;
    const auto open = store::open_commands(session, device.institution, device.id, 0, now_ms, kMostOpen);
    if (std::ssize(open) >= kMostOpen) {
        return fail(ErrorCode::conflict, "64 commands wait for this device already");
    }
    identity::Command command;
    command.id = Uuid::v7(now_ms);
    command.device = device.id;
    // By the clock: a registry that was restored from a copy does not give a number a second time.
    command.number = std::max(now_ms, store::newest_command(session, device.institution, device.id) + 1);
    command.kind = to_string(order.kind);
    command.arguments = order.arguments;
    command.ordered_by = order.ordered_by;
    command.issued_ms = now_ms;
    command.expires_ms = now_ms + order.valid_ms;
    auto document = identity::sign_command(signer_, command);
    if (!document) {
        return tl::unexpected<Error>(document.error());
    }
    store::Command row;
    row.institution = device.institution;
    row.device = device.id;
    row.number = command.number;
    row.id = command.id;
    row.kind = command.kind;
    row.arguments = json::serialize(order.arguments);
    row.ordered_by = order.ordered_by;
    row.ordered_ms = now_ms;
    row.expires_ms = command.expires_ms;
    row.document = std::move(*document);
    store::add_command(session, row);
    return row;
}

void Commands::wake(const DeviceId &device) {
    if (const auto found = waiting_.find(device); found != waiting_.end()) {
        found->second->woken = true;
        found->second->timer.cancel();
    }
}

void Commands::stop() {
    stopped_ = true;
    for (const auto &[device, waiting] : waiting_) {
        waiting->ended = true;
        waiting->timer.cancel();
    }
}

asio::awaitable<http::Response> Commands::get(store::Device device, http::Request request) {
    const auto after = number_in(request, "after");
    const auto wait_s = number_in(request, "wait");
    if (!after || !wait_s) {
        co_return http::problem(after ? wait_s.error() : after.error());
    }
    auto waiting = std::make_shared<Waiting>(co_await asio::this_coro::executor);
    if (auto &before = waiting_[device.id]; before) {
        before->ended = true;
        before->timer.cancel();
    }
    waiting_[device.id] = waiting;
    waiting->timer.expires_after(std::chrono::seconds(std::min(*wait_s, wire::kMaxCommandWaitS)));
    std::vector<identity::SignedDocument> documents;
    std::optional<Error> error;
    for (bool last = *wait_s == 0 || stopped_ || waiting_.size() > most_waiting_;; last = last || waiting->ended) {
        waiting->woken = false; // before the look: what is ordered from now on wakes
        std::function<Expected<std::vector<store::Command>>(store::Session &)> look =
            [&device, &after, now_ms = clock_.now().wall_ms](store::Session &session) {
                return store::open_commands(session, device.institution, device.id, *after, now_ms,
                                            static_cast<std::int64_t>(wire::kMaxCommandsAtOnce));
            };
        auto commands = co_await store_.run<std::vector<store::Command>>(std::move(look));
        if (!commands) {
            error = commands.error();
            break;
        }
        for (store::Command &command : *commands) {
            documents.push_back(std::move(command.document));
        }
        if (!documents.empty() || last || waiting->ended) {
            break;
        }
        if (!waiting->woken) {
            const auto [cancelled] = co_await waiting->timer.async_wait(asio::as_tuple(asio::use_awaitable));
            last = !cancelled; // the wait is over
        }
    }
    if (const auto mine = waiting_.find(device.id); mine != waiting_.end() && mine->second == waiting) {
        waiting_.erase(mine);
    }
    if (error) {
        co_return http::problem(*error);
    }
    http::Response response;
    response.body = wire::write_commands(documents);
    co_return response;
}

} // namespace xueshi::registry::devices
