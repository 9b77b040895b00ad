#include "firmware/kiosk/pins.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/evp.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::kiosk {

namespace asio = boost::asio;

namespace {

// 16 MiB and some 60 ms on a desktop, a quarter of a second on a small board. A six-digit PIN is guessed by whoever has
// the file anyway: what holds is the lockout, and 0600.
constexpr std::uint64_t kCost = 1u << 14, kBlock = 8, kParallel = 1, kMostMemory = 64u << 20;
constexpr std::size_t kSaltBytes = 16, kHashBytes = 32;
constexpr std::size_t kLeastDigits = 6, kMostDigits = 12;
constexpr std::int64_t kFreeFailures = 3, kFirstWaitMs = 30'000, kLongestWaitMs = 3'600'000;
constexpr std::size_t kMostPinText = 64;
constexpr std::uint64_t kMostFileBytes = 4'096;
constexpr std::int64_t kMostFailures = 1'000'000;

void wipe(std::string &secret) {
    ::explicit_bzero(secret.data(), secret.size());
    secret.clear();
}

Expected<Bytes> scrypt(std::string pin, Bytes salt) {
    Bytes key(kHashBytes);
    const int done = EVP_PBE_scrypt(pin.data(), pin.size(), salt.data(), salt.size(), kCost, kBlock, kParallel,
                                    kMostMemory, key.data(), key.size());
    wipe(pin);
    if (done != 1) {
        return fail(ErrorCode::io, "scrypt: out of memory");
    }
    return key;
}

asio::awaitable<Expected<Bytes>> hash(std::string pin, Bytes salt) {
    co_return scrypt(std::move(pin), std::move(salt));
}

Bytes read_bytes(json::ObjectReader &reader, std::string_view key, std::size_t size) {
    auto bytes = parse_hex(reader.string(key, 2 * size));
    if (!bytes || bytes->size() != size) {
        reader.error(key, "must be " + std::to_string(2 * size) + " hex digits");
        return {};
    }
    return std::move(*bytes);
}

// Made by a function: g++ 12 destroys aggregates that are made inside a coroutine's statement twice.
std::optional<PinRefusal> refuse(Error error, std::int64_t wait_ms = -1) {
    return PinRefusal{std::move(error), wait_ms};
}

/// Each digit the one before plus `step`.
bool is_run(std::string_view digits, int step) {
    return std::ranges::adjacent_find(digits, [step](char a, char b) { return b - a != step; }) == digits.end();
}

} // namespace

Expected<RoleAndPin> read_role_and_pin(const json::Object &arguments) {
    const json::Value value(arguments);
    json::ObjectReader reader(value, "arguments");
    const auto role = parse_role(reader.string("role", kMostPinText));
    RoleAndPin read;
    read.pin = reader.string("pin", kMostPinText);
    if (!role || *role == Role::trainee) {
        reader.error("role", "is teacher or admin");
    }
    if (auto finished = reader.finish(); !finished) {
        return tl::unexpected(finished.error());
    }
    read.role = *role;
    return read;
}

Expected<void> check_pin(std::string_view pin) {
    const bool digits = std::ranges::all_of(pin, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || pin.size() < kLeastDigits || pin.size() > kMostDigits) {
        return fail(ErrorCode::invalid_argument, "a PIN is 6 to 12 digits");
    }
    if (is_run(pin, 0) || is_run(pin, 1) || is_run(pin, -1)) {
        return fail(ErrorCode::invalid_argument, "a PIN of one digit, or of digits in a row, is guessed at once");
    }
    return {};
}

std::int64_t lockout_ms(std::int64_t failures) {
    if (failures < kFreeFailures) {
        return 0;
    }
    constexpr std::int64_t kMostDoublings = 7; // beyond the longest wait
    const auto doublings = std::min(failures - kFreeFailures, kMostDoublings);
    return std::min(kLongestWaitMs, kFirstWaitMs << doublings);
}

Pins::Pins(std::filesystem::path file, const Clock &clock) : file_(std::move(file)), clock_(clock) {
    read();
}

Pins::~Pins() {
    hashing_.join();
}

