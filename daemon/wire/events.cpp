#include <array>

#include "daemon/wire/fields.hpp"
#include "daemon/wire/messages.hpp"

namespace xueshi::wire {
namespace {

constexpr std::size_t kMaxReasonBytes = 512;
constexpr std::size_t kMaxReceiptBytes = 4 * 1024;
constexpr json::Limits kBatchLimits{.bytes = kMaxBatchBytes, .depth = 4};
constexpr json::Limits kAnswerLimits{.bytes = kMaxAnswerBytes, .depth = 4};

struct OutcomeName {
    EventOutcome outcome;
    std::string_view name;
};
constexpr std::array kOutcomes{
    OutcomeName{EventOutcome::stored, "stored"},       OutcomeName{EventOutcome::duplicate, "duplicate"},
    OutcomeName{EventOutcome::conflict, "conflict"},   OutcomeName{EventOutcome::invalid, "invalid"},
    OutcomeName{EventOutcome::not_tried, "not_tried"},
};

/// At most kMaxReasonBytes, not cut inside a UTF-8 character.
std::string_view shortened(std::string_view reason) {
    if (reason.size() <= kMaxReasonBytes) {
        return reason;
    }
    std::size_t end = kMaxReasonBytes;
    while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return reason.substr(0, end);
}

json::Object event_to_json(const record::StoredEvent &event) {
    json::Object out;
    out["seq"] = event.seq;
    out["id"] = event.id.str();
    out["kind"] = event.kind;
    out["body"] = event.body;
    out["prev"] = hex(event.prev);
    out["hash"] = hex(event.hash);
    out["signature"] = base64(event.signature);
    return out;
}

/// The body is only bounded by the batch: one over record::kMaxBodyBytes is the receiver's "invalid", not a broken
/// batch.
Expected<record::StoredEvent> event_from_json(const json::Value &value, const std::string &path) {
    json::ObjectReader reader(value, path);
    record::StoredEvent event;
    event.seq = reader.integer("seq", 1, kMaxInteger);
    event.id = Uuid::parse(uuid_field(reader, "id")).value_or(Uuid{});
    event.kind = reader.string("kind", 64);
    event.body = reader.string("body", kMaxBatchBytes);
    event.prev = hash_field(reader, "prev");
    event.hash = hash_field(reader, "hash");
    event.signature = bytes_field(reader, "signature", kMaxSignatureBytes);
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    return event;
}

Expected<EventResult> result_from_json(const json::Value &value, const std::string &path) {
    json::ObjectReader reader(value, path);
    EventResult result;
    result.seq = reader.integer("seq", 1, kMaxInteger);
    const std::string name = reader.string("outcome", 16);
    result.reason = reader.optional_string("reason", kMaxReasonBytes).value_or("");
    bool known = false;
    for (const auto &entry : kOutcomes) {
        if (entry.name == name) {
            result.outcome = entry.outcome;
            known = true;
        }
    }
    if (!known) {
        reader.error("outcome", "must be stored, duplicate, conflict, invalid or not_tried");
    }
    if (const auto done = reader.finish_open(); !done) {
        return tl::unexpected(done.error());
    }
    return result;
}

identity::SignedDocument document_from_json(const json::Value &value, json::ObjectReader &parent) {
    json::ObjectReader reader(value, parent.path("receipt"));
    identity::SignedDocument document;
    document.payload = reader.string("payload", kMaxReceiptBytes);
    document.signature = bytes_field(reader, "signature", kMaxSignatureBytes);
    if (const auto done = reader.finish_open(); !done) {
        parent.error("receipt", done.error().message);
    }
    return document;
}

/// Of the events as JSON: the bodies' quotes are escaped, about one byte of eight.
std::size_t expected_bytes(const EventBatch &batch) {
    constexpr std::size_t kEnvelope = 400;
    std::size_t bytes = 0;
    for (const auto &event : batch.events) {
        bytes += event.body.size() + event.body.size() / 8 + kEnvelope;
    }
    return bytes;
}

} // namespace

std::string_view to_string(EventOutcome outcome) {
    for (const auto &entry : kOutcomes) {
        if (entry.outcome == outcome) {
            return entry.name;
        }
    }
    return "invalid";
}

std::string write(const EventBatch &batch) {
    // Event by event: a tree of all of them would be the most memory that the sync daemon ever needs.
    std::string out = R"({"chain":)" + json::serialize(json::Value(batch.chain.str())) + R"(,"events":[)";
    out.reserve(out.size() + expected_bytes(batch));
    for (const auto &event : batch.events) {
        out += out.ends_with('[') ? "" : ",";
        out += json::serialize(event_to_json(event));
    }
    out += "]}";
    return out;
}

Expected<EventBatch> read_event_batch(std::string_view text) {
    const auto value = json::parse(text, kBatchLimits);
    if (!value) {
        return fail(value, "batch");
    }
    json::ObjectReader reader(*value, "batch");
    EventBatch batch;
    batch.chain = ChainId(uuid_field(reader, "chain"));
    const auto &events = reader.array("events", kMaxEventsPerBatch);
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    batch.events.reserve(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        const std::string path = "batch.events[" + std::to_string(i) + "]";
        auto event = event_from_json(events[i], path);
        if (!event) {
            return tl::unexpected(event.error());
        }
        if (!batch.events.empty() && event->seq <= batch.events.back().seq) {
            return fail(ErrorCode::invalid_argument, path + ".seq: must be greater than the one before");
        }
        batch.events.push_back(std::move(*event));
    }
    if (batch.events.empty()) {
        return fail(ErrorCode::invalid_argument, "batch.events: must not be empty");
    }
    return batch;
}

std::string write(const BatchAnswer &answer) {
    json::Array results;
    results.reserve(answer.results.size());
    for (const auto &result : answer.results) {
        json::Object entry;
        entry["seq"] = result.seq;
        entry["outcome"] = to_string(result.outcome);
        if (!result.reason.empty()) {
            entry["reason"] = shortened(result.reason);
        }
        results.push_back(std::move(entry));
    }
    json::Object out;
    out["results"] = std::move(results);
    out["accepted_through"] = answer.accepted_through;
    if (answer.receipt) {
        json::Object receipt;
        receipt["payload"] = answer.receipt->payload;
        receipt["signature"] = base64(answer.receipt->signature);
        out["receipt"] = std::move(receipt);
    }
    return json::serialize(out);
}

Expected<BatchAnswer> read_batch_answer(std::string_view text) {
    const auto value = json::parse(text, kAnswerLimits);
    if (!value) {
        return fail(value, "batch answer");
    }
    json::ObjectReader reader(*value, "batch answer");
    BatchAnswer answer;
    answer.accepted_through = reader.integer("accepted_through", 0, kMaxInteger);
    const auto &results = reader.array("results", kMaxEventsPerBatch);
    if (const auto *receipt = reader.optional("receipt")) {
        answer.receipt = document_from_json(*receipt, reader);
    }
    if (const auto done = reader.finish_open(); !done) {
        return tl::unexpected(done.error());
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
        auto result = result_from_json(results[i], "batch answer.results[" + std::to_string(i) + "]");
        if (!result) {
            return tl::unexpected(result.error());
        }
        answer.results.push_back(std::move(*result));
    }
    return answer;
}

} // namespace xueshi::wire
