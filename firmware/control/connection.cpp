#include "firmware/control/connection.hpp"

#include <sys/socket.h>

#include <cstring>

#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include "firmware/core/base/log.hpp"

namespace xueshi::control {

namespace asio = boost::asio;

namespace {

// A peer that does not read its progress is cut off.
constexpr std::size_t kMaxOutboxBytes = 1u << 20;

} // namespace

Connection::Connection(Socket socket, const Verbs &verbs, Rights rights, std::string account,
                       std::chrono::milliseconds idle)
    : socket_(std::move(socket)), verbs_(verbs), rights_(rights), account_(std::move(account)), idle_(idle),
      deadline_(socket_.get_executor()) {}

asio::awaitable<void> Connection::serve() {
    const auto self = shared_from_this();
    while (socket_.is_open() && !closing_) {
        auto line = co_await read_line();
        if (!line) {
            if (line.error().code != ErrorCode::too_large) {
                break; // the peer left
            }
            closing_ = true;
            send(control_messages::write_error(0, line.error()));
            break;
        }
        co_await answer(std::move(*line));
    }
    closing_ = true;
    if (outbox_.empty()) {
        close();
    }
}

void Connection::expect_line() {
    deadline_.expires_after(idle_);
    deadline_.async_wait([weak = weak_from_this()](const boost::system::error_code &error) {
        const auto self = weak.lock();
        if (!error && self) {
            self->close();
        }
    });
}

asio::awaitable<Expected<std::string>> Connection::read_line() {
    const auto limit = rights_.operators ? control_messages::kMaxLineBytes : kMaxShortLineBytes;
    expect_line();
    boost::system::error_code error;
    auto buffer = asio::dynamic_buffer(received_, limit + 1);
    const auto size =
        co_await asio::async_read_until(socket_, buffer, '\n', asio::redirect_error(asio::use_awaitable, error));
    deadline_.cancel();
    if (error == asio::error::not_found) {
        co_return fail(ErrorCode::too_large, fmt::format("a request of this peer is at most {} bytes", limit));
    }
    if (error) {
        co_return fail(ErrorCode::unavailable, error.message());
    }
    auto line = received_.substr(0, size - 1);
    ::explicit_bzero(received_.data(), size);
    received_.erase(0, size);
    co_return line;
}

asio::awaitable<void> Connection::answer(std::string line) {
    auto request = control_messages::read_request(line);
    ::explicit_bzero(line.data(), line.size()); // it may hold a document's portrait
    line = std::string();
    if (!request) {
        send(control_messages::write_error(0, request.error()));
        co_return;
    }
    const auto result = co_await dispatch(*request);
    if (result) {
        send(control_messages::write_result(request->id, *result));
    } else {
        log::warning("control_refused", {{"verb", request->verb}, {"peer", account_}, log::Field(result.error())});
        send(control_messages::write_error(request->id, result.error()));
    }
}

asio::awaitable<Expected<json::Object>> Connection::dispatch(control_messages::Request &request) {
    const auto verb = verbs_.find(request.verb);
    if (verb == verbs_.end()) {
        std::vector<std::string_view> known;
        for (const auto &[name, ignored] : verbs_) {
            known.push_back(name);
        }
        co_return fail(ErrorCode::not_found, fmt::format("no such verb; there are {}", fmt::join(known, ", ")));
    }
    if (!rights_.may(verb->second.access)) {
        co_return fail(ErrorCode::denied, fmt::format("{} may not {}", account_, request.verb));
    }
    const auto self = shared_from_this();
    Call call;
    call.arguments = std::move(request.arguments);
    call.operator_name = account_;
    call.progress = [self, id = request.id](const json::Object &progress) {
        self->send(control_messages::write_progress(id, progress));
    };
    call.still_there = [self] { return self->still_there(); };
    co_return co_await verb->second.handler(std::move(call));
}

bool Connection::still_there() {
    if (!socket_.is_open()) {
        return false;
    }
    char byte = 0;
    const auto peeked = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return peeked != 0; // 0: the peer closed its end
}

void Connection::send(std::string line) {
    if (!socket_.is_open()) {
        return;
    }
    line += '\n';
    outbox_bytes_ += line.size();
    if (outbox_bytes_ > kMaxOutboxBytes) {
        close();
        return;
    }
    outbox_.push_back(std::move(line));
    if (outbox_.size() == 1) {
        write_next();
    }
}

void Connection::write_next() {
    asio::async_write(socket_, asio::buffer(outbox_.front()),
                      [self = shared_from_this()](const boost::system::error_code &error, std::size_t) {
                          if (error) {
                              self->close();
                              return;
                          }
                          self->outbox_bytes_ -= self->outbox_.front().size();
                          self->outbox_.pop_front();
                          if (!self->outbox_.empty()) {
                              self->write_next();
                          } else if (self->closing_) {
                              self->close();
                          }
                      });
}

void Connection::close() {
    boost::system::error_code ignored;
    deadline_.cancel();
    socket_.close(ignored);
}

} // namespace xueshi::control
