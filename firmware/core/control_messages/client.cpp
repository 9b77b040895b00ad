#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "firmware/core/base/unique_fd.hpp"
#include "firmware/core/control_messages/control_messages.hpp"

namespace xueshi::control_messages {

namespace {

using Deadline = std::chrono::steady_clock::time_point;

/// Waits until `fd` is ready for `events`.
Expected<void> wait_for(int fd, short events, Deadline deadline) {
    while (true) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
        if (left <= 0) {
            return fail(ErrorCode::timeout, "the terminal did not answer in time");
        }
        pollfd wanted{.fd = fd, .events = events, .revents = 0};
        const int ready = ::poll(&wanted, 1, static_cast<int>(left));
        if (ready > 0) {
            return {};
        }
        if (ready < 0 && errno != EINTR) {
            return tl::unexpected(error_from_errno(errno, "poll control socket"));
        }
    }
}

ErrorCode parse_code(std::string_view text) {
    constexpr std::array kCodes{
        ErrorCode::invalid_argument, ErrorCode::not_found, ErrorCode::already_exists,
        ErrorCode::conflict,         ErrorCode::corrupt,   ErrorCode::denied,
        ErrorCode::too_large,        ErrorCode::no_space,  ErrorCode::io,
        ErrorCode::unavailable,      ErrorCode::timeout,   ErrorCode::unsupported,
        ErrorCode::cancelled,
    };
    for (const auto code : kCodes) {
        if (to_string(code) == text) {
            return code;
        }
    }
    return ErrorCode::io;
}

Error read_error_object(const json::Value &value) {
    json::ObjectReader reader(value, "error");
    const auto code = reader.string("code", 64);
    auto message = reader.string("message", 16'384);
    if (!reader.ok()) {
        return Error{ErrorCode::corrupt, "the terminal's error could not be read"};
    }
    return Error{parse_code(code), std::move(message)};
}

/// One line from the peer: progress or the end of the call.
struct Answer {
    std::optional<json::Object> progress, result;
    std::optional<Error> error;
};

Expected<Answer> read_answer(std::string_view line, std::int64_t id) {
    auto value = json::parse(line, json::Limits{.bytes = kMaxLineBytes, .depth = 16});
    if (!value) {
        return fail(value, "answer");
    }
    json::ObjectReader reader(*value, "answer");
    const auto answered = reader.integer("id", 0, std::int64_t{1} << 53);
    Answer answer;
    for (auto [key, target] : {std::pair{"progress", &answer.progress}, std::pair{"result", &answer.result}}) {
        const auto *field = reader.optional(key);
        if (field != nullptr && field->is_object()) {
            *target = field->get_object();
        }
    }
    if (const auto *error = reader.optional("error")) {
        answer.error = read_error_object(*error);
    }
    if (auto finished = reader.finish(); !finished) {
        return tl::unexpected(finished.error());
    }
    // The server answers id 0 when it could not read the request's own id.
    if (answered != id && !(answered == 0 && answer.error)) {
        return fail(ErrorCode::corrupt, "the terminal answered another request");
    }
    if (!answer.progress && !answer.result && !answer.error) {
        return fail(ErrorCode::corrupt, "an answer without progress, result or error");
    }
    return answer;
}

} // namespace

struct Client::Impl {
    UniqueFd fd;
    std::string received;
    std::int64_t last_id = 0;

    Expected<void> send_line(std::string line, int timeout_ms);
    Expected<std::string> receive_line(int timeout_ms);
};

Expected<void> Client::Impl::send_line(std::string line, int timeout_ms) {
    line += '\n';
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    std::size_t sent = 0;
    while (sent < line.size()) {
        const auto written = ::send(fd.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (written > 0) {
            sent += static_cast<std::size_t>(written);
        } else if (errno == EAGAIN || errno == EINTR) {
            if (auto ready = wait_for(fd.get(), POLLOUT, deadline); !ready) {
                return ready;
            }
        } else {
            return fail(ErrorCode::unavailable,
                        fmt::format("the terminal closed the connection ({})", std::strerror(errno)));
        }
    }
    return {};
}

Expected<std::string> Client::Impl::receive_line(int timeout_ms) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    while (true) {
        if (const auto end = received.find('\n'); end != std::string::npos) {
            auto line = received.substr(0, end);
            received.erase(0, end + 1);
            return line;
        }
        if (received.size() > kMaxLineBytes) {
            return fail(ErrorCode::too_large, "the terminal's answer is longer than allowed");
        }
        if (auto ready = wait_for(fd.get(), POLLIN, deadline); !ready) {
            return tl::unexpected(ready.error());
        }
        std::array<char, 16'384> piece; // NOLINT(*-member-init): filled by recv
        const auto count = ::recv(fd.get(), piece.data(), piece.size(), MSG_DONTWAIT);
        if (count > 0) {
            received.append(piece.data(), static_cast<std::size_t>(count));
        } else if (count == 0) {
            return fail(ErrorCode::unavailable, "the terminal closed the connection");
        } else if (errno != EAGAIN && errno != EINTR) {
            return fail(ErrorCode::unavailable, fmt::format("the terminal cannot be heard ({})", std::strerror(errno)));
        }
    }
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::Client(Client &&) noexcept = default;
Client &Client::operator=(Client &&) noexcept = default;
Client::~Client() = default;

Expected<Client> Client::connect(const std::filesystem::path &socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto text = socket.string();
    if (text.size() >= sizeof(address.sun_path)) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("control socket path is longer than {} bytes: {}", sizeof(address.sun_path) - 1, text));
    }
    std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) {
        return tl::unexpected(error_from_errno(errno, "make a socket"));
    }
    if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0) {
        if (errno == EACCES || errno == EPERM) {
            return fail(ErrorCode::denied, fmt::format("this user may not open {}", text));
        }
        return fail(ErrorCode::unavailable,
                    fmt::format("xueshi-terminald is not listening at {} ({})", text, std::strerror(errno)));
    }
    auto impl = std::make_unique<Impl>();
    impl->fd = std::move(fd);
    return Client(std::move(impl));
}

Expected<json::Object> Client::call(std::string_view verb, json::Object arguments, int timeout_ms,
                                    const std::function<void(const json::Object &)> &on_progress) {
    const auto id = ++impl_->last_id;
    auto line = write_request(Request{id, std::string(verb), std::move(arguments)});
    if (line.size() > kMaxLineBytes) {
        return fail(ErrorCode::too_large, fmt::format("a request is at most {} MiB", kMaxLineBytes >> 20));
    }
    if (auto sent = impl_->send_line(std::move(line), timeout_ms); !sent) {
        return tl::unexpected(sent.error());
    }
    while (true) {
        auto received = impl_->receive_line(timeout_ms);
        if (!received) {
            return tl::unexpected(received.error());
        }
        auto answer = read_answer(*received, id);
        if (!answer) {
            return tl::unexpected(answer.error());
        }
        if (answer->error) {
            return tl::unexpected(*answer->error);
        }
        if (answer->result) {
            return std::move(*answer->result);
        }
        if (on_progress) {
            on_progress(*answer->progress);
        }
    }
}

} // namespace xueshi::control_messages
