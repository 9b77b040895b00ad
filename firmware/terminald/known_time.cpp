#include "firmware/terminald/known_time.hpp"

#include <algorithm>

#include "firmware/core/identity/signed_document.hpp"
#include "firmware/core/journal/reader.hpp"
#include "firmware/core/stick/receipt_file.hpp"

namespace xueshi::terminald {

namespace {

constexpr record::Sequence kLooked = 500; // an hour of a full classroom: the newest good time is among them

std::optional<identity::Receipt> newest_receipt(const std::filesystem::path &sync) {
    const auto key = stick::read_key_file(sync / "registry_key.pem");
    auto receipt = key ? stick::read_receipt_file(sync / "acked.json", *key) : tl::unexpected(key.error());
    return receipt ? std::optional(std::move(*receipt)) : std::nullopt;
}

} // namespace

KnownTime read_known_time(const std::filesystem::path &state, const std::filesystem::path &sync,
                          const std::string &boot_id) {
    KnownTime known;
    if (const auto receipt = newest_receipt(sync)) {
        known.not_before_ms = receipt->wall_ms;
    }
    auto reader = journal::JournalReader::open(state / "journal.db");
    const auto head = reader ? reader->head() : Expected<journal::Head>(fail(reader, "journal"));
    if (!head) {
        return known;
    }
    const auto events = reader->read(std::max<record::Sequence>(0, head->seq - kLooked), kLooked);
    for (const auto &event : events ? *events : std::vector<record::StoredEvent>{}) {
        const auto body = record::read_body(event);
        if (!body || body->at.quality == ClockQuality::unset) {
            continue;
        }
        if (body->at.quality == ClockQuality::synchronised) {
            known.not_before_ms = std::max(known.not_before_ms, body->at.wall_ms);
        }
        if (body->at.boot_id == boot_id) {
            known.of_this_boot = body->at;
        }
    }
    return known;
}

std::optional<SignedMoment> read_signed_moment(const std::filesystem::path &state, const std::filesystem::path &sync,
                                               const std::string &boot_id) {
    const auto receipt = newest_receipt(sync);
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
