#pragma once

#include <filesystem>
#include <optional>

#include "firmware/core/journal/reader.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/recorder/retention.hpp"
#include "firmware/recorder/stray_clips.hpp"

namespace xueshi::terminald {

/// Deletes video by the rules of retention, and journals clips whose event a power cut took. Follows the journal with a
/// reader of its own, a little at each step, so that a long one does not hold up the start; nothing is done before all
/// of it is known. Thread-bound.
class MediaKeeper {
public:
    struct Places {
        std::filesystem::path state, sync; ///< journal.db and media/; acked.json, the registry's key, status.json
    };
    /// Before any clip is recorded. `sink` and `clock` outlive the keeper. `keep_free`: what filming needs to go on.
    MediaKeeper(Places places, recorder::RetentionPolicy policy, std::int64_t keep_free, record::EventSink &sink,
                const Clock &clock);

    /// Reads on, and when everything is read deletes what is due. Returns the bytes freed; an error is tried again by
    /// the next step.
    Expected<std::int64_t> step();
    /// The last step left what need not wait: of the journal, or of files that no event names.
    bool is_behind() const { return behind_; }

private:
    Expected<bool> follow();
    void next_chain();
    recorder::Confirmed confirmed() const;
    std::optional<clips::ClipPolicy> clip_policy() const;

    const Places places_;
    const recorder::RetentionPolicy policy_;
    const std::int64_t keep_free_;
    record::EventSink &sink_;
    const Clock &clock_;
    std::optional<journal::JournalReader> reader_;
    std::vector<ChainId> former_; ///< the oldest first: what a salvage kept has videos too
    std::size_t chain_ = 0;       ///< that is being read: of `former_`, behind them the present one
    record::Sequence read_ = 0;
    recorder::MediaIndex index_;
    recorder::StrayClips strays_;
    bool all_chains_read_ = true, behind_ = true;
};

} // namespace xueshi::terminald
