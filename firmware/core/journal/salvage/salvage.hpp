#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "firmware/core/journal/reader.hpp"

namespace xueshi::journal {

struct SalvageOptions {
    std::filesystem::path journal;     ///< the damaged one; read, never written
    std::filesystem::path destination; ///< appears whole or not at all; already_exists when something lies there
    std::string public_key_pem;        ///< the device's; empty: as the journal itself has it
    std::string why = "salvaged";      ///< or record::kRolledBack
};

struct SalvagedChain {
    ChainId chain;
    std::int64_t kept = 0;
    Head head; ///< the last event that was kept
    std::vector<std::pair<record::Sequence, record::Sequence>>
        lost; ///< up to the head; what lay behind it nobody knows
};

struct Salvage {
    DeviceId device;
    ChainId chain;                      ///< the new one, which has no event yet
    std::vector<SalvagedChain> earlier; ///< the oldest first
    std::int64_t unreadable_pages = 0;  ///< that the disk itself would not give
};

/// Reads a journal in whatever state it is (flipped bits, zeroed pages, cut off, without its log) and writes a new one:
/// a new chain without events, and as former chains every event whose body, hash and signature hold, byte for byte.
/// The writer of the journal must not run (it holds the lock). Error: not_found when not one event is left.
Expected<Salvage> salvage(const SalvageOptions &options);

} // namespace xueshi::journal
