#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/registry/media/checksum.hpp"
#include "daemon/registry/media/turns.hpp"
#include "daemon/registry/media/vault.hpp"
#include "daemon/registry/store/devices.hpp"
#include "daemon/registry/store/media.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/http/server.hpp"

namespace xueshi::registry::media {

struct Options {
    std::filesystem::path directory; ///< gets parts/ and objects/
    std::int64_t max_bytes = wire::kMaxMediaBytes;
    std::int64_t uploads_per_device = 8;         ///< open at a time
    std::int64_t unfinished_ms = 24 * 3'600'000; ///< without progress
};

struct Patch; // tus.hpp

/// /v1/media of the device listener: a tus 1.0.0 server (daemon/wire/tus.md). An offset is told only when the bytes up
/// to it and the offset itself are durable. Of one upload the newest request goes on, an older one that still hangs is
/// told 409; one that cannot go on stops none. Bound to the server's thread.
class Media {
public:
    /// Removes the parts that no upload knows. `store` and `clock` outlive it.
    static Expected<std::unique_ptr<Media>> open(store::Store &store, const Clock &clock, Options options);

    static bool is_media(const http::Request &request);
    /// Its body is read piece by piece.
    static bool is_streamed(const http::Request &request);

    std::optional<http::Response> gate(const http::Request &request) const;
    boost::asio::awaitable<http::Response> handle(store::Device device, http::Request request);

    /// Ends uploads whose time is over, forgets old ones, and holds clips against events that came later.
    boost::asio::awaitable<void> sweep();

    const Objects &objects() const { return vault_->objects(); }
    /// Uploads that a request writes to just now.
    std::size_t under_way() const { return turns_.under_way(); }

private:
    using Answer = boost::asio::awaitable<http::Response>;
    template <typename T>
    using Result = boost::asio::awaitable<Expected<T>>;

    Media(store::Store &store, const Clock &clock, Options options, std::unique_ptr<Vault> vault)
        : store_(store), clock_(clock), options_(std::move(options)), vault_(std::move(vault)) {}

    Answer create(store::Device device, http::Request request);
    Answer head(store::Upload upload);
    Answer patch(store::Upload upload, http::Request request);
    Answer terminate(store::Upload upload);
    boost::asio::awaitable<std::optional<http::Response>> hindrance(const store::Upload &upload, const Patch &patch,
                                                                    const http::Request &request);
    /// The new offset; else why not.
    boost::asio::awaitable<tl::expected<std::int64_t, http::Response>>
    receive(const store::Upload &upload, const http::Request &request, std::int64_t offset,
            const std::optional<wire::Checksum> &checksum, const Turns::Turn &turn);
    /// Where it ended; else why it did not end well.
    boost::asio::awaitable<tl::expected<std::int64_t, http::Response>>
    pour(const store::Upload &upload, const http::Request &request, std::int64_t at, std::optional<ChecksumStream> &sum,
         const Turns::Turn &turn);
    /// All bytes are here: checks them, names them, enters them.
    Answer complete(store::Upload upload);
    boost::asio::awaitable<tl::expected<std::int64_t, http::Response>> offset_of(const store::Upload &upload);
    Answer lost(store::Upload upload, const Error &error);
    Result<bool> end_upload(std::string name);
    Result<std::int64_t> prolong(store::Upload upload);

    Expected<bool> has_room(std::int64_t bytes) const;
    std::int64_t now_ms() const { return clock_.now().wall_ms; }

    store::Store &store_;
    const Clock &clock_;
    Options options_;
    std::unique_ptr<Vault> vault_;
    Turns turns_; ///< of PATCHes
};

/// How long an upload that ended is remembered, so that a client hears 410 instead of 404.
inline constexpr std::int64_t kRememberedMs = 7LL * 86'400'000;

} // namespace xueshi::registry::media
