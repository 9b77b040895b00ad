#include "firmware/core/journal/rows.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "firmware/core/journal/migrations.hpp"

namespace xueshi::journal {
namespace {

template <std::size_t N>
bool copy_exactly(const Bytes &from, std::array<std::uint8_t, N> &to) {
    if (from.size() != N) {
        return false;
    }
    std::ranges::copy(from, to.begin());
    return true;
}

/// Columns: seq, id, kind, body, prev, hash, signature.
Expected<record::StoredEvent> event_of(const sqlite::Statement &row) {
    record::StoredEvent event;
    event.seq = row.integer(0);
    event.kind = row.text(2);
    event.body = row.text(3);
    event.signature = row.blob(6);
    Uuid::Bytes id{};
    if (!copy_exactly(row.blob(1), id) || !copy_exactly(row.blob(4), event.prev) ||
        !copy_exactly(row.blob(5), event.hash)) {
        return fail(ErrorCode::corrupt, fmt::format("event {}: a column has a wrong size", event.seq));
    }
    event.id = Uuid(id);
    return event;
}

Expected<void> check_version(sqlite::Database &database) {
    const auto version = sqlite::usable_version(database, migrations().size());
    if (!version) {
        return fail(version, "journal");
    }
    return *version == 0 ? fail(ErrorCode::unavailable, "the journal has no schema yet") : Expected<void>();
}

} // namespace

Expected<Description> read_description(sqlite::Database &database) {
    if (const auto known = check_version(database); !known) {
        return tl::unexpected<Error>(known.error());
    }
    auto select = sqlite::Statement::prepare(database, "SELECT device, chain, suite, public_key FROM description");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    const auto row = select->step();
    if (!row) {
        return tl::unexpected<Error>(row.error());
    }
    if (!*row) {
        return fail(ErrorCode::unavailable, "the journal has no description yet");
    }
    return Description{DeviceId(select->text(0)), ChainId(select->text(1)), static_cast<int>(select->integer(2)),
                       select->text(3)};
}

Expected<Head> read_head(sqlite::Database &database) {
    auto select = sqlite::Statement::prepare(database, "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    const auto row = select->step();
    if (!row) {
        return tl::unexpected<Error>(row.error());
    }
    Head head;
    if (*row) {
        head.seq = select->integer(0);
        if (!copy_exactly(select->blob(1), head.hash)) {
            return fail(ErrorCode::corrupt, fmt::format("event {}: a hash of a wrong size", head.seq));
        }
    }
    return head;
}

namespace {

Expected<std::vector<record::StoredEvent>> collect(sqlite::Statement &select, std::size_t max_bytes) {
    std::vector<record::StoredEvent> events;
    std::size_t bytes = 0;
    for (;;) {
        const auto row = select.step();
        if (!row) {
            // What lies before the damage is still good; the next call starts at it and says so.
            return events.empty() ? tl::unexpected<Error>(row.error()) : Expected<decltype(events)>(std::move(events));
        }
        auto event = *row ? event_of(select) : fail(ErrorCode::not_found, "");
        if (!event && *row && events.empty()) {
            return tl::unexpected<Error>(event.error());
        }
        if (!event || (!events.empty() && bytes + event->body.size() > max_bytes)) {
            return events;
        }
        bytes += event->body.size();
        events.push_back(std::move(*event));
    }
}

/// A file of version 1 has no former chains, and nobody but its writer may give it the table.
Expected<bool> has_former_chains(sqlite::Database &database) {
    auto select = sqlite::Statement::prepare(database, "SELECT 1 FROM sqlite_schema WHERE name = 'former_chain'");
    return select ? select->step() : tl::unexpected<Error>(select.error());
}

} // namespace

Expected<std::vector<record::StoredEvent>> read_rows(sqlite::Database &database, record::Sequence after,
                                                     std::size_t count, std::size_t max_bytes) {
    auto select = sqlite::Statement::prepare(database, "SELECT seq, id, kind, body, prev, hash, signature FROM event "
                                                       "WHERE seq > ? ORDER BY seq LIMIT ?");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    select->bind(1, after).bind(2, static_cast<std::int64_t>(count));
    return collect(*select, max_bytes);
}

Expected<std::vector<FormerChain>> read_former_chains(sqlite::Database &database) {
    const auto there = has_former_chains(database);
    if (!there || !*there) {
        return there ? Expected<std::vector<FormerChain>>({}) : tl::unexpected<Error>(there.error());
    }
    auto select = sqlite::Statement::prepare(
        database, "SELECT device, chain, suite, public_key, head_seq, head_hash, why FROM former_chain ORDER BY place");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    std::vector<FormerChain> chains;
    for (;;) {
        const auto row = select->step();
        if (!row || !*row) {
            return row ? Expected<std::vector<FormerChain>>(std::move(chains)) : tl::unexpected<Error>(row.error());
        }
        FormerChain chain;
        chain.description = {DeviceId(select->text(0)), ChainId(select->text(1)), static_cast<int>(select->integer(2)),
                             select->text(3)};
        chain.head.seq = select->integer(4);
        chain.why = select->text(6);
        if (!copy_exactly(select->blob(5), chain.head.hash)) {
            return fail(ErrorCode::corrupt, "former chain " + chain.description.chain.str() + ": a hash's size");
        }
        chains.push_back(std::move(chain));
    }
}

Expected<std::vector<record::StoredEvent>> read_former_rows(sqlite::Database &database, std::int64_t place,
                                                            record::Sequence after, std::size_t count,
                                                            std::size_t max_bytes) {
    auto select =
        sqlite::Statement::prepare(database, "SELECT seq, id, kind, body, prev, hash, signature FROM former_event "
                                             "WHERE place = ? AND seq > ? ORDER BY seq LIMIT ?");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    select->bind(1, place).bind(2, after).bind(3, static_cast<std::int64_t>(count));
    return collect(*select, max_bytes);
}

Expected<std::vector<std::pair<record::Sequence, record::Sequence>>>
lost_of_former(sqlite::Database &database, std::int64_t place, record::Sequence head) {
    auto select = sqlite::Statement::prepare(database, "SELECT seq FROM former_event WHERE place = ? ORDER BY seq");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    select->bind(1, place);
    std::vector<std::pair<record::Sequence, record::Sequence>> lost;
    record::Sequence before = 0;
    for (;;) {
        const auto row = select->step();
        if (!row) {
            return tl::unexpected<Error>(row.error());
        }
        const record::Sequence next = *row ? select->integer(0) : head + 1;
        if (next > before + 1) {
            lost.emplace_back(before + 1, next - 1);
        }
        if (!*row) {
            return lost;
        }
        before = next;
    }
}

Expected<std::optional<record::Sequence>> find_stray_row(sqlite::Database &database) {
    const auto there = has_former_chains(database);
    if (!there) {
        return tl::unexpected<Error>(there.error());
    }
    auto select = sqlite::Statement::prepare(
        database, *there
                      ? "SELECT seq FROM event WHERE seq < 1 UNION ALL SELECT seq FROM former_event WHERE seq < 1 OR "
                        "place NOT BETWEEN 1 AND (SELECT count(*) FROM former_chain) ORDER BY seq LIMIT 1"
                      : "SELECT seq FROM event WHERE seq < 1 ORDER BY seq LIMIT 1");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    const auto row = select->step();
    if (!row || !*row) {
        return row ? Expected<std::optional<record::Sequence>>() : tl::unexpected<Error>(row.error());
    }
    return std::optional<record::Sequence>(select->integer(0));
}

Expected<std::optional<record::StoredEvent>> find_row(sqlite::Database &database, const Uuid &id) {
    auto select = sqlite::Statement::prepare(
        database, "SELECT seq, id, kind, body, prev, hash, signature FROM event WHERE id = ?");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    select->bind(1, ByteView(id.bytes()));
    const auto row = select->step();
    if (!row) {
        return tl::unexpected<Error>(row.error());
    }
    if (!*row) {
        return std::optional<record::StoredEvent>();
    }
    auto event = event_of(*select);
    return event ? Expected<std::optional<record::StoredEvent>>(std::move(*event))
                 : tl::unexpected<Error>(event.error());
}

} // namespace xueshi::journal
