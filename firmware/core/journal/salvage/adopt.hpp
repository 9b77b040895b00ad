#pragma once

#include <filesystem>

#include "firmware/core/identity/keys.hpp"
#include "firmware/core/journal/salvage/salvage.hpp"

namespace xueshi::journal {

/// Where a salvage waits in the terminal's directory until terminald starts.
inline constexpr std::string_view kSalvagedName = "journal.salvaged.db";
/// What becomes of one that knows less than the journal does.
inline constexpr std::string_view kRefusedName = "journal.salvaged.refused.db";

/// Puts a waiting salvage into the place of `directory`/journal.db, before that is opened. The journal it replaces is
/// kept as journal.before-<new chain>.db. May be cut off anywhere and is done again. False: none waits, or it knew less
/// than the journal does and is called kRefusedName now, out of the way of the next one. Error: denied for another
/// device's; corrupt when it does not hold; conflict when another process has the journal open.
Expected<bool> adopt_salvage(const std::filesystem::path &directory, const identity::PublicKey &key);

/// The readable journal of `directory` ends here, whatever it has becomes a former chain and a new chain begins.
Expected<void> begin_new_chain(const std::filesystem::path &directory, const identity::PublicKey &key);

} // namespace xueshi::journal
