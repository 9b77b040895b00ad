#pragma once

#include <filesystem>
#include <string>

namespace xueshi::registry::media {

/// Where whole clips lie: each under the name its upload had, which the registry chose.
class Objects {
public:
    explicit Objects(std::filesystem::path directory) : directory_(std::move(directory)) {}
    const std::filesystem::path &directory() const { return directory_; }
    /// Two levels, so that no folder grows without end.
    std::filesystem::path path_of(const std::string &name) const { return directory_ / name.substr(0, 2) / name; }

private:
    std::filesystem::path directory_;
};

} // namespace xueshi::registry::media
