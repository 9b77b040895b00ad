#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <string_view>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace xueshi::test {

/// What the program logs while this lives. Read it when nobody logs.
class CapturedLog {
public:
    CapturedLog() {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
        spdlog::set_default_logger(std::make_shared<spdlog::logger>("captured", std::move(sink)));
        spdlog::default_logger_raw()->set_pattern("%l %v");
    }
    CapturedLog(const CapturedLog &) = delete;
    CapturedLog &operator=(const CapturedLog &) = delete;
    ~CapturedLog() { spdlog::set_default_logger(before_); }

    /// How many of its lines have this in them.
    int count(std::string_view part) const {
        std::istringstream lines(text_.str());
        int found = 0;
        for (std::string line; std::getline(lines, line);) {
            found += line.find(part) != std::string::npos ? 1 : 0;
        }
        return found;
    }

private:
    std::ostringstream text_;
    std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

} // namespace xueshi::test
