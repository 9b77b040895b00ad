#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "daemon/wire/media.hpp"
#include "daemon/wire/messages.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::upstream {

/// What an upstream answered when it did not do what was asked. `retry_after_s`: as told by the server, else -1.
struct Refusal {
    unsigned status = 0; ///< 0: no answer came
    int retry_after_s = -1;
    Error error;
    bool own_file = false; ///< the device's own file that was to be sent cannot be read; nobody refused it
    bool stopped = false;  ///< it was ended from here
};
template <typename T>
using Answer = tl::expected<T, Refusal>;

/// The system that attendance is delivered to. One adapter, one folder; `xueshi/` speaks our own protocol.
class Upstream {
public:
    virtual ~Upstream() = default;
    virtual boost::asio::awaitable<Answer<wire::ClaimAnswer>> claim(wire::ClaimRequest request) = 0;
    /// `batch` lives until the answer: a copy would be most of the memory that the sync daemon ever needs.
    virtual boost::asio::awaitable<Answer<wire::BatchAnswer>> send_events(const wire::EventBatch &batch) = 0;

    /// The newest signed time that came with an answer since this was last asked; what gives none has none.
    virtual std::optional<identity::SignedDocument> take_nonce() { return std::nullopt; }

    /// The certificate this client shows was replaced.
    virtual void credentials_changed() {}

    /// Signed commands whose number is above `after`, in order; answered when there are some, else after `wait` with
    /// none.
    virtual boost::asio::awaitable<Answer<std::vector<identity::SignedDocument>>>
    wait_for_commands(std::int64_t after, std::chrono::seconds wait) = 0;

    /// From now on nothing is sent faster; 0: as fast as it goes.
    virtual void limit_sending(std::int64_t bytes_per_s) = 0;

    struct RosterAnswer {
        std::string document; ///< the signed document's text; empty when `etag` still holds
        std::string etag;
    };
    virtual boost::asio::awaitable<Answer<RosterAnswer>> fetch_roster(std::string etag) = 0;

    /// How far an upload has come at the upstream.
    struct UploadPosition {
        std::string upload; ///< its name there
        std::int64_t offset = 0;
        std::optional<Sha256> confirmed; ///< of what it holds whole and for good
    };
    virtual boost::asio::awaitable<Answer<UploadPosition>> create_upload(wire::ClipAnnouncement clip) = 0;
    virtual boost::asio::awaitable<Answer<UploadPosition>> upload_position(std::string upload) = 0;
    /// Of a file, what goes to the same place in the upload.
    struct Piece {
        std::shared_ptr<const UniqueFd> file;
        std::int64_t offset = 0, bytes = 0;
    };
    /// Up to wire::kMediaChunkBytes are taken whole or not at all; of more, what arrived may be kept although the rest
    /// does not come.
    virtual boost::asio::awaitable<Answer<UploadPosition>> send_piece(std::string upload, Piece piece) = 0;
};

} // namespace xueshi::upstream
