#pragma once

#include <filesystem>
#include <memory>

#include "firmware/checkin/history.hpp"
#include "firmware/core/identity/keys.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "firmware/gallery/gallery.hpp"

namespace xueshi::terminald {

/// What lies in the state directory, opened. This program is its only writer.
struct Store {
    std::unique_ptr<identity::Signer> signer;
    std::unique_ptr<journal::JournalWriter> journal;
    std::unique_ptr<gallery::Gallery> gallery;
    checkin::History history;

    /// Makes what is missing: directory, keys, journal, gallery.
    static Expected<Store> open(const std::filesystem::path &directory);
};

} // namespace xueshi::terminald
