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
    boost::asio::awaitable<upstream::Answer<wire::BatchAnswer>> send_events(wire::EventBatch batch) override {
        return target_.send_events(std::move(batch));
    }
    boost::asio::awaitable<upstream::Answer<RosterAnswer>> fetch_roster(std::string etag) override {
        return target_.fetch_roster(std::move(etag));
    }

private:
    upstream::Upstream &target_;
};

} // namespace xueshi::test
