#pragma once

#include <filesystem>

#include "firmware/core/identity/keys.hpp"
#include "firmware/core/journal/salvage/salvage.hpp"

namespace xueshi::journal {

/// Where a salvage waits in the terminal's directory until terminald starts.
inline constexpr std::string_view kSalvagedName = "journal.salvaged.db";

/// Puts a waiting salvage into the place of `directory`/journal.db, before that is opened. The journal it replaces is
/// kept as journal.before-<new chain>.db. May be cut off anywhere and is done again. False: none waits. Error: denied
/// for another device's; conflict when the journal has more than the salvage took over; corrupt when it does not hold.
Expected<bool> adopt_salvage(const std::filesystem::path &directory, const identity::PublicKey &key);

/// The readable journal of `directory` ends here, whatever it has becomes a former chain and a new chain begins.
Expected<void> begin_new_chain(const std::filesystem::path &directory, const identity::PublicKey &key);

} // namespace xueshi::journal
