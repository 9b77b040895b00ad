#include "firmware/terminald/gallery_source.hpp"

#include "firmware/core/base/log.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::terminald {

namespace {

constexpr std::size_t kBatch = 1'000;

/// What damage took of it is passed over.
Expected<void> feed_former(gallery::Ledger &ledger, journal::JournalReader &reader, const ChainId &chain) {
    ledger.begin_chain(chain);
    for (record::Sequence after = 0;;) {
        const auto events = reader.read_former(chain, after, kBatch);
        if (!events || events->empty()) {
            return events ? Expected<void>() : tl::unexpected<Error>(events.error());
        }
        for (const auto &event : *events) {
            const auto body = record::read_body(event);
            if (!body) {
                return tl::unexpected<Error>(body.error());
            }
            ledger.feed(*body);
            after = event.seq;
        }
    }
}

/// After a salvage the gallery beside the journal is as new as it was; after a rollback it may be as old.
bool was_rolled_back(const std::string &alarm) {
    return alarm == record::kRolledBack || alarm == record::kJournalLost;
}

} // namespace

Expected<gallery::Ledger> begin_ledger(journal::JournalReader &reader) {
    const auto former = reader.former_chains();
    if (!former) {
        return tl::unexpected<Error>(former.error());
    }
    gallery::Ledger ledger;
    for (const auto &chain : *former) {
        if (const auto fed = feed_former(ledger, reader, chain.description.chain); !fed) {
            return tl::unexpected<Error>(fed.error());
        }
    }
    ledger.begin_chain(reader.description().chain);
    return ledger;
}

Expected<OpenedGallery> open_gallery(const std::filesystem::path &state, const identity::SealingKey &key,
                                     journal::JournalWriter &journal, const gallery::Ledger &ledger,
                                     const std::string &journal_alarm) {
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
    const bool rolled_back = was_rolled_back(journal_alarm);
    auto wrong = opened.gallery->people_with_wrong([&](const gallery::StoredTemplate &row) {
        return !rolled_back && ledger.holds(row.person, row.factor, row.finger, row.position);
    });
    if (!wrong) {
        return fail(wrong, "look for templates that came back");
    }
    if (const auto withdrawn = opened.gallery->withdraw(ledger); !withdrawn) {
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
