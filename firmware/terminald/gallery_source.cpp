#include "firmware/terminald/gallery_source.hpp"

#include "firmware/core/base/log.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::terminald {

namespace {

constexpr std::size_t kBatch = 1'000;

bool concerns_templates(const std::string &kind) {
    return kind == record::to_string(record::EventKind::enrolment) ||
           kind == record::to_string(record::EventKind::erasure) ||
           kind == record::to_string(record::EventKind::consent) ||
           kind == record::to_string(record::EventKind::boot); // of a chain that took another's place
}

/// Feeds one chain, read by `read(after)`.
template <typename Read>
Expected<void> feed(gallery::Ledger &ledger, const ChainId &chain, Read read) {
    ledger.begin_chain(chain);
    for (record::Sequence after = 0;;) {
        const auto events = read(after);
        if (!events) {
            return tl::unexpected(events.error());
        }
        if (events->empty()) {
            return {};
        }
        for (const auto &event : *events) {
            after = event.seq;
            if (!concerns_templates(event.kind)) {
                continue;
            }
            const auto body = record::read_body(event);
            if (!body) {
                return tl::unexpected(body.error());
            }
            ledger.feed(*body);
        }
    }
}

Expected<gallery::Ledger> read_ledger(const std::filesystem::path &path) {
    auto reader = journal::JournalReader::open(path);
    if (!reader) {
        return fail(reader, "journal");
    }
    const auto former = reader->former_chains();
    if (!former) {
        return tl::unexpected(former.error());
    }
    gallery::Ledger ledger;
    for (const auto &chain : *former) {
        const auto &id = chain.description.chain;
        const auto fed =
            feed(ledger, id, [&](record::Sequence after) { return reader->read_former(id, after, kBatch); });
        if (!fed) {
            return tl::unexpected(fed.error());
        }
    }
    const auto fed =
        feed(ledger, reader->description().chain, [&](record::Sequence after) { return reader->read(after, kBatch); });
    if (!fed) {
        return tl::unexpected(fed.error());
    }
    return ledger;
}

/// After a salvage the gallery beside the journal is as new as it was; after a rollback it may be as old.
bool was_rolled_back(const std::string &alarm) {
    return alarm == record::kRolledBack || alarm == record::kJournalLost;
}

} // namespace

Expected<OpenedGallery> open_gallery(const std::filesystem::path &state, const identity::SealingKey &key,
                                     journal::JournalWriter &journal, const std::string &journal_alarm) {
    auto position = [&journal]() -> Expected<gallery::Position> {
        const auto head = journal.head();
        if (!head) {
            return tl::unexpected(head.error());
        }
        return gallery::Position{journal.description().chain, head->seq};
    };
    OpenedGallery opened;
    auto found = gallery::Gallery::open(state / "gallery.db", key, journal.description().device, std::move(position));
    if (!found && found.error().code == ErrorCode::denied) {
        opened.gallery = gallery::Gallery::refused(found.error()); // whoever loads templates raises the alarm (F28)
        return opened;
    }
    if (!found) {
        return fail(found, "gallery");
    }
    opened.gallery = std::move(*found);
    const auto ledger = read_ledger(state / "journal.db");
    if (!ledger) {
        return fail(ledger, "compare the gallery with the journal");
    }
    const bool rolled_back = was_rolled_back(journal_alarm);
    auto wrong = opened.gallery->people_with_wrong([&](const gallery::StoredTemplate &row) {
        return !rolled_back && ledger->holds(row.person, row.factor, row.finger, row.position);
    });
    if (!wrong) {
        return fail(wrong, "look for templates that came back");
    }
    if (const auto withdrawn = opened.gallery->withdraw(*ledger); !withdrawn) {
        return fail(withdrawn, "take back consents that came back");
    }
    opened.came_back = std::move(*wrong);
    if (!opened.came_back.empty()) {
        opened.why = rolled_back ? "journal_rolled_back" : "restored_backup";
        log::error("templates_came_back", {{"people", opened.came_back.size()}, {"why", opened.why}});
    }
    return opened;
}

} // namespace xueshi::terminald
