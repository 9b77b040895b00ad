#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "firmware/control/peer.hpp"
#include "firmware/core/base/json.hpp"

namespace xueshi::control {

/// Which peers a verb is for. Root and the program's own user may do everything.
enum class Access {
    everyone,  ///< whoever may open the socket: its file mode decides
    operators, ///< enrolment and erasure
    sync,      ///< the sync daemon
    root,      ///< nobody else
};

/// One request being answered.
struct Call {
    json::Object arguments;
    std::string operator_name;                  ///< account of the peer
    std::function<void(json::Object)> progress; ///< sends a progress line
    std::function<bool()> still_there;          ///< false: the peer has hung up
};
using Handler = std::function<boost::asio::awaitable<Expected<json::Object>>(Call)>;

/// The UNIX socket into the terminal: JSON lines (core/control_messages), one request at a time a connection.
/// Thread-bound to the io_context.
class Server {
public:
    struct Options {
        std::filesystem::path socket;
        PeerList operators, sync;
        std::size_t max_connections = 8;
        std::chrono::milliseconds idle{60'000}; ///< a connection without a whole line for so long is closed
    };
    /// Replaces a socket that nobody listens at; a living one is a conflict. The file gets mode 0660.
    static Expected<std::unique_ptr<Server>> listen(boost::asio::io_context &context, Options options);
    virtual ~Server() = default;

    virtual void add(std::string verb, Access access, Handler handler) = 0;
    /// For others who answer the same verbs, and know by themselves who may order what. nullptr: there is none.
    virtual const Handler *handler(std::string_view verb) const = 0;
    /// Closes the socket and all connections, and removes the file.
    virtual void stop() = 0;
};

/// Lines of peers that are no operators are short: only photographs are long.
inline constexpr std::size_t kMaxShortLineBytes = 256u << 10;

} // namespace xueshi::control
