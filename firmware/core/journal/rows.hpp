#pragma once

#include <vector>

#include "firmware/core/journal/reader.hpp"

namespace xueshi::journal {

/// The one row that says what the journal is. Error: unavailable when the writer has not put it there yet, unsupported
/// when a newer program wrote the file.
Expected<Description> read_description(sqlite::Database &database);

Expected<Head> read_head(sqlite::Database &database);

/// Rows with seq > `after`, in order, as they lie there: sizes of the columns are checked (corrupt), nothing else.
Expected<std::vector<record::StoredEvent>> read_rows(sqlite::Database &database, record::Sequence after,
                                                     std::size_t count, std::size_t max_bytes);

/// None in a file of version 1.
Expected<std::vector<FormerChain>> read_former_chains(sqlite::Database &database);
/// As read_rows, of the former chain in this place (from 1).
Expected<std::vector<record::StoredEvent>> read_former_rows(sqlite::Database &database, std::int64_t place,
                                                            record::Sequence after, std::size_t count,
                                                            std::size_t max_bytes);
/// Which seqs up to the head are not there, as ranges from first to last.
Expected<std::vector<std::pair<record::Sequence, record::Sequence>>>
lost_of_former(sqlite::Database &database, std::int64_t place, record::Sequence head);

/// The seq of an event that no walk along the chains comes to: below the first, or of a former chain that is not there.
Expected<std::optional<record::Sequence>> find_stray_row(sqlite::Database &database);

Expected<std::optional<record::StoredEvent>> find_row(sqlite::Database &database, const Uuid &id);

} // namespace xueshi::journal
