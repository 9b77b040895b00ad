#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace xueshi {

/// What a caller may decide on; the message is for people.
enum class ErrorCode {
    invalid_argument, ///< the caller's value is outside what is allowed; trying again does not help
    not_found,
    already_exists,
    conflict,    ///< same identity, other content
    corrupt,     ///< stored or received bytes contradict their own checks
    denied,      ///< not authorised, or a signature does not hold
    too_large,   ///< over a written limit
    no_space,    ///< ENOSPC, EDQUOT or an own reserve is used up
    io,          ///< the operating system or a device failed
    unavailable, ///< not there now; trying again may help
    timeout,
    unsupported,
    cancelled,
};

/// The code's name as written above, for logs and JSON.
std::string_view to_string(ErrorCode code);

struct Error {
    ErrorCode code = ErrorCode::io;
    std::string message;

    /// "<what>: <message>"; the code stays.
    Error with_context(std::string_view what) const;
};

template <typename T>
using Expected = tl::expected<T, Error>;

/// `return fail(ErrorCode::not_found, "no such lesson: " + id);`
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

/// Hands the error of `result` on, saying what was being done.
template <typename T>
tl::unexpected<Error> fail(const Expected<T> &result, std::string_view what) {
    return tl::unexpected<Error>(result.error().with_context(what));
}

/// ENOSPC and EDQUOT become no_space, ENOENT not_found, EACCES and EPERM denied, the rest io.
Error error_from_errno(int error_number, std::string_view what);

} // namespace xueshi
