#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "daemon/transport/http_client.hpp"
#include "daemon/upstream/upstream.hpp"
#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::upstream {

/// Where the institution keeps the whole course itself (regulation art. 14): a folder, or a bucket that speaks S3.
/// Names are relative, of A-Z a-z 0-9 _ - . and /, and chosen by us.
class Archive {
public:
    virtual ~Archive() = default;

    /// A file to be put there.
    struct Film {
        std::string name;
        std::shared_ptr<const UniqueFd> file;
        std::int64_t bytes = 0;
        Sha256 sha256{};
    };
    template <typename T>
    using Result = boost::asio::awaitable<Answer<T>>;

    /// Whole and under its name, or not at all; replaces what has the name. It is for `digest` to say what is there.
    virtual Result<void> put(Film film, std::int64_t max_bytes_per_s) = 0;
    /// SHA-256 of what lies under the name, read back piece by piece. Status 404: nothing does.
    virtual Result<Sha256> digest(std::string name, std::int64_t bytes) = 0;
    /// A small text, replaced whole.
    virtual Result<void> put_text(std::string name, std::string text) = 0;
    /// While it is true, `put` and `digest` end as `stopped`. It outlives the archive; set from any thread.
    virtual void heed(const std::atomic<bool> &stop) = 0;
    /// For people: which folder or bucket.
    virtual std::string describe() const = 0;
};

/// Where and by whose right. Secrets are read when the archive is made.
struct ArchivePlace {
    std::string url;        ///< "file:///mnt/archive", "https://s3.example/bucket/prefix"; http on this device only
    std::string region;     ///< of S3
    std::string access_key; ///< of S3
    std::filesystem::path secret_file, ca_file;
};
/// Error: invalid_argument names the key of the configuration that is wrong.
Expected<std::unique_ptr<Archive>> make_archive(boost::asio::io_context &io, const ArchivePlace &place);

/// A folder that is there: a share of the institution is mounted by the system. One that is not (an unmounted share)
/// must not be made: it would fill the device.
std::unique_ptr<Archive> make_folder_archive(std::filesystem::path folder);
std::unique_ptr<Archive> make_s3_archive(std::unique_ptr<transport::HttpClient> client, std::string url,
                                         transport::S3Signing signing);

/// Whether a name keeps to what the interface says.
bool is_archive_name(std::string_view name);

} // namespace xueshi::upstream
