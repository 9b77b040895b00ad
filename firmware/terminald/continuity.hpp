#pragma once

#include <filesystem>
#include <string>

#include "firmware/core/identity/keys.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::terminald {

/// Whether the journal goes on where it ended.
struct Continuity {
    std::string alarm; ///< empty, or why a new chain began: one of record's reasons
    record::Boot boot; ///< of the next start; without program
};

/// To be called before the journal is opened: takes a waiting salvage over, and compares the journal with what the
/// registry acknowledged (`sync`/acked.json, under the registry's pinned key). A journal behind it, or another one,
/// ends here: what it has is kept, and a new chain begins. Error: it could not be set aside.
Expected<void> restore_continuity(const std::filesystem::path &state, const std::filesystem::path &sync,
                                  const identity::PublicKey &key);

/// Once it is open: how the next start is to be journaled.
Expected<Continuity> continuity_of(const std::filesystem::path &state, const std::filesystem::path &sync);

} // namespace xueshi::terminald
