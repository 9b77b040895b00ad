#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "daemon/upstream/upstream.hpp"
#include "firmware/core/identity/command.hpp"
#include "firmware/core/roster/roster.hpp"
#include "tests/support/fake_uploads.hpp"

namespace xueshi::test {

/// A registry in memory: takes chains in as the protocol says, signs receipts, and fails when it is told to.
class FakeUpstream final : public upstream::Upstream {
public:
    struct Chain {
        std::vector<record::StoredEvent> events; ///< events[i].seq == i + 1; quarantined ones too
        std::set<record::Sequence> quarantined;
    };
    std::map<std::string, Chain> chains;
    std::deque<upstream::Refusal> refusals;  ///< given, one a request, before anything is done
    std::set<record::Sequence> poison;       ///< these are "invalid"
    std::set<record::Sequence> contradicted; ///< of these another is held when they come again
    std::set<record::Sequence> bulky;        ///< a batch with one of these bodies is 413
    std::set<record::Sequence> unreadable;   ///< a batch with one of these bodies is refused as below
    unsigned unreadable_status = 400;
    std::size_t most_events = 1'000;       ///< more in a batch is 413
    std::size_t most_in_time = 1'000;      ///< the link is too slow for more in a batch
    bool lose_answers = false;             ///< stores, and the answer never arrives
    bool forge_head = false;               ///< signs receipts for another head
    std::vector<wire::EventBatch> batches; ///< everything that was sent
    std::vector<wire::ClaimRequest> claims;
    std::deque<wire::ClaimAnswer> claim_answers; ///< the last one is given again and again
    std::string roster, roster_etag;
    std::optional<identity::SignedDocument> nonce; ///< comes with every answer
    int roster_requests = 0;

    FakeUpstream(const identity::Signer &signer, DeviceId device) : signer_(signer), device_(std::move(device)) {}

    /// Grants the claim, and has a roster without classes.
    void grant() {
        claim_answers = {{device_, "certificate", "ca", signer_.public_key_pem(), "", ""}};
        xueshi::roster::Roster empty;
        empty.device = device_;
        empty.institution = InstitutionId("institution-1");
        empty.institution_name = "机构";
        empty.room = RoomId("room-1");
        this->roster = identity::write_document(xueshi::roster::sign_roster(signer_, empty).value());
        roster_etag = "\"v1\"";
    }

    boost::asio::awaitable<upstream::Answer<wire::ClaimAnswer>> claim(wire::ClaimRequest request) override {
        claims.push_back(request);
        if (const auto refusal = next_refusal()) {
            co_return tl::unexpected<upstream::Refusal>(*refusal);
        }
        const auto answer = claim_answers.front();
        if (claim_answers.size() > 1) {
            claim_answers.pop_front();
        }
        co_return answer;
    }

    boost::asio::awaitable<upstream::Answer<wire::BatchAnswer>> send_events(const wire::EventBatch &batch) override {
        batches.push_back(batch);
        if (const auto refusal = next_refusal()) {
            co_return tl::unexpected<upstream::Refusal>(*refusal);
        }
        for (const auto &event : batch.events) {
            if (batch.events.size() > most_events || (bulky.contains(event.seq) && !event.body.empty())) {
                co_return tl::unexpected<upstream::Refusal>(refusal_of(413, ErrorCode::too_large));
            }
            if (unreadable.contains(event.seq) && !event.body.empty()) {
                co_return tl::unexpected<upstream::Refusal>(refusal_of(unreadable_status, ErrorCode::invalid_argument));
            }
        }
        if (batch.events.size() > most_in_time) {
            co_return tl::unexpected<upstream::Refusal>(refusal_of(0, ErrorCode::timeout));
        }
        auto answer = take(batch);
        if (lose_answers) {
            co_return tl::unexpected<upstream::Refusal>(refusal_of(0, ErrorCode::timeout));
        }
        co_return answer;
    }

    boost::asio::awaitable<upstream::Answer<RosterAnswer>> fetch_roster(std::string etag) override {
        ++roster_requests;
        if (const auto refusal = next_refusal()) {
            co_return tl::unexpected<upstream::Refusal>(*refusal);
        }
        RosterAnswer answer;
        answer.etag = roster_etag;
        answer.document = etag == roster_etag ? std::string() : roster;
        co_return answer;
    }

