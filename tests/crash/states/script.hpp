#pragma once

#include <deque>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "firmware/core/record/event.hpp"
#include "tests/crash/states/recording.hpp"

namespace xueshi::test::crash {

/// What the product had promised at a moment (acked), and what it was about to do (begun): between the two, old and
/// new are both right.
struct Progress {
    struct Versions {
        std::size_t acked = 0, begun = 0;
    };
    bool signing_key = false, sealing_key = false;
    Versions events;                ///< counts
    Versions roster;                ///< indices into Script::rosters
    Versions receipt;               ///< ... into Script::receipts
    Versions gallery;               ///< ... into Script::galleries
    std::string film;               ///< the lesson video that grows, or is not in the journal yet; empty: none
    std::int64_t film_pictures = 0; ///< of it that survive
};

/// Templates and consents, as `look_at_gallery` tells them.
using GalleryState = std::set<std::string>;

/// A terminal's and its sync daemon's life, written by the product's own code, as the disk saw it.
struct Script {
    std::deque<Op> ops;
    std::vector<std::pair<std::size_t, Progress>> progress; ///< from so many operations on
    std::vector<record::EventDraft> drafts;
    std::vector<record::StoredEvent> events; ///< the draft of each in the same place
    std::string public_key_pem;
    std::string chain;
    std::int64_t clip_frames = 0; ///< of each clip
    std::vector<std::string> rosters{""};
    std::vector<record::Sequence> receipts{0};
    std::vector<GalleryState> galleries{{}};

    /// The place in `progress` of what was promised after so many operations.
    std::size_t mark_after(std::size_t operations) const;
};

/// Names inside of the recorded directory, as the programs use them.
struct Layout {
    explicit Layout(const std::filesystem::path &root)
        : terminal(root / "terminal"), media(terminal / "media"), sync(root / "sync") {}
    std::filesystem::path terminal, media, sync;
    std::filesystem::path signing_key() const { return terminal / "signing.key"; }
    std::filesystem::path sealing_key() const { return terminal / "sealing.key"; }
    std::filesystem::path journal() const { return terminal / "journal.db"; }
    std::filesystem::path gallery() const { return terminal / "gallery.db"; }
};

/// Runs the script in `root`, which is empty. Some fsyncs of SQLite's fail on the way, but not under a control.
Script record_script(const std::filesystem::path &root, Control control);

} // namespace xueshi::test::crash
