#include "daemon/sync/inbox.hpp"

#include <algorithm>

#include "daemon/sync/verdict.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/identity/envelope.hpp"
#include "firmware/core/stick/clip_receipt.hpp"
#include "firmware/core/stick/outside_file.hpp"
#include "firmware/core/stick/stick_index.hpp"

namespace xueshi::sync {

namespace {

constexpr std::uint64_t kMaxAnswerBytes = 16u << 20;
constexpr std::size_t kMaxReceiptBytes = 8 * 1024;
constexpr int kPiecesAtOnce = 16;                                         ///< of the journal, some 4,000 events
constexpr std::size_t kMaxClipDocument = 2 * stick::kMaxClipReceiptBytes; // escaping at most doubles the payload

const Words kRefused{"U 盘带来的答复未通过核对", "an answer that came by stick did not pass the check",
                     "USB로 받은 답변이 확인을 통과하지 못했습니다"};
const Words kNotYet{"U 盘带来的答复暂时无法接收", "an answer that came by stick cannot be taken over yet",
                    "USB로 받은 답변을 아직 넘겨받을 수 없습니다"};

/// Passes by itself, or with what the terminal writes next.
bool may_pass(const Error &error) {
    return error.code == ErrorCode::io || error.code == ErrorCode::no_space || error.code == ErrorCode::unavailable;
}

} // namespace

Outcome<int> Inbox::step() {
    int taken = 0;
    std::optional<Failure> failure;
    const auto answers = stick::answers_in(state_.inbox());
    if (!answers) {
        return hindered(answers.error(), kNotYet);
    }
    bool receipt_waits = false;
    for (const auto &file : *answers) {
        const auto kind = stick::answer_kind(file.filename().string());
        if (receipt_waits && kind == stick::AnswerKind::clip_receipt) {
            continue; // of clips whose events are not acknowledged yet: taken now, it would say nothing
        }
        const auto done = take(file);
        if (!done && may_pass(done.error())) {
            receipt_waits = receipt_waits || kind == stick::AnswerKind::receipt;
            failure = hindered(done.error(), kNotYet).value();
            continue;
        }
        if (!done) {
            log::error("answer_refused", {{"file", file.filename().string()}, log::Field(done.error())});
            failure = hindered(done.error(), kRefused).value();
            std::error_code ignored;
            std::filesystem::rename(file, file.string() + ".refused", ignored);
            continue;
        }
        if (const auto removed = remove_durably(file); !removed) {
            return hindered(removed.error(), kNotYet);
        }
        log::info("answer_taken", {{"file", file.filename().string()}});
        ++taken;
    }
    return failure ? Outcome<int>(tl::unexpected(std::move(*failure))) : Outcome<int>(taken);
}

Expected<void> Inbox::take(const std::filesystem::path &file) {
    const auto text = stick::read_outside_file(file, kMaxAnswerBytes);
    if (!text) {
        return tl::unexpected<Error>(text.error());
    }
    switch (stick::answer_kind(file.filename().string())) {
    case stick::AnswerKind::receipt:
        return take_receipt(*text);
    case stick::AnswerKind::clip_receipt:
        return take_clip_receipt(*text);
    case stick::AnswerKind::roster:
        return take_roster(*text);
    case stick::AnswerKind::none:
        break;
    }
    return fail(ErrorCode::invalid_argument, "no answer of the registry");
}

Expected<void> Inbox::take_receipt(const std::string &text) {
    const auto document = identity::read_document(text, kMaxReceiptBytes);
    const auto named =
        document ? identity::open_receipt(registry_key_, *document) : tl::unexpected<Error>(document.error());
    const auto chains = named ? source_.chains() : tl::unexpected<Error>(named.error());
    if (!chains) {
        return tl::unexpected<Error>(chains.error());
    }
    const auto chain = std::find_if(chains->begin(), chains->end(),
                                    [&](const JournalChain &each) { return each.about.chain == named->chain; });
    if (chain == chains->end()) {
        return fail(ErrorCode::denied, "the receipt is for a chain that this terminal does not have");
    }
    const auto receipt = check_receipt(registry_key_, *document, *chain, source_);
    const auto acked = receipt ? state_.acked(receipt->chain) : tl::unexpected<Error>(receipt.error());
    if (!acked) {
        return tl::unexpected<Error>(acked.error());
    }
    // Beyond a former chain's end the registry may hold another history of it than is here.
    if (receipt->through_seq <= *acked || receipt->through_seq > chain->head.seq) {
        return {};
    }
    return state_.save_receipt(receipt->chain, receipt->through_seq, *document, wall_ms_(), chain->former);
}

Expected<void> Inbox::take_clip_receipt(const std::string &text) {
    const auto document = identity::read_document(text, kMaxClipDocument);
    const auto receipt =
        document ? stick::open_clip_receipt(registry_key_, *document) : tl::unexpected<Error>(document.error());
    if (!receipt) {
        return tl::unexpected<Error>(receipt.error());
    }
    if (!state_.claim() || receipt->device != state_.claim()->device) {
        return fail(ErrorCode::denied, "the clip receipt is for another device");
    }
    for (int pieces = 0;; ++pieces) { // until the ledger knows all clips; the loop has other work too
        const auto more = clips_.read();
        if (!more) {
            return tl::unexpected<Error>(more.error());
        }
        if (!*more) {
            break;
        }
        if (pieces == kPiecesAtOnce) {
            return fail(ErrorCode::unavailable, "the journal is still being read");
        }
    }
    auto confirmed = ClipLedger(state_.database()).confirm(receipt->clips);
    return confirmed ? state_.refresh_acked_file() : confirmed;
}

Expected<void> Inbox::take_roster(const std::string &sealed) {
    const auto key = identity::EnvelopeKey::open_or_create(state_.client_key());
    const auto document = key ? key->open(as_bytes(sealed)) : tl::unexpected<Error>(key.error());
    return document ? downlink_.take_carried(*document) : tl::unexpected<Error>(document.error());
}

} // namespace xueshi::sync
