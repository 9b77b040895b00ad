#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/kiosk/role.hpp"

/// The messages of README.md, as text and bytes.
namespace xueshi::kiosk {

/// The page has shown the picture of this number.
struct Acknowledgement {
    std::int64_t number = 0;
};
/// Somebody touched the page or typed.
struct Used {};
struct Order {
    std::int64_t id = 0;
    std::string verb;
    json::Object arguments;
};

using FromPage = std::variant<Acknowledgement, Used, Order>;
/// Strict: unknown fields are refused; at most kMostNested deep.
Expected<FromPage> read_message(std::string_view text);
inline constexpr std::size_t kMostNested = 8;
inline constexpr std::size_t kTraineeBytes = 16u << 10;  ///< of one message of somebody who is not logged in
inline constexpr std::size_t kLoggedInBytes = 15u << 20; ///< room for a photograph

std::string progress_text(std::int64_t id, const json::Object &progress);
std::string result_text(std::int64_t id, const json::Object &result);
/// `wait_ms` >= 0: how long not to try again.
std::string error_text(std::int64_t id, const Error &error, std::int64_t wait_ms = -1);
std::string session_text(Role role, std::string_view reason);

/// A preview picture, on its way from the camera.
struct Picture {
    Bytes jpeg;
    std::int64_t captured_boot_ms = 0;
    int width = 0, height = 0;
};
inline constexpr std::size_t kPictureHead = 16;
/// The head, big endian, and the JPEG.
std::string picture_bytes(const Picture &picture, std::uint32_t number, std::int64_t now_boot_ms);

} // namespace xueshi::kiosk
