#pragma once

#include <array>
#include <filesystem>
#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace xueshi::terminald {

/// Calls back when a file is renamed into a directory (inotify IN_MOVED_TO): how syncd replaces its files.
class DirectoryWatch {
public:
    using Callback = std::function<void(const std::string &name)>;
    DirectoryWatch(boost::asio::io_context &context, std::filesystem::path directory, Callback callback);

    /// Begins, once the directory is there; until then call again. True: watching.
    bool try_start();
    void stop();

private:
    void read();
    void tell(std::size_t bytes);

    std::filesystem::path directory_;
    Callback callback_;
    boost::asio::posix::stream_descriptor descriptor_;
    alignas(8) std::array<char, 4'096> buffer_{};
};

} // namespace xueshi::terminald
