#pragma once

#include <filesystem>
#include <memory>

#include "firmware/checkin/history.hpp"
#include "firmware/core/identity/keys.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "firmware/terminald/command_desk.hpp"
#include "firmware/terminald/continuity.hpp"
#include "firmware/terminald/gallery_source.hpp"
#include "firmware/terminald/settings.hpp"

namespace xueshi::terminald {

/// What lies in the state directory, opened. This program is its only writer.
struct Store {
    std::unique_ptr<identity::Signer> signer;
    std::unique_ptr<journal::JournalWriter> journal;
    OpenedGallery gallery;
    checkin::History history;
    CommandLog commands;   ///< read with the history; its desk takes it over
    Continuity continuity; ///< how the journal goes on from its last end

    /// Makes what is missing: directory, keys, journal, gallery.
    static Expected<Store> open(const Settings &settings);
};

} // namespace xueshi::terminald
