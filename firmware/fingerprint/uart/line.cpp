#include "firmware/fingerprint/uart/line.hpp"

#include <array>

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/serial_port.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <termios.h>

namespace xueshi::fingerprint::uart {
namespace {

namespace asio = boost::asio;
using asio::serial_port_base;
using boost::system::error_code;

class SerialLine final : public Line {
public:
    SerialLine(std::string device, unsigned baud) : port_(context_), device_(std::move(device)), baud_(baud) {}

    Expected<void> open() {
        error_code error;
        port_.open(device_, error);
        if (!error) {
            error = configure();
        }
        if (error) {
            return fail(ErrorCode::unavailable, fmt::format("serial line {}: {}", device_, error.message()));
        }
        return {};
    }

    Expected<void> send(const Packet &packet, std::chrono::milliseconds patience) override {
        const Bytes bytes = write_packet(packet);
        std::optional<error_code> outcome;
        asio::async_write(port_, asio::buffer(bytes), [&](const error_code &error, std::size_t) { outcome = error; });
        return wait(outcome, std::chrono::steady_clock::now() + patience);
    }

    Expected<Packet> receive(std::chrono::milliseconds patience) override {
        const auto until = std::chrono::steady_clock::now() + patience;
        while (true) {
            if (auto packet = parser_.next()) {
                return std::move(*packet);
            }
            std::optional<error_code> outcome;
            std::size_t got = 0;
            port_.async_read_some(asio::buffer(buffer_), [&](const error_code &error, std::size_t count) {
                outcome = error;
                got = count;
            });
            if (auto done = wait(outcome, until); !done) {
                return tl::unexpected(done.error());
            }
            parser_.feed(ByteView(buffer_).first(got));
        }
    }

    void drain() override {
        ::tcflush(port_.native_handle(), TCIFLUSH);
        parser_.clear();
    }

    std::size_t skipped() const override { return parser_.skipped(); }

private:
    error_code configure() {
        error_code error, first;
        const auto note = [&] { first = first ? first : error; };
        port_.set_option(serial_port_base::baud_rate(baud_), error), note();
        port_.set_option(serial_port_base::character_size(8), error), note();
        port_.set_option(serial_port_base::parity(serial_port_base::parity::none), error), note();
        port_.set_option(serial_port_base::stop_bits(serial_port_base::stop_bits::one), error), note();
        port_.set_option(serial_port_base::flow_control(serial_port_base::flow_control::none), error), note();
        return first;
    }

    /// Runs the operation that sets `outcome`; it has ended when this returns.
    Expected<void> wait(std::optional<error_code> &outcome, std::chrono::steady_clock::time_point until) {
        context_.restart();
        context_.run_until(until);
        if (!outcome) {
            error_code ignored;
            port_.cancel(ignored);
            context_.restart();
            context_.run();
        }
        if (!*outcome) {
            return {};
        }
        if (*outcome == asio::error::operation_aborted) {
            return fail(ErrorCode::timeout, "the fingerprint module does not answer");
        }
        return fail(ErrorCode::unavailable, fmt::format("serial line {}: {}", device_, outcome->message()));
    }

    asio::io_context context_;
    asio::serial_port port_;
    std::string device_;
    unsigned baud_;
    std::array<std::uint8_t, 512> buffer_{};
    PacketParser parser_;
};

} // namespace

Expected<std::unique_ptr<Line>> Line::open(const std::string &device, unsigned baud) {
    auto line = std::make_unique<SerialLine>(device, baud);
    if (auto opened = line->open(); !opened) {
        return tl::unexpected(opened.error());
    }
    return line;
}

} // namespace xueshi::fingerprint::uart
