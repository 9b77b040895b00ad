#pragma once

#include <fcntl.h>

#include <exception>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include "daemon/upstream/archive/archive.hpp"
#include "firmware/core/base/file.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::test {

/// A film on the device's disk.
inline upstream::Archive::Film film_file(const std::filesystem::path &path, const std::string &bytes,
                                         const std::string &name) {
    REQUIRE(write_file_durably(path, bytes));
    upstream::Archive::Film film;
    film.name = name;
    film.file = std::make_shared<const UniqueFd>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    film.bytes = std::ssize(bytes);
    film.sha256 = sha256(as_bytes(bytes));
    return film;
}

/// Runs one request to its end.
template <typename T>
upstream::Answer<T> finish(boost::asio::io_context &io, boost::asio::awaitable<upstream::Answer<T>> work) {
    std::optional<upstream::Answer<T>> out;
    boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr failed, upstream::Answer<T> answer) {
        if (failed) {
            std::rethrow_exception(failed);
        }
        out = std::move(answer);
    });
    io.restart();
    io.run();
    return std::move(*out);
}

} // namespace xueshi::test
