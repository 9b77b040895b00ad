#include "firmware/core/base/log.hpp"

#include <cstdlib>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace xueshi::log {

namespace {

/// Values with blanks or quotes are quoted; control characters cannot start a new line (F32: log injection).
std::string in_quotes(std::string_view value) {
    const bool plain = !value.empty() && value.find_first_of(" \"=\\") == std::string_view::npos;
    std::string text = plain ? "" : "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            text += '\\';
            text += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            text += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            text += c;
        }
    }
    return plain ? text : text + "\"";
}

/// Under systemd a line begins with its syslog level, "<6>" (sd-daemon(3)); its journal adds the time itself.
bool under_systemd() {
    return std::getenv("JOURNAL_STREAM") != nullptr;
}

std::string_view syslog_level(spdlog::level::level_enum level) {
    switch (level) {
    case spdlog::level::err:
        return "<3>";
    case spdlog::level::warn:
        return "<4>";
    case spdlog::level::info:
        return "<6>";
    default:
        return "<7>";
    }
}

void write(spdlog::level::level_enum level, std::string_view event, Fields fields) {
    spdlog::logger &logger = *spdlog::default_logger_raw();
    if (!logger.should_log(level)) {
        return;
    }
    static const bool prefix_level = under_systemd();
    std::string line(prefix_level ? syslog_level(level) : "");
    line += event;
    for (const Field &field : fields) {
        line += fmt::format(" {}={}", field.key, in_quotes(field.value));
    }
    logger.log(level, spdlog::string_view_t(line.data(), line.size()));
}

} // namespace

void start(std::string_view program, std::string_view level) {
    auto logger = spdlog::stderr_logger_mt(std::string(program));
    logger->set_pattern(under_systemd() ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %n %l %v");
    logger->set_level(spdlog::level::from_str(std::string(level)));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(logger);
}

void debug(std::string_view event, Fields fields) {
    write(spdlog::level::debug, event, fields);
}
void info(std::string_view event, Fields fields) {
    write(spdlog::level::info, event, fields);
}
void warning(std::string_view event, Fields fields) {
    write(spdlog::level::warn, event, fields);
}
void error(std::string_view event, Fields fields) {
    write(spdlog::level::err, event, fields);
}

} // namespace xueshi::log
