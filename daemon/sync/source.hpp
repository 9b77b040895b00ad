#pragma once

#include "firmware/core/journal/reader.hpp"

namespace xueshi::sync {

/// Where events come from: the journal, or a test's list. Errors: unavailable while there is no journal yet.
class EventSource {
public:
    virtual ~EventSource() = default;
    virtual Expected<journal::Description> description() = 0;
    virtual Expected<journal::Head> head() = 0;
    /// As JournalReader::read.
    virtual Expected<std::vector<record::StoredEvent>> read(record::Sequence after, std::size_t count,
                                                            std::size_t max_bytes) = 0;
};

} // namespace xueshi::sync