void Pins::read() {
    const auto text = read_file(file_, kMostFileBytes);
    if (!text && text.error().code == ErrorCode::not_found) {
        return;
    }
    const auto value = text ? json::parse(*text) : tl::unexpected<Error>(text.error());
    if (!value) {
        log::error("kiosk_pins_unreadable", {log::Field(value.error()), {"do", "xueshictl kiosk-pin"}});
        return;
    }
    json::ObjectReader roles(*value, "kiosk_pins.json");
    std::map<Role, Entry> entries;
    for (const auto role : {Role::teacher, Role::admin}) {
        const auto *found = roles.optional(to_string(role));
        if (found == nullptr) {
            continue;
        }
        json::ObjectReader reader(*found, roles.path(to_string(role)));
        Entry entry;
        entry.salt = read_bytes(reader, "salt", kSaltBytes);
        entry.hash = read_bytes(reader, "scrypt", kHashBytes);
        entry.failures = reader.integer("failures", 0, kMostFailures);
        entry.boot_id = reader.string("boot_id", 64);
        entry.boot_ms = reader.integer("boot_ms", 0, std::int64_t{1} << 53);
        if (const auto done = reader.finish(); !done) {
            roles.error(to_string(role), done.error().message);
        }
        entries.emplace(role, std::move(entry));
    }
    if (const auto done = roles.finish(); !done) {
        log::error("kiosk_pins_unreadable", {log::Field(done.error()), {"do", "xueshictl kiosk-pin"}});
        return;
    }
    entries_ = std::move(entries);
    const auto now = clock_.now();
    for (auto &[role, entry] : entries_) {
        if (entry.failures > 0 && entry.boot_id != now.boot_id) { // how long ago it was nobody can say
            entry.boot_id = now.boot_id;
            entry.boot_ms = now.boot_ms;
        }
    }
}

Expected<void> Pins::write() const {
    json::Object out;
    for (const auto &[role, entry] : entries_) {
        out[to_string(role)] = json::Object{{"salt", hex(entry.salt)},
                                            {"scrypt", hex(entry.hash)},
                                            {"failures", entry.failures},
                                            {"boot_id", entry.boot_id},
                                            {"boot_ms", entry.boot_ms}};
    }
    return write_file_durably(file_, json::serialize(out), 0600);
}

asio::awaitable<Expected<void>> Pins::set(Role role, std::string pin) {
    return keep(role, std::move(pin), false);
}

asio::awaitable<Expected<void>> Pins::set_first(Role role, std::string pin) {
    return keep(role, std::move(pin), true);
}

asio::awaitable<Expected<void>> Pins::keep(Role role, std::string pin, bool only_first) {
    if (role == Role::trainee) {
        co_return fail(ErrorCode::invalid_argument, "trainees have no PIN: teacher or admin");
    }
    if (auto good = check_pin(pin); !good) {
        co_return tl::unexpected(good.error());
    }
    Entry entry;
    entry.salt = random_bytes(kSaltBytes);
    auto made = co_await asio::co_spawn(hashing_, hash(std::move(pin), entry.salt), asio::use_awaitable);
    if (!made) {
        co_return tl::unexpected(made.error());
    }
    if (only_first && is_set(role)) {
        co_return fail(ErrorCode::conflict, "a PIN is set: root changes it by xueshictl kiosk-pin");
    }
    entry.hash = std::move(*made);
    const auto before = entries_;
    entries_[role] = std::move(entry);
    auto written = write();
    if (!written) {
        entries_ = before;
    }
    co_return written;
}

std::int64_t Pins::wait_ms(Role role) const {
    const auto found = entries_.find(role);
    if (found == entries_.end()) {
        return 0;
    }
    const auto &entry = found->second;
    return std::max<std::int64_t>(0, entry.boot_ms + lockout_ms(entry.failures) - clock_.now().boot_ms);
}

asio::awaitable<std::optional<PinRefusal>> Pins::check(Role role, std::string pin) {
    constexpr std::int64_t kSoonMs = 1'000;
    if (!is_set(role)) {
        Error none{ErrorCode::not_found, "no PIN is set for this role: root sets one by xueshictl kiosk-pin"};
        co_return refuse(std::move(none));
    }
    if (const auto wait = busy_ ? kSoonMs : wait_ms(role); wait > 0) {
        Error locked{ErrorCode::unavailable, "too many wrong PINs: wait"};
        co_return refuse(std::move(locked), wait);
    }
    const auto now = clock_.now();
    auto &counted = entries_[role];
    counted.failures = std::min(counted.failures + 1, kMostFailures);
    counted.boot_id = now.boot_id;
    counted.boot_ms = now.boot_ms;
    if (const auto written = write(); !written) {
        co_return refuse(written.error().with_context("count the try"));
    }
    busy_ = true;
    const auto tried = co_await asio::co_spawn(hashing_, hash(std::move(pin), counted.salt), asio::use_awaitable);
    busy_ = false;
    const auto found = entries_.find(role); // a new PIN may have come meanwhile: then this one is wrong
    if (!tried || !equal_secret(as_text(*tried), as_text(found->second.hash))) {
        Error wrong = tried ? Error{ErrorCode::denied, "the PIN is wrong"} : tried.error();
        co_return refuse(std::move(wrong), wait_ms(role));
    }
    found->second.failures = 0;
    if (const auto written = write(); !written) {
        log::warning("kiosk_pins_not_written", {log::Field(written.error())}); // then the next start counts one more
    }
    co_return std::nullopt;
}

} // namespace xueshi::kiosk
