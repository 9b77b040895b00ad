#pragma once

#include <array>
#include <cstdint>
#include <string_view>

/// The program's own malloc, open, write and so on, in the place of libc's, for it and for every library that it has
/// loaded (SQLite, OpenSSL, the C++ library): each passes on to libc's until its turn to fail has come. Only for
/// programs of one thread.
namespace xueshi::test::faults {

enum class Call { malloc, open, read, write, fsync, ftruncate, rename, unlink, mmap };
inline constexpr std::array kCalls{Call::malloc,    Call::open,   Call::read,   Call::write, Call::fsync,
                                   Call::ftruncate, Call::rename, Call::unlink, Call::mmap};
std::string_view to_string(Call call);

struct Fault {
    Call call = Call::malloc;
    std::uint64_t number = 0; ///< the first one that fails, from 1; 0: none does
    bool persistent = false;  ///< all after it fail too
    int error = 0;            ///< 0: a write is cut short, as on a disk that is nearly full
};

/// From now on calls are counted, and fail as `fault` says.
void arm(const Fault &fault);
void disarm();
/// Calls of the kind since `arm`.
std::uint64_t count(Call call);

} // namespace xueshi::test::faults
