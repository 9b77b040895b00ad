#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "firmware/core/base/error.hpp"

namespace xueshi {

/// The options of a program: declared once, read from a TOML file (`--config FILE`) and from flags, which win.
/// The key "camera.kind" is `[camera] kind = ...` in the file and `--camera.kind` on the command line.
class Config {
public:
    Config(std::string program, std::string description, std::string examples);
    ~Config();

    /// The variable's present value is the default that --help shows.
    void text(const std::string &key, std::string &target, const std::string &help);
    void path(const std::string &key, std::filesystem::path &target, const std::string &help);
    void integer(const std::string &key, std::int64_t &target, std::int64_t min, std::int64_t max,
                 const std::string &help);
    void number(const std::string &key, double &target, double min, double max, const std::string &help);
    void boolean(const std::string &key, bool &target, const std::string &help);
    void choice(const std::string &key, std::string &target, const std::vector<std::string> &allowed,
                const std::string &help);
    void list(const std::string &key, std::vector<std::string> &target, const std::string &help);

    enum class Outcome { run, exit };
    /// `exit` after --help or --version, which it printed. An error names file, line, key and what is allowed.
    Expected<Outcome> parse(int argc, const char *const *argv);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace xueshi
