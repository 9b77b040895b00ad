#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "firmware/core/identity/seal.hpp"
#include "firmware/core/journal/reader.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "firmware/gallery/gallery.hpp"
#include "firmware/gallery/ledger.hpp"

namespace xueshi::terminald {

/// The gallery, and what is to be done before its templates are used.
struct OpenedGallery {
    std::unique_ptr<gallery::Gallery> gallery; ///< refused when it was edited: the terminal goes on without it
    std::vector<PersonId> came_back;           ///< have templates that the journal says are gone: to be erased
    std::string why;                           ///< "restored_backup" or "journal_rolled_back"; empty: nothing was wrong
};

/// Of the journal's former chains; the present one is begun and to be fed.
Expected<gallery::Ledger> begin_ledger(journal::JournalReader &reader);

/// Opens `state`/gallery.db and finds what came back with an old copy of it (F35). The journal decides, by a `ledger`
/// that was fed with all of it; where it was
/// itself rolled back (`journal_alarm` of Continuity), it cannot vouch for any template, and all are to go. None is
/// erased here: the journal is told first, so that a power cut between leaves the alarm and not the silence.
/// Error: the file cannot be read.
Expected<OpenedGallery> open_gallery(const std::filesystem::path &state, const identity::SealingKey &key,
                                     journal::JournalWriter &journal, const gallery::Ledger &ledger,
                                     const std::string &journal_alarm);

} // namespace xueshi::terminald
