#include "firmware/core/journal/salvage/salvage.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/identity/chain.hpp"
#include "firmware/core/journal/migrations.hpp"
#include "firmware/core/journal/rows.hpp"
#include "firmware/core/journal/salvage/carve.hpp"

namespace xueshi::journal {
namespace {

/// What the damaged file still says of itself, if SQLite can read it; only order and reasons are taken from it.
struct Remembered {
    std::optional<Description> description;
    std::vector<FormerChain> former;
};

Remembered remember(const std::filesystem::path &path) {
    Remembered remembered;
    auto database = sqlite::Database::open(path, sqlite::Mode::read_only);
    if (!database) {
        return remembered;
    }
    if (auto description = read_description(*database)) {
        remembered.description = std::move(*description);
    }
    if (auto former = read_former_chains(*database)) {
        remembered.former = std::move(*former);
    }
    return remembered;
}

/// One chain as it will stand in the new file.
struct Kept {
    FormerChain former;
    std::vector<const record::StoredEvent *> events; ///< by seq
    std::size_t place = std::numeric_limits<std::size_t>::max();
    std::int64_t began_ms = 0; ///< of its first event's id
};

/// Where several events claim one seq, the one that the next event follows is the journal's; at the end of a piece the
/// one found last, which is the log's newest.
std::vector<const record::StoredEvent *> choose(const std::map<record::Sequence, std::vector<Candidate>> &candidates,
                                                const DeviceId &device, int suite, const identity::PublicKey &key) {
    std::vector<const record::StoredEvent *> chosen;
    const record::StoredEvent *next = nullptr;
    for (auto at = candidates.rbegin(); at != candidates.rend(); ++at) {
        const bool linked = next != nullptr && next->seq == at->first + 1;
        const auto holds = [&](const Candidate &candidate) {
            const record::StoredEvent &event = candidate.event;
            return candidate.device == device && candidate.suite == suite && (!linked || event.hash == next->prev) &&
                   key.verify(identity::signed_message(event.prev, event.body), event.signature).has_value();
        };
        const auto found = std::find_if(at->second.rbegin(), at->second.rend(), holds);
        if (found != at->second.rend()) {
            next = &found->event;
            chosen.push_back(next);
        }
    }
    std::ranges::reverse(chosen);
    return chosen;
}

/// The key that wrote the events: the given one, or the one in the pages that a device's id in the events follows from.
Expected<identity::PublicKey> find_key(const std::string &given, const Carving &carving) {
    if (!given.empty()) {
        return identity::PublicKey::from_pem(given);
    }
    for (const std::string &pem : carving.public_keys) {
        auto key = identity::PublicKey::from_pem(pem);
        for (const auto &[chain, events] : carving.chains) {
            if (key && identity::device_id(*key) == events.begin()->second.front().device) {
                return key;
            }
        }
    }
    return fail(ErrorCode::not_found, "the device's public key is not readable in the journal: give it in a file");
}

Kept keep(const ChainId &chain, std::vector<const record::StoredEvent *> events, const identity::PublicKey &key,
          int suite, const SalvageOptions &options) {
    Kept kept;
    kept.former.description = {identity::device_id(key), chain, suite, key.pem()};
    kept.former.why = options.why;
    if (!events.empty()) {
        kept.former.head = {events.back()->seq, events.back()->hash};
        kept.began_ms = events.front()->id.unix_ms();
    }
    kept.events = std::move(events);
    return kept;
}

std::vector<Kept> keep_all(const Carving &carving, const Remembered &remembered, const identity::PublicKey &key,
                           const SalvageOptions &options) {
    std::vector<Kept> all;
    const DeviceId device = identity::device_id(key);
    const int suite = key.suite();
    for (const auto &[chain, candidates] : carving.chains) {
        auto events = choose(candidates, device, suite, key);
        if (!events.empty()) {
            all.push_back(keep(chain, std::move(events), key, suite, options));
        }
    }
    const auto chain_of = [](const Kept &kept) { return kept.former.description.chain; };
    const auto add_missing = [&](const ChainId &chain) { // all its events are gone: that it was is kept
        if (std::ranges::find(all, chain, chain_of) == all.end()) {
            all.push_back(keep(chain, {}, key, suite, options));
        }
    };
    for (std::size_t i = 0; i < remembered.former.size(); ++i) {
        add_missing(remembered.former[i].description.chain);
        const auto known = std::ranges::find(all, remembered.former[i].description.chain, chain_of);
        known->place = i;
        known->former.why = remembered.former[i].why;
    }
    if (remembered.description) {
        add_missing(remembered.description->chain);
        std::ranges::find(all, remembered.description->chain, chain_of)->began_ms =
            std::numeric_limits<std::int64_t>::max();
    }
    std::ranges::sort(all, {}, [](const Kept &kept) { return std::pair(kept.place, kept.began_ms); });
    return all;
}

Expected<void> insert_events(sqlite::Database &database, std::int64_t place, const Kept &kept) {
    auto insert = sqlite::Statement::prepare(
        database,
        "INSERT INTO former_event(place, seq, id, kind, body, prev, hash, signature) VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
    if (!insert) {
        return tl::unexpected<Error>(insert.error());
    }
    for (const record::StoredEvent *event : kept.events) {
        insert->bind(1, place)
            .bind(2, event->seq)
            .bind(3, ByteView(event->id.bytes()))
            .bind(4, event->kind)
            .bind(5, event->body)
            .bind(6, ByteView(event->prev))
            .bind(7, ByteView(event->hash))
            .bind(8, ByteView(event->signature));
        if (auto done = insert->run(); !done) {
            return done;
        }
    }
    return {};
}

Expected<void> insert_chain(sqlite::Database &database, std::int64_t place, const Kept &kept) {
    auto insert =
        sqlite::Statement::prepare(database, "INSERT INTO former_chain(place, device, chain, suite, public_key, "
                                             "head_seq, head_hash, why) VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
    if (!insert) {
        return tl::unexpected<Error>(insert.error());
    }
    const Description &description = kept.former.description;
    insert->bind(1, place)
        .bind(2, description.device.str())
        .bind(3, description.chain.str())
        .bind(4, std::int64_t{description.suite})
        .bind(5, description.public_key_pem)
        .bind(6, kept.former.head.seq)
        .bind(7, ByteView(kept.former.head.hash))
        .bind(8, kept.former.why);
    return insert->run().and_then([&] { return insert_events(database, place, kept); });
}

Expected<void> describe(sqlite::Database &database, const Description &description) {
    auto insert = sqlite::Statement::prepare(
        database, "INSERT INTO description(one, device, chain, suite, public_key) VALUES(1, ?, ?, ?, ?)");
    if (!insert) {
        return tl::unexpected<Error>(insert.error());
    }
    insert->bind(1, description.device.str())
        .bind(2, description.chain.str())
        .bind(3, std::int64_t{description.suite})
        .bind(4, description.public_key_pem);
    return insert->run();
}

Expected<void> write_all(const std::filesystem::path &path, const Description &description,
                         const std::vector<Kept> &all) {
    auto database = sqlite::Database::open(path, sqlite::Mode::read_write_create);
    if (!database) {
        return tl::unexpected<Error>(database.error());
    }
    // No log is left beside it: the file is renamed into its place.
    auto ready = database->execute("PRAGMA synchronous = EXTRA").and_then([&] {
        return sqlite::migrate(*database, migrations());
    });
    if (!ready) {
        return ready;
    }
    auto transaction = sqlite::Transaction::begin(*database);
    if (!transaction) {
        return tl::unexpected<Error>(transaction.error());
    }
    if (auto described = describe(*database, description); !described) {
        return described;
    }
    std::int64_t place = 0;
    for (const Kept &kept : all) {
        if (auto done = insert_chain(*database, ++place, kept); !done) {
            return done;
        }
    }
    return transaction->commit();
}

/// Beside its place first: a half-written one never has the name.
Expected<void> write_new(const std::filesystem::path &destination, const Description &description,
                         const std::vector<Kept> &all) {
    const std::filesystem::path temporary = destination.string() + ".tmp";
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    std::filesystem::remove(temporary.string() + "-journal", ignored);
    if (auto written = write_all(temporary, description, all); !written) {
        std::filesystem::remove(temporary, ignored);
        return written;
    }
    if (auto given = give_to_owner_of_directory(temporary); !given) {
        return given;
    }
    if (::chmod(temporary.c_str(), 0640) != 0 || file_system().rename(temporary.c_str(), destination.c_str()) != 0) {
        return tl::unexpected<Error>(error_from_errno(errno, "rename " + temporary.string()));
    }
    return fsync_directory(destination.has_parent_path() ? destination.parent_path() : ".");
}

SalvagedChain summary_of(const Kept &kept) {
    SalvagedChain chain;
    chain.chain = kept.former.description.chain;
    chain.kept = static_cast<std::int64_t>(kept.events.size());
    chain.head = kept.former.head;
    record::Sequence before = 0;
    for (const record::StoredEvent *event : kept.events) {
        if (event->seq > before + 1) {
            chain.lost.emplace_back(before + 1, event->seq - 1);
        }
        before = event->seq;
    }
    return chain;
}

} // namespace

Expected<Salvage> salvage(const SalvageOptions &options) {
    std::error_code ignored;
    if (std::filesystem::exists(options.destination, ignored)) {
        return fail(ErrorCode::already_exists, options.destination.string() + " is there already");
    }
    auto pages = Pages::open(options.journal);
    if (!pages) {
        return fail(pages, "salvage");
    }
    const Carving carving = carve(*pages);
    if (carving.chains.empty()) {
        return fail(ErrorCode::not_found, "salvage: not one event is left in " + options.journal.string());
    }
    const auto key = find_key(options.public_key_pem, carving);
    if (!key) {
        return fail(key, "salvage");
    }
    const auto all = keep_all(carving, remember(options.journal), *key, options);
    if (std::ranges::all_of(all, [](const Kept &kept) { return kept.events.empty(); })) {
        return fail(ErrorCode::not_found, "salvage: not one event that this key signed is left");
    }
    Salvage result;
    result.device = identity::device_id(*key);
    result.chain = ChainId(Uuid::v4().str());
    result.unreadable_pages = pages->unreadable();
    const Description description{result.device, result.chain, all.back().former.description.suite, key->pem()};
    if (const auto written = write_new(options.destination, description, all); !written) {
        return fail(written, "salvage");
    }
    std::ranges::transform(all, std::back_inserter(result.earlier), summary_of);
    return result;
}

} // namespace xueshi::journal
