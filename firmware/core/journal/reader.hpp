#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "firmware/core/record/event.hpp"
#include "firmware/core/sqlite/sqlite.hpp"

namespace xueshi::journal {

/// What a journal says of itself.
struct Description {
    DeviceId device;
    ChainId chain;
    int suite = 1;
    std::string public_key_pem;
};

struct Head {
    record::Sequence seq = 0; ///< 0: empty
    Sha256 hash{};            ///< 32 zero bytes when empty
};

/// A chain that this terminal wrote before a salvage or a rollback ended it. Its events are kept byte for byte; what
/// damage took is missing.
struct FormerChain {
    Description description;
    Head head;       ///< the last event that is there; seq 0: none is
    std::string why; ///< "salvaged" or "rolled_back"
};

using Visit = std::function<Expected<void>(const record::StoredEvent &, const record::EventBody &)>;

/// Reads while the writer writes. Thread-bound.
class JournalReader {
public:
    /// Error: unavailable when the writer has not made the file yet (try again).
    static Expected<JournalReader> open(const std::filesystem::path &path);

    const Description &description() const { return description_; }
    Expected<Head> head();
    /// Events with seq > `after`, in order, at most `count` and at most `max_bytes` of bodies (but at least one).
    /// Each agrees with its body and none is missing; those before a damage are given, the next call is corrupt.
    Expected<std::vector<record::StoredEvent>> read(record::Sequence after, std::size_t count,
                                                    std::size_t max_bytes = 1 << 20);
    /// Shows each event with seq > `after` and its body, in order, to the end: who needs the bodies reads
    /// them once this way. Error: that of `show`, or corrupt, when all before the damage were shown.
    Expected<void> visit(record::Sequence after, const Visit &show);
    Expected<std::optional<record::StoredEvent>> find(const Uuid &id);

    /// The oldest first.
    Expected<std::vector<FormerChain>> former_chains();
    /// As `read`, of a former chain, whose lost events are simply passed over. not_found: no such chain.
    Expected<std::vector<record::StoredEvent>> read_former(const ChainId &chain, record::Sequence after,
                                                           std::size_t count, std::size_t max_bytes = 1 << 20);

private:
    JournalReader(sqlite::Database database, Description description)
        : database_(std::move(database)), description_(std::move(description)) {}
    sqlite::Database database_;
    Description description_;
};

} // namespace xueshi::journal
