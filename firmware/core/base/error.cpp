#include "firmware/core/base/error.hpp"

#include <cerrno>
#include <system_error>

namespace xueshi {

std::string_view to_string(ErrorCode code) {
    switch (code) {
    case ErrorCode::invalid_argument:
        return "invalid_argument";
    case ErrorCode::not_found:
        return "not_found";
    case ErrorCode::already_exists:
        return "already_exists";
    case ErrorCode::conflict:
        return "conflict";
    case ErrorCode::corrupt:
        return "corrupt";
    case ErrorCode::denied:
        return "denied";
    case ErrorCode::too_large:
        return "too_large";
    case ErrorCode::no_space:
        return "no_space";
    case ErrorCode::io:
        return "io";
    case ErrorCode::unavailable:
        return "unavailable";
    case ErrorCode::timeout:
        return "timeout";
    case ErrorCode::unsupported:
        return "unsupported";
    case ErrorCode::cancelled:
        return "cancelled";
    }
    return "io";
}

Error Error::with_context(std::string_view what) const {
    return Error{code, std::string(what) + ": " + message};
}

Error error_from_errno(int error_number, std::string_view what) {
    ErrorCode code = ErrorCode::io;
    switch (error_number) {
    case ENOSPC:
    case EDQUOT:
        code = ErrorCode::no_space;
        break;
    case ENOENT:
        code = ErrorCode::not_found;
        break;
    case EACCES:
    case EPERM:
        code = ErrorCode::denied;
        break;
    case EEXIST:
        code = ErrorCode::already_exists;
        break;
    default:
        break;
    }
    return Error{code, std::string(what) + ": " + std::generic_category().message(error_number)};
}

} // namespace xueshi
