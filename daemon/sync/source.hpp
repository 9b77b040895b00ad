#pragma once

#include "firmware/core/journal/reader.hpp"

namespace xueshi::sync {

/// One chain of the journal: the one that is written, or one that a salvage or a rollback ended.
struct JournalChain {
    journal::Description about;
    journal::Head head; ///< the last event that is there
    bool former = false;
};

/// Where events come from: the journal, or a test's list. Errors: unavailable while there is no journal yet.
class EventSource {
public:
    virtual ~EventSource() = default;
    /// The oldest first; the last is the present one, which is always there.
    virtual Expected<std::vector<JournalChain>> chains() = 0;
    /// As JournalReader::read, of one of these chains. What damage took of a former one is passed over.
    virtual Expected<std::vector<record::StoredEvent>> read(const ChainId &chain, record::Sequence after,
                                                            std::size_t count, std::size_t max_bytes) = 0;
};

} // namespace xueshi::sync
