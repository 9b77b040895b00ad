#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "firmware/control/server.hpp"
#include "firmware/core/control_messages/control_messages.hpp"

namespace xueshi::control {

struct Verb {
    Access access = Access::operators;
    Handler handler;
};
using Verbs = std::map<std::string, Verb, std::less<>>;

/// What a peer may do.
struct Rights {
    bool operators = false, sync = false, root = false;
    bool may(Access access) const {
        return access == Access::everyone || (access == Access::operators && operators) ||
               (access == Access::sync && sync) || (access == Access::root && root);
    }
};

/// One peer. Lives as long as its coroutine or a write of it: hence shared.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    using Socket = boost::asio::local::stream_protocol::socket;

    Connection(Socket socket, const Verbs &verbs, Rights rights, std::string account, std::chrono::milliseconds idle);
    /// Reads and answers until the peer leaves, is silent for too long, or breaks a limit.
    boost::asio::awaitable<void> serve();
    void close();

private:
    boost::asio::awaitable<Expected<std::string>> read_line();
    boost::asio::awaitable<void> answer(std::string line);
    boost::asio::awaitable<Expected<json::Object>> dispatch(control_messages::Request &request);
    void send(std::string line);
    void write_next();
    void expect_line();
    bool still_there();

    Socket socket_;
    const Verbs &verbs_;
    Rights rights_;
    std::string account_;
    std::chrono::milliseconds idle_;
    boost::asio::steady_timer deadline_;
    std::string received_;
    std::deque<std::string> outbox_;
    std::size_t outbox_bytes_ = 0;
    bool closing_ = false; ///< after what is in the outbox
};

} // namespace xueshi::control
