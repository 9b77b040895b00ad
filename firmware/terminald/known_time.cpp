#include "firmware/terminald/known_time.hpp"

#include <algorithm>

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/journal/reader.hpp"

namespace xueshi::terminald {

namespace {

constexpr record::Sequence kLooked = 500; // an hour of a full classroom: the newest good time is among them

/// The bodies of the newest events that can be read: a damaged one hides none behind it.
std::vector<record::EventBody> newest(journal::JournalReader &reader, record::Sequence head) {
    std::vector<record::EventBody> bodies;
    for (record::Sequence after = std::max<record::Sequence>(0, head - kLooked); after < head;) {
        const auto events = reader.read(after, kLooked); // fewer, when they are large
        if (!events || events->empty()) {
            ++after;
            continue;
        }
        for (const auto &event : *events) {
            if (auto body = record::read_body(event)) {
                bodies.push_back(std::move(*body));
            }
        }
        after = events->back().seq;
    }
    return bodies;
}

} // namespace

KnownTime read_known_time(const std::filesystem::path &state, const std::filesystem::path &sync,
                          const std::string &boot_id) {
    KnownTime known;
    if (const auto receipt = acked::read_receipt(sync)) {
        known.not_before_ms = receipt->wall_ms;
    }
    auto reader = journal::JournalReader::open(state / "journal.db");
    const auto head = reader ? reader->head() : Expected<journal::Head>(fail(reader, "journal"));
    if (!head) {
        return known;
    }
    for (const auto &body : newest(*reader, head->seq)) {
        if (body.at.quality == ClockQuality::unset) {
            continue;
        }
        if (body.at.quality == ClockQuality::synchronised) {
            known.not_before_ms = std::max(known.not_before_ms, body.at.wall_ms);
        }
        if (body.at.boot_id == boot_id) {
            known.of_this_boot = body.at;
        }
    }
    return known;
}

std::optional<SignedMoment> read_signed_moment(const std::filesystem::path &state, const std::filesystem::path &sync,
                                               const std::string &boot_id) {
    const auto receipt = acked::read_receipt(sync);
    auto reader = journal::JournalReader::open(state / "journal.db");
    if (!receipt || receipt->through_seq < 1 || !reader || reader->description().chain != receipt->chain) {
        return std::nullopt;
    }
    const auto events = reader->read(receipt->through_seq - 1, 1);
    if (!events || events->empty() || events->front().hash != receipt->head_hash) {
        return std::nullopt;
    }
    const auto body = record::read_body(events->front());
    if (!body || body->at.boot_id != boot_id) {
        return std::nullopt;
    }
    return SignedMoment{receipt->wall_ms, body->at.boot_ms};
}

} // namespace xueshi::terminald
