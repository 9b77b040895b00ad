#include "firmware/kiosk/static_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "firmware/core/base/log.hpp"

namespace xueshi::kiosk {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kTypes{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".wav", "audio/wav"},
    {".mp3", "audio/mpeg"},
    {".ogg", "audio/ogg"},
    {".opus", "audio/ogg"},
}};

std::string_view type_of(const fs::path &path) {
    const auto extension = path.extension().string();
    const auto *found = std::ranges::find(kTypes, std::string_view(extension), &decltype(kTypes)::value_type::first);
    return found == kTypes.end() ? std::string_view() : found->second;
}

} // namespace

StaticFiles StaticFiles::list(const fs::path &directory) {
    StaticFiles out;
    std::error_code error;
    for (auto at = fs::recursive_directory_iterator(directory, error);
         !error && at != fs::recursive_directory_iterator() && out.files_.size() < kMostFiles; at.increment(error)) {
        std::error_code unknown;
        if (at.depth() >= kDeepest) {
            at.disable_recursion_pending();
        }
        const auto type = type_of(at->path());
        if (!type.empty() && at->symlink_status(unknown).type() == fs::file_type::regular) {
            out.files_.emplace("/" + at->path().lexically_relative(directory).generic_string(), File{at->path(), type});
        }
    }
    if (out.files_.empty()) {
        log::warning("kiosk_page_missing", {{"directory", directory.string()}, {"error", error.message()}});
    }
    if (const auto index = out.files_.find("/index.html"); index != out.files_.end()) {
        out.files_.emplace("/", index->second);
    }
    return out;
}

const fs::path *StaticFiles::find(std::string_view path) const {
    const auto found = files_.find(path);
    return found == files_.end() ? nullptr : &found->second.place;
}

http::Response StaticFiles::answer(std::string_view path) const {
    const auto found = files_.find(path);
    if (found == files_.end()) {
        return path == "/" ? http::problem(503, "The page is not installed",
                                           "kiosk.web_directory has no index.html: install the package, or build "
                                           "kiosk_page")
                           : http::problem(404, "Not found", "the page has no such file");
    }
    UniqueFd fd(::open(found->second.place.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat status{};
    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        log::warning("kiosk_file_gone", {{"path", path}});
        return http::problem(404, "Not found", "the file is gone");
    }
    http::Response response;
    response.content_type = found->second.type;
    auto slice = std::make_shared<http::FileSlice>();
    slice->fd = std::move(fd);
    slice->length = static_cast<std::uint64_t>(status.st_size);
    response.file = std::move(slice);
    return response;
}

} // namespace xueshi::kiosk
