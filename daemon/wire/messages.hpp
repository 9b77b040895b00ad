#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/core/identity/signed_document.hpp"
#include "firmware/core/record/event.hpp"

/// The device side of the protocol (openapi.yaml is the truth): what both ends read and write.
namespace xueshi::wire {

inline constexpr std::size_t kMaxEventsPerBatch = 1'000;
inline constexpr std::size_t kMaxBatchBytes = 4u << 20;
inline constexpr std::size_t kMaxAnswerBytes = 2u << 20; ///< of any answer but a roster
inline constexpr std::string_view kProofPurpose = "xueshi-claim-v1";

/// POST /v1/claim. `proof` = signature by the signing key over "xueshi-claim-v1\n" and the request's PEM.
struct ClaimRequest {
    std::string certificate_request_pem;
    std::string signing_key_pem;
    int suite = 1;
    std::string key_level; ///< "file" or "hardware"
    ChainId chain;
    Bytes proof;
    std::string token; ///< one-time token; empty: waits for an operator's approval
};
/// 200, or 202 with only `code` while an operator has not approved.
struct ClaimAnswer {
    DeviceId device;
    std::string certificate_pem; ///< client certificate
    std::string ca_pem;
    std::string registry_key_pem; ///< signs receipts and rosters: pinned
    std::string sealing_key_pem;  ///< what goes by stick is sealed for it; empty: this registry takes no sticks
    std::string code;             ///< short code to show; empty when approved
};
std::string write(const ClaimRequest &request);
Expected<ClaimRequest> read_claim_request(std::string_view text);
std::string write(const ClaimAnswer &answer);
Expected<ClaimAnswer> read_claim_answer(std::string_view text);

/// POST /v1/events.
struct EventBatch {
    ChainId chain;
    std::vector<record::StoredEvent> events; ///< in order of seq
};
enum class EventOutcome {
    stored,
    duplicate, ///< same id, same body: stored before
    conflict,  ///< same id or seq, other body: an alarm
    invalid,   ///< never acceptable: quarantined with its reason, hash and signature kept
    not_tried, ///< an earlier event of the batch stands in the way (a gap)
};
std::string_view to_string(EventOutcome outcome);
struct EventResult {
    record::Sequence seq = 0;
    EventOutcome outcome = EventOutcome::stored;
    std::string reason; ///< of conflict, invalid and not_tried
    bool operator==(const EventResult &) const = default;
};
struct BatchAnswer {
    std::vector<EventResult> results; ///< one an event, in the batch's order
    record::Sequence accepted_through = 0;
    std::optional<identity::SignedDocument> receipt; ///< absent when nothing of the chain is stored
};
std::string write(const EventBatch &batch);
Expected<EventBatch> read_event_batch(std::string_view text);
std::string write(const BatchAnswer &answer);
Expected<BatchAnswer> read_batch_answer(std::string_view text);

} // namespace xueshi::wire
