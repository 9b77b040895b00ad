#include "firmware/terminald/first_pins.hpp"

#include "firmware/core/base/json_members.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/journal/reader.hpp"

namespace xueshi::terminald {

void FirstPins::follow(const kiosk::SyncShown &sync, bool is_shown, std::int64_t boot_ms) {
    start_boot_ms_ = start_boot_ms_.value_or(boot_ms);
    if (sync.state == "waiting_approval") {
        is_new_ = false;
        code_shown_ = code_shown_ || (is_shown && !sync.claim_code.empty());
    } else if ((sync.state == "online" || sync.state == "offline") && (code_shown_ || is_new_) && !until_boot_ms_) {
        // Who waits for an approval stays; where a token does without one, only the start says that somebody is there.
        until_boot_ms_ = (code_shown_ ? boot_ms : *start_boot_ms_) + kOpenMs;
    }
}

bool FirstPins::may_choose(kiosk::Role role, std::int64_t boot_ms) {
    if (!until_boot_ms_ || boot_ms >= *until_boot_ms_ || closed_) {
        return false;
    }
    if (const auto read = read_journal(); !read) {
        log::warning("first_pin_closed", {log::Field(read.error())});
        closed_ = true;
    }
    return !closed_ && !had_pin_.contains(kiosk::to_string(role));
}

/// What came since the last look; the whole of it at the first.
Expected<void> FirstPins::read_journal() {
    auto reader = journal::JournalReader::open(journal_);
    const auto head = reader ? reader->head() : tl::unexpected<Error>(reader.error());
    const auto former = head ? reader->former_chains() : tl::unexpected<Error>(head.error());
    if (!former) {
        return tl::unexpected<Error>(former.error());
    }
    if (!former->empty() || head->seq > kMostEvents) {
        return fail(ErrorCode::conflict, "the journal is not that of a new terminal");
    }
    return reader->visit(read_, [this](const record::StoredEvent &event, const record::EventBody &body) {
        note(body);
        read_ = event.seq;
        return Expected<void>();
    });
}

void FirstPins::note(const record::EventBody &body) {
    closed_ = closed_ || body.kind == record::to_string(record::EventKind::punch) ||
              body.kind == record::to_string(record::EventKind::enrolment);
    if (body.kind == record::to_string(record::EventKind::operator_action) &&
        json::text_of(body.data, "what") == "kiosk_pin") {
        had_pin_.insert(json::text_of(body.data, "role"));
    }
}

} // namespace xueshi::terminald