    std::deque<identity::SignedDocument> commands; ///< given from the first on, as long as their number is asked for
    std::vector<std::int64_t> commands_after;      ///< what was asked for
    std::vector<std::chrono::seconds> command_waits;
    std::int64_t most_bytes_per_s = -1; ///< as it was limited last

    boost::asio::awaitable<upstream::Answer<std::vector<identity::SignedDocument>>>
    wait_for_commands(std::int64_t after, std::chrono::seconds wait) override {
        commands_after.push_back(after);
        command_waits.push_back(wait);
        std::vector<identity::SignedDocument> answer;
        for (const auto &document : commands) {
            const auto command = identity::read_command(document);
            if (!command || command->number > after) {
                answer.push_back(document);
            }
        }
        co_return answer;
    }
    void limit_sending(std::int64_t bytes_per_s) override { most_bytes_per_s = bytes_per_s; }

    int new_credentials = 0;
    void credentials_changed() override { ++new_credentials; }
    std::optional<identity::SignedDocument> take_nonce() override { return nonce; }

    FakeUploads media; ///< takes no refusals from the list above

    boost::asio::awaitable<upstream::Answer<UploadPosition>> create_upload(wire::ClipAnnouncement clip) override {
        co_return media.create(clip);
    }
    boost::asio::awaitable<upstream::Answer<UploadPosition>> upload_position(std::string upload) override {
        co_return media.position(upload);
    }
    boost::asio::awaitable<upstream::Answer<UploadPosition>> send_piece(std::string upload, Piece piece) override {
        co_return media.send(upload, piece);
    }

    static upstream::Refusal refusal_of(unsigned status, ErrorCode code, int retry_after_s = -1) {
        upstream::Refusal out;
        out.status = status;
        out.retry_after_s = retry_after_s;
        out.error = Error{code, "told to refuse"};
        return out;
    }

private:
    std::optional<upstream::Refusal> next_refusal() {
        if (refusals.empty()) {
            return std::nullopt;
        }
        auto out = refusals.front();
        refusals.pop_front();
        return out;
    }

    wire::BatchAnswer take(const wire::EventBatch &batch) {
        auto &chain = chains[batch.chain.str()];
        wire::BatchAnswer answer;
        bool gap = false;
        for (const auto &event : batch.events) {
            wire::EventResult result;
            result.seq = event.seq;
            const auto held = static_cast<record::Sequence>(chain.events.size());
            gap = gap || event.seq > held + 1;
            if (gap) {
                result.outcome = wire::EventOutcome::not_tried;
                result.reason = "an earlier event is missing";
            } else if (event.seq <= held) {
                const bool same = chain.events[static_cast<std::size_t>(event.seq - 1)].hash == event.hash;
                const bool kept = chain.quarantined.contains(event.seq);
                result.outcome = !same  ? wire::EventOutcome::conflict
                                 : kept ? wire::EventOutcome::invalid
                                        : wire::EventOutcome::duplicate;
                result.reason = same ? "" : "another event has this seq";
                if (contradicted.contains(event.seq)) {
                    result.outcome = wire::EventOutcome::conflict;
                } else if (same && kept && !poison.contains(event.seq) && !event.body.empty()) {
                    chain.quarantined.erase(event.seq);
                    result.outcome = wire::EventOutcome::stored;
                }
            } else {
                chain.events.push_back(event);
                if (poison.contains(event.seq) || event.body.empty()) {
                    chain.quarantined.insert(event.seq);
                    result.outcome = wire::EventOutcome::invalid;
                    result.reason = "poison";
                }
            }
            answer.results.push_back(result);
        }
        answer.accepted_through = static_cast<record::Sequence>(chain.events.size());
        if (!chain.events.empty()) {
            identity::Receipt receipt;
            receipt.device = device_;
            receipt.chain = batch.chain;
            receipt.through_seq = answer.accepted_through;
            receipt.head_hash = chain.events.back().hash;
            receipt.head_hash[0] = static_cast<std::uint8_t>(receipt.head_hash[0] ^ (forge_head ? 1 : 0));
            receipt.count = answer.accepted_through;
            answer.receipt = identity::sign_receipt(signer_, receipt).value();
        }
        return answer;
    }

    const identity::Signer &signer_;
    DeviceId device_;
};

} // namespace xueshi::test
