#include "tests/bench/face/output.hpp"

#include <system_error>

#include "firmware/core/base/file.hpp"

namespace xueshi::bench {

Expected<void> check_output(const std::string &option, const std::filesystem::path &path) {
    if (path.empty()) {
        return {};
    }
    const auto context = option + " " + path.string() + " cannot be written";
    if (std::error_code ignored; std::filesystem::is_directory(path, ignored) || !path.has_filename()) {
        return fail(ErrorCode::invalid_argument, context + ": it is a folder");
    }
    if (const auto probe = DurableFile::create(path); !probe) {
        return fail(probe, context);
    }
    return {};
}

} // namespace xueshi::bench
