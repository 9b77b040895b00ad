#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "firmware/core/base/error.hpp"

namespace xueshi::log {

/// One key=value of a line. Never a name, an ID number, a template or a secret.
struct Field {
    std::string_view key;
    std::string value;

    Field(std::string_view k, std::string_view v) : key(k), value(v) {}
    Field(std::string_view k, const std::string &v) : key(k), value(v) {}
    Field(std::string_view k, const char *v) : key(k), value(v) {}
    Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
    template <std::integral T>
    Field(std::string_view k, T v) : key(k), value(std::to_string(v)) {}
    Field(std::string_view k, double v) : key(k), value(std::to_string(v)) {}
    template <typename Tag>
        requires requires(const Tag &t) { t.str(); }
    Field(std::string_view k, const Tag &v) : key(k), value(v.str()) {}
    explicit Field(const Error &error) : key("error"), value(error.message) {}
};
using Fields = std::initializer_list<Field>;

/// `level` is debug, info, warning or error. To standard error; under systemd with the journal's priority prefix.
void start(std::string_view program, std::string_view level);

/// One line an event: "event key=value ...". Line breaks and quotes in values are escaped. Thread-safe.
void debug(std::string_view event, Fields fields = {});
void info(std::string_view event, Fields fields = {});
void warning(std::string_view event, Fields fields = {});
void error(std::string_view event, Fields fields = {});

} // namespace xueshi::log
