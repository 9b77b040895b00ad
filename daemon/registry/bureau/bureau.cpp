#include "daemon/registry/bureau/bureau.hpp"

#include "daemon/registry/bureau/routes.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::registry::bureau {

Bureau::Bureau(store::Store &store, Tokens &tokens, const devices::Claims &claims, devices::Directory &directory,
               devices::Commands &commands, const sticks::Sticks &sticks, const Clock &clock,
               rules::CountingPolicy policy, media::Objects clips)
    : store_(store), tokens_(tokens), claims_(claims), directory_(directory), commands_(commands), sticks_(sticks),
      clock_(clock), policy_(policy), clips_(std::move(clips)) {}

std::optional<http::Response> Bureau::gate(const http::Request &request) const {
    const auto access = tokens_.authenticate(request, clock_.now().wall_ms);
    if (!access) {
        log::warning("bureau_refused", {{"peer", request.peer}, {"path", request.path}});
        return access.error();
    }
    const Match found = match(request.method, request.path);
    if (found.route == nullptr) {
        return found.path_known ? http::problem(405, "Method not allowed", "this path takes another method")
                                : http::problem(404, "Not found", "no such path");
    }
    if (!access->may(found.route->scope)) {
        return http::problem(403, "Forbidden",
                             "the token lacks the scope " + std::string(to_string(found.route->scope)));
    }
    return std::nullopt;
}

boost::asio::awaitable<http::Response> Bureau::handle(http::Request request) {
    const auto access = tokens_.authenticate(request, clock_.now().wall_ms); // again: the gate keeps nothing
    if (!access) {
        co_return access.error();
    }
    Match found = match(request.method, request.path);
    if (found.route == nullptr || !access->may(found.route->scope)) {
        co_return http::problem(404, "Not found", "no such path");
    }
    const Context context{policy_, clock_, tokens_, claims_, directory_, clips_, commands_, sticks_};
    Call call{request, *access, std::move(found.captured), {}};
    std::function<Expected<http::Response>(store::Session &)> work =
        [&context, &call, handler = found.route->handler](store::Session &session) {
            return handler(context, session, call);
        };
    const auto response = co_await store_.run<http::Response>(std::move(work));
    if (!response) {
        co_return http::problem(response.error());
    }
    if (call.after_commit) {
        call.after_commit();
    }
    log::info(
        "bureau_request",
        {{"method", request.method}, {"path", request.path}, {"status", response->status}, {"token", access->name}});
    co_return *response;
}

} // namespace xueshi::registry::bureau
