#pragma once

#include "daemon/upstream/upstream.hpp"

namespace xueshi::test {

/// Hands requests to an Upstream that outlives it.
class BorrowedUpstream final : public upstream::Upstream {
public:
    explicit BorrowedUpstream(upstream::Upstream &target) : target_(target) {}
    boost::asio::awaitable<upstream::Answer<wire::ClaimAnswer>> claim(wire::ClaimRequest request) override {
        return target_.claim(std::move(request));
    }
    boost::asio::awaitable<upstream::Answer<wire::BatchAnswer>> send_events(const wire::EventBatch &batch) override {
        return target_.send_events(batch);
    }
    boost::asio::awaitable<upstream::Answer<std::vector<identity::SignedDocument>>>
    wait_for_commands(std::int64_t after, std::chrono::seconds wait) override {
        return target_.wait_for_commands(after, wait);
    }
    void limit_sending(std::int64_t bytes_per_s) override { target_.limit_sending(bytes_per_s); }
    void credentials_changed() override { target_.credentials_changed(); }
    std::optional<identity::SignedDocument> take_nonce() override { return target_.take_nonce(); }
    boost::asio::awaitable<upstream::Answer<RosterAnswer>> fetch_roster(std::string etag) override {
        return target_.fetch_roster(std::move(etag));
    }
    boost::asio::awaitable<upstream::Answer<UploadPosition>> create_upload(wire::ClipAnnouncement clip) override {
        return target_.create_upload(std::move(clip));
    }
    boost::asio::awaitable<upstream::Answer<UploadPosition>> upload_position(std::string upload) override {
        return target_.upload_position(std::move(upload));
    }
    boost::asio::awaitable<upstream::Answer<UploadPosition>> send_piece(std::string upload, Piece piece) override {
        return target_.send_piece(std::move(upload), std::move(piece));
    }

private:
    upstream::Upstream &target_;
};

} // namespace xueshi::test
