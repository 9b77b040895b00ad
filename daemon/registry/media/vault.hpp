#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "daemon/registry/media/objects.hpp"
#include "daemon/registry/media/part_file.hpp"

namespace xueshi::registry::media {

/// The files of uploads and clips. All work runs on the vault's own thread, in the order it was asked for; the caller
/// goes on on its own executor. Errors: not_found and corrupt mean that the upload is lost.
class Vault {
public:
    /// `directory` gets parts/ and objects/.
    static Expected<std::unique_ptr<Vault>> open(const std::filesystem::path &directory);
    Vault(const Vault &) = delete;
    Vault &operator=(const Vault &) = delete;
    ~Vault();

    template <typename T>
    using Result = boost::asio::awaitable<Expected<T>>;

    Result<std::int64_t> create(std::string name, std::int64_t length); ///< 0
    Result<std::int64_t> offset(std::string name, std::int64_t length);
    /// At the offset or behind what is written; with `commit` durable and the new offset. `bytes` must live until it
    /// is done. Error conflict: something else was written or forgotten meanwhile.
    Result<std::int64_t> write(std::string name, std::int64_t length, std::int64_t at, ByteView bytes, bool commit);
    /// What is written up to `end` becomes durable and the new offset. Error conflict: that is not what is written.
    Result<std::int64_t> commit(std::string name, std::int64_t length, std::int64_t end);
    Result<std::int64_t> roll_back(std::string name, std::int64_t length);
    Result<Sha256> digest(std::string name, std::int64_t length);
    /// Makes a complete upload an object. Durable on return; done twice it is done once.
    Result<std::int64_t> finish(std::string name, std::int64_t length);
    /// Removes part and object of this name, as far as they are there.
    Result<std::int64_t> drop(std::string name);
    /// Before anybody else asks: removes the parts that nobody knows.
    Expected<void> keep_only(const std::set<std::string> &names);

    const Objects &objects() const { return objects_; }
    /// Of the file system, for whom is no root.
    Expected<std::uint64_t> free_bytes() const;

private:
    explicit Vault(const std::filesystem::path &directory)
        : parts_(directory / "parts"), objects_(directory / "objects") {}
    Expected<PartFile *> part(const std::string &name, std::int64_t length);
    PartFile *keep_open(const std::string &name, PartFile part);
    template <typename T>
    Result<T> run(std::function<Expected<T>()> job);
    template <typename T>
    Result<T> with_part(std::string name, std::int64_t length, std::function<Expected<T>(PartFile &)> work);

    std::filesystem::path parts_;
    Objects objects_;
    std::map<std::string, PartFile> open_; ///< of the vault's thread
    boost::asio::thread_pool thread_{1};
};

} // namespace xueshi::registry::media
