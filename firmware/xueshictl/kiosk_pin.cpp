#include "firmware/xueshictl/kiosk_pin.hpp"

#include <termios.h>
#include <unistd.h>

#include <iostream>

#include <fmt/format.h>

#include "firmware/xueshictl/connection.hpp"

namespace xueshi::xueshictl {

namespace {

constexpr int kTimeoutMs = 30'000; // scrypt on a slow board

/// Nobody reads the PIN off the screen.
class SilentTerminal {
public:
    SilentTerminal() : silent_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
        if (silent_) {
            auto quiet = before_;
            quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
        }
    }
    SilentTerminal(const SilentTerminal &) = delete;
    SilentTerminal &operator=(const SilentTerminal &) = delete;
    ~SilentTerminal() {
        if (silent_) {
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        }
    }

private:
    termios before_{};
    bool silent_;
};

} // namespace

Expected<std::string> read_pin_twice(std::istream &input) {
    std::string first, second;
    if (!std::getline(input, first) || first.empty()) {
        return fail(ErrorCode::invalid_argument, "no PIN was given");
    }
    if (!std::getline(input, second) || first != second) {
        return fail(ErrorCode::invalid_argument, "the two are not the same; nothing was changed");
    }
    return first;
}

Expected<void> set_kiosk_pin(const Places &places, const std::string &role) {
    fmt::print(stderr, "新密码，两次 new PIN for {}, twice (6-12 digits):\n", role);
    Expected<std::string> pin;
    {
        const SilentTerminal silent;
        pin = read_pin_twice(std::cin);
    }
    if (!pin) {
        return tl::unexpected(pin.error());
    }
    const auto set = call(places, "kiosk_pin", json::Object{{"role", role}, {"pin", *pin}}, kTimeoutMs);
    if (!set) {
        return fail(set, "kiosk-pin");
    }
    fmt::print("{}: 密码已设置 the PIN is set\n", role);
    return {};
}

} // namespace xueshi::xueshictl
