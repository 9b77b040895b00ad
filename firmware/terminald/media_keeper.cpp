#include "firmware/terminald/media_keeper.hpp"

#include <algorithm>

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/recorder/lesson_recorder.hpp"

namespace xueshi::terminald {

namespace {

constexpr std::size_t kPage = 500, kPages = 2; ///< some 0.2 s of a board
/// Each is an event and a directory's fsync, and punches wait meanwhile.
constexpr std::size_t kDeletionsAtOnce = 20;

} // namespace

MediaKeeper::MediaKeeper(Places places, recorder::RetentionPolicy policy, std::int64_t keep_free,
                         record::EventSink &sink, const Clock &clock)
    : places_(std::move(places)), policy_(policy), keep_free_(keep_free), sink_(sink), clock_(clock),
      strays_(places_.state / "media") {}

/// True: all of the journal is known.
Expected<bool> MediaKeeper::follow() {
    if (!reader_) {
        auto opened = journal::JournalReader::open(places_.state / "journal.db");
        if (!opened) {
            return tl::unexpected(opened.error());
        }
        const auto former = opened->former_chains();
        if (!former) {
            return tl::unexpected(former.error());
        }
        former_.clear();
        for (const auto &chain : *former) {
            former_.push_back(chain.description.chain);
        }
        chain_ = 0;
        reader_.emplace(std::move(*opened));
    }
    for (std::size_t page = 0; page < kPages; ++page) {
        const bool is_former = chain_ < former_.size();
        const auto events =
            is_former ? reader_->read_former(former_[chain_], read_, kPage) : reader_->read(read_, kPage);
        if (!events && is_former && events.error().code == ErrorCode::corrupt) {
            log::warning("former_chain_not_read", {{"after", read_}, log::Field(events.error())});
            next_chain(); // what its videos were is not known: they stay as they are
            all_chains_read_ = false;
            continue;
        }
        if (!events) {
            return tl::unexpected(events.error());
        }
        for (const auto &event : *events) {
            const auto body = record::read_body(event);
            if (!body) {
                return tl::unexpected(body.error());
            }
            index_.note(*body, chain_);
            strays_.note(*body);
            read_ = event.seq;
        }
        if (events->size() < kPage && !is_former) {
            return true;
        }
        if (events->size() < kPage) {
            next_chain();
        }
    }
    return false;
}

void MediaKeeper::next_chain() {
    ++chain_;
    read_ = 0;
}

/// By a receipt that the registry signed, for this chain; else nothing is.
recorder::Confirmed MediaKeeper::confirmed() const {
    recorder::Confirmed confirmed;
    confirmed.chain = chain_;
    const auto receipt = acked::read_receipt(places_.sync);
    if (!receipt) {
        if (receipt.error().code != ErrorCode::not_found) {
            log::warning("receipt_refused", {log::Field(receipt.error())});
        }
        return confirmed;
    }
    const auto text = read_file(places_.sync / "acked.json", acked::kMaxBytes);
    const auto said = text ? acked::read_acked(*text) : tl::unexpected<Error>(text.error());
    if (!said || said->chain != reader_->description().chain || receipt->chain != said->chain) {
        return confirmed;
    }
    confirmed.seq = std::min(said->seq, receipt->through_seq);
    for (const auto &digest : said->media) {
        confirmed.sha256.insert(hex(digest));
    }
    return confirmed;
}

/// Nothing where a consent may have been said in a chain that is not to be read.
std::optional<clips::ClipPolicy> MediaKeeper::clip_policy() const {
    auto told = clips::told_policy(places_.sync);
    if (!told) {
        log::warning("clip_policy_not_read", {log::Field(told.error())});
    }
    return told && all_chains_read_ ? std::move(*told) : std::nullopt;
}

Expected<std::int64_t> MediaKeeper::step() {
    const auto all = follow();
    behind_ = all && !*all;
    if (!all || !*all) {
        return all ? Expected<std::int64_t>(0) : tl::unexpected(all.error());
    }
    const auto recovered = all_chains_read_ ? strays_.recover(sink_, clock_) : Expected<bool>(true);
    behind_ = recovered && !*recovered;
    if (!recovered) {
        return tl::unexpected(recovered.error());
    }
    const auto media = places_.state / "media";
    if (auto removed = recorder::remove_leftovers(index_, media); !removed) {
        return tl::unexpected(removed.error());
    }
    const auto now = clock_.now();
    const auto free = recorder::free_bytes_on_disk(media);
    const recorder::Now moment{now.wall_ms, now.quality != ClockQuality::unset,
                               free < 0 ? 0 : std::max<std::int64_t>(0, 2 * keep_free_ - free), clip_policy()};
    auto chosen = recorder::choose_to_delete(index_, policy_, confirmed(), moment);
    chosen.resize(std::min(chosen.size(), kDeletionsAtOnce)); // the others in the next steps
    return recorder::delete_videos(chosen, media, sink_, clock_);
}

} // namespace xueshi::terminald
