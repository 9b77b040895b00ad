#pragma once

#include <cstdio>
#include <filesystem>
#include <string>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::test {

/// Runs `openssl ARGUMENTS` (the command-line program: a second, independent reader) and gives what it prints.
inline std::string openssl(const std::string &arguments) {
    std::string output;
    FILE *pipe = ::popen(("openssl " + arguments + " 2>&1").c_str(), "r"); // NOLINT: fixed words and own paths only
    if (pipe == nullptr) {
        return "cannot start openssl";
    }
    char buffer[512];
    while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) {
        output += buffer;
    }
    ::pclose(pipe);
    return output;
}

inline void put_file(const std::filesystem::path &path, ByteView content, unsigned mode = 0600) {
    if (!write_file_durably(path, as_text(content), mode)) {
        throw std::runtime_error("cannot write " + path.string());
    }
}

} // namespace xueshi::test
