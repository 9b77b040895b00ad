#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/registry/bureau/access.hpp"
#include "daemon/registry/devices/claims.hpp"
#include "daemon/registry/devices/commands.hpp"
#include "daemon/registry/media/objects.hpp"
#include "daemon/registry/sticks/sticks.hpp"
#include "daemon/rules/counting.hpp"
#include "firmware/core/base/clock.hpp"

/// Internal to the room: which function answers which request.
namespace xueshi::registry::bureau {

/// What every handler may use.
struct Context {
    const rules::CountingPolicy &policy;
    const Clock &clock;
    Tokens &tokens;
    const devices::Claims &claims;
    devices::Directory &directory;
    const media::Objects &clips;
    devices::Commands &commands;
    const sticks::Sticks &sticks;
};

/// One authorised request.
struct Call {
    const http::Request &request;
    const Access &access;
    std::vector<std::string> captured;    ///< what stands for {id} or {code} in the path
    std::function<void()> after_commit{}; ///< what must hold in memory once the database holds it
};

/// Runs on the store's thread in one transaction. An Error becomes a problem: not_found for whatever the token does
/// not cover, so that the two look the same (F33).
using Handler = Expected<http::Response> (*)(const Context &, store::Session &, Call &);

struct Route {
    std::string_view method, path; ///< "/v1/classes/{id}/attendance"
    Scope scope;
    Handler handler;
};
/// The room's whole surface.
const std::vector<Route> &routes();

struct Match {
    const Route *route = nullptr; ///< null: no such path, or not with this method
    bool path_known = false;
    std::vector<std::string> captured;
};
Match match(std::string_view method, std::string_view path);

// The handlers.
Expected<http::Response> get_punches(const Context &, store::Session &, Call &);
Expected<http::Response> get_requests(const Context &, store::Session &, Call &);
Expected<http::Response> get_attendance(const Context &, store::Session &, Call &);
Expected<http::Response> get_devices(const Context &, store::Session &, Call &);
Expected<http::Response> get_chain(const Context &, store::Session &, Call &);
Expected<http::Response> list_commands(const Context &, store::Session &, Call &);
Expected<http::Response> order_command(const Context &, store::Session &, Call &);
Expected<http::Response> get_media(const Context &, store::Session &, Call &);
Expected<http::Response> take_stick_events(const Context &, store::Session &, Call &);
Expected<http::Response> take_stick_clip(const Context &, store::Session &, Call &);
Expected<http::Response> make_clip_receipt(const Context &, store::Session &, Call &);
Expected<http::Response> get_sealed_roster(const Context &, store::Session &, Call &);
Expected<http::Response> file_class(const Context &, store::Session &, Call &);
Expected<http::Response> make_device_token(const Context &, store::Session &, Call &);
Expected<http::Response> make_bureau_token(const Context &, store::Session &, Call &);
Expected<http::Response> approve_claim(const Context &, store::Session &, Call &);
Expected<http::Response> revoke_device(const Context &, store::Session &, Call &);
Expected<http::Response> release_device(const Context &, store::Session &, Call &);

} // namespace xueshi::registry::bureau
