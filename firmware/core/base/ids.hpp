#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "firmware/core/base/error.hpp"

namespace xueshi {

/// A string that cannot be mistaken for another kind of id. Empty means "none".
template <typename Tag>
class StrongId {
public:
    StrongId() = default;
    explicit StrongId(std::string value) : value_(std::move(value)) {}
    const std::string &str() const { return value_; }
    bool empty() const { return value_.empty(); }
    auto operator<=>(const StrongId &) const = default;

private:
    std::string value_;
};

using InstitutionId = StrongId<struct InstitutionTag>;
using ClassId = StrongId<struct ClassTag>;
using LessonId = StrongId<struct LessonTag>;
using PersonId = StrongId<struct PersonTag>; ///< random, means nothing outside: never a name or an ID number
using DeviceId = StrongId<struct DeviceTag>;
using ChainId = StrongId<struct ChainTag>; ///< UUID text; a new one after salvage or rollback
using MediaId = StrongId<struct MediaTag>; ///< UUID text of a clip or lesson video
using RoomId = StrongId<struct RoomTag>;

/// A UUID, RFC 9562.
class Uuid {
public:
    using Bytes = std::array<std::uint8_t, 16>;

    Uuid() = default;
    explicit Uuid(const Bytes &bytes) : bytes_(bytes) {}

    /// Version 7: the first 48 bits are `unix_ms`, the rest from the kernel's random source.
    static Uuid v7(std::int64_t unix_ms);
    static Uuid v4();
    /// The 36-character lower- or upper-case form; anything else is invalid_argument.
    static Expected<Uuid> parse(std::string_view text);

    std::string str() const;
    const Bytes &bytes() const { return bytes_; }
    bool is_nil() const { return bytes_ == Bytes{}; }
    /// Of a version 7: its milliseconds since 1970.
    std::int64_t unix_ms() const;
    auto operator<=>(const Uuid &) const = default;

private:
    Bytes bytes_{};
};

} // namespace xueshi

template <typename Tag>
struct std::hash<xueshi::StrongId<Tag>> {
    std::size_t operator()(const xueshi::StrongId<Tag> &id) const { return std::hash<std::string>{}(id.str()); }
};
