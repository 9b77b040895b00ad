#pragma once

#include <filesystem>
#include <optional>

#include "firmware/core/record/bodies.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/recorder/clip.hpp"

namespace xueshi::recorder {

/// Brings one finished clip to disk and then into the journal, in that order; each step may be tried again and is done
/// once. Thread-bound.
class ClipWriter {
public:
    explicit ClipWriter(Clip clip) : clip_(std::move(clip)) {}

    /// File first: closed, fsynced, renamed, directory fsynced; then `clip_saved`, whose id a retry keeps. Success:
    /// both are durable. `corrupt` is final.
    Expected<void> attempt(const std::filesystem::path &media_directory, record::EventSink &sink, const Clock &clock);
    /// From now on `blur` is too late: another thread writes.
    void begin_writing() { writing_ = true; }
    const MediaId &id() const { return clip_.id; }
    /// False: too late.
    bool blur();
    bool is_to_blur() const { return clip_.blurred && !is_blurred_; }
    bool file_is_saved() const { return saved_.has_value(); }

private:
    Expected<record::ClipSaved> write_file(const std::filesystem::path &media_directory) const;

    Clip clip_;
    bool writing_ = false, is_blurred_ = false;
    std::optional<record::ClipSaved> saved_;
    std::optional<record::EventDraft> draft_;
};

} // namespace xueshi::recorder
