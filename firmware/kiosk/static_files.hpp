#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "firmware/core/http/server.hpp"

namespace xueshi::kiosk {

/// The page's files: those that lay in the directory when they were listed, regular ones of a known type, links not
/// followed. What is asked for is looked up in that list, so no request leads out of it (F31). Thread-bound.
class StaticFiles {
public:
    static constexpr std::size_t kMostFiles = 512;
    static constexpr int kDeepest = 3;

    /// A directory that cannot be read gives an empty list, and the log says so.
    static StaticFiles list(const std::filesystem::path &directory);

    bool empty() const { return files_.empty(); }
    /// Where the file of this request path lies; null: there is none.
    const std::filesystem::path *find(std::string_view path) const;
    /// 404 when it is not in the list, 503 for the page itself when nothing is.
    http::Response answer(std::string_view path) const;

private:
    struct File {
        std::filesystem::path place;
        std::string_view type;
    };
    std::map<std::string, File, std::less<>> files_; ///< by request path
};

} // namespace xueshi::kiosk
