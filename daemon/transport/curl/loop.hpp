#pragma once

#include <functional>
#include <map>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace xueshi::transport {

/// libcurl's event-driven interface on an io_context: curl says which sockets and which timeout it waits for, Asio
/// waits, curl acts. Bound to the io_context's thread.
/// https://curl.se/libcurl/c/curl_multi_socket_action.html
/// Handles are curl's CURL * and CURLM * (void to it as well), codes its CURLcode, sockets plain descriptors.
class Loop : public std::enable_shared_from_this<Loop> {
public:
    explicit Loop(boost::asio::io_context &io);
    ~Loop();
    Loop(const Loop &) = delete;
    Loop &operator=(const Loop &) = delete;

    boost::asio::io_context &io() { return io_; }

    /// Starts the transfer; `on_done` is called once, from the loop, unless `remove` comes first.
    void add(void *easy, std::function<void(int code)> on_done);
    void remove(void *easy);

private:
    struct Socket {
        Socket(boost::asio::io_context &io, int fd) : descriptor(io, fd) {}
        boost::asio::posix::stream_descriptor descriptor;
        bool wants_read = false, wants_write = false;
        bool reading = false, writing = false; ///< a wait is under way
        bool gone = false;
    };

    static int on_socket(void *easy, int fd, int what, void *loop, void *socket);
    static int on_timer(void *multi, long timeout_ms, void *loop);
    void watch(int fd, int what);
    void forget(int fd);
    void arm(const std::shared_ptr<Socket> &socket, int fd);
    void wait(const std::shared_ptr<Socket> &socket, int fd, bool write);
    void start_timer(long timeout_ms);
    void act(int fd, int what);
    void report_done();

    boost::asio::io_context &io_;
    boost::asio::steady_timer timer_;
    void *multi_;
    std::map<int, std::shared_ptr<Socket>> sockets_; ///< shared with the waits under way
    std::map<void *, std::function<void(int)>> running_;
};

} // namespace xueshi::transport
