#include "firmware/core/journal/reader.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "firmware/core/journal/rows.hpp"

namespace xueshi::journal {

namespace {

constexpr std::size_t kPage = 512, kPageBytes = 1 << 20;

/// The body of an event that follows the one of seq `before` and agrees with its columns; else corrupt.
Expected<record::EventBody> sound_body(const record::StoredEvent &event, record::Sequence before) {
    if (event.seq != before + 1) {
        return fail(ErrorCode::corrupt, fmt::format("event {}: missing", before + 1));
    }
    auto body = record::read_body(event);
    return body ? std::move(body)
                : fail(ErrorCode::corrupt, fmt::format("event {}: {}", event.seq, body.error().message));
}

} // namespace

Expected<JournalReader> JournalReader::open(const std::filesystem::path &path) {
    auto database = sqlite::Database::open(path, sqlite::Mode::read_only);
    if (!database) {
        return fail(database, "journal");
    }
    auto description = read_description(*database);
    if (!description) {
        return fail(description, path.string());
    }
    return JournalReader(std::move(*database), std::move(*description));
}

Expected<Head> JournalReader::head() {
    return read_head(database_);
}

Expected<std::vector<record::StoredEvent>> JournalReader::read(record::Sequence after, std::size_t count,
                                                               std::size_t max_bytes) {
    auto events = read_rows(database_, after, count, max_bytes);
    if (!events) {
        return events;
    }
    record::Sequence before = after;
    for (std::size_t i = 0; i < events->size(); ++i) {
        const auto body = sound_body((*events)[i], before);
        if (!body && i == 0) {
            return tl::unexpected<Error>(body.error());
        }
        if (!body) {
            events->resize(i); // the good ones first; the next call starts at the damage and says so
            break;
        }
        before = (*events)[i].seq;
    }
    return events;
}

Expected<void> JournalReader::visit(record::Sequence after, const Visit &show) {
    for (;;) {
        const auto events = read_rows(database_, after, kPage, kPageBytes);
        if (!events || events->empty()) {
            return events ? Expected<void>() : tl::unexpected<Error>(events.error());
        }
        for (const auto &event : *events) {
            const auto body = sound_body(event, after);
            if (!body) {
                return tl::unexpected<Error>(body.error());
            }
            if (auto shown = show(event, *body); !shown) {
                return shown;
            }
            after = event.seq;
        }
    }
}

Expected<std::optional<record::StoredEvent>> JournalReader::find(const Uuid &id) {
    auto event = find_row(database_, id);
    if (event && *event) {
        if (const auto body = record::read_body(**event); !body) {
            return fail(ErrorCode::corrupt, fmt::format("event {}: {}", (*event)->seq, body.error().message));
        }
    }
    return event;
}

Expected<std::vector<FormerChain>> JournalReader::former_chains() {
    return read_former_chains(database_);
}

Expected<std::vector<record::StoredEvent>> JournalReader::read_former(const ChainId &chain, record::Sequence after,
                                                                      std::size_t count, std::size_t max_bytes) {
    const auto chains = former_chains();
    if (!chains) {
        return tl::unexpected<Error>(chains.error());
    }
    const auto found =
        std::ranges::find(*chains, chain, [](const FormerChain &former) { return former.description.chain; });
    if (found == chains->end()) {
        return fail(ErrorCode::not_found, "no former chain " + chain.str());
    }
    auto events = read_former_rows(database_, found - chains->begin() + 1, after, count, max_bytes);
    for (std::size_t i = 0; events && i < events->size(); ++i) {
        if (const auto body = record::read_body((*events)[i]); !body) {
            return fail(ErrorCode::corrupt, fmt::format("event {}: {}", (*events)[i].seq, body.error().message));
        }
    }
    return events;
}

} // namespace xueshi::journal
