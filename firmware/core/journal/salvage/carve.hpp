#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "firmware/core/journal/salvage/pages.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::journal {

/// An event whose hash is that of its own body and prev. Whether its signature holds is not looked at yet.
struct Candidate {
    record::StoredEvent event;
    DeviceId device;
    int suite = 1;
};

/// What could be found in the pages, by whom and where it belongs to. Several at one seq: a write that failed, or a
/// second history. Everything lies in memory: about 1 KiB an event.
struct Carving {
    std::map<ChainId, std::map<record::Sequence, std::vector<Candidate>>> chains; ///< the later found, the later
    std::set<std::string> public_keys;                                            ///< PEM texts
};

/// Finds events without SQLite: each body begins with the same bytes, and prev, hash and signature follow it in its row
/// (journal_format.md, "Salvage"). Rows too long for one page are followed through their overflow pages.
Carving carve(Pages &pages);

} // namespace xueshi::journal
