#include "firmware/core/journal/verify.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <iterator>
#include <set>
#include <span>
#include <thread>

#include <fmt/format.h>

#include "firmware/core/identity/chain.hpp"
#include "firmware/core/journal/migrations.hpp"
#include "firmware/core/journal/rows.hpp"
#include "firmware/core/journal/succession.hpp"

namespace xueshi::journal {
namespace {

constexpr std::size_t kBatch = 1'000; // a batch is a read transaction: a longer one keeps the WAL from being reused
constexpr std::size_t kBatchBytes = 16 * 1024 * 1024;
constexpr std::size_t kTablePays = 3'000; // events: one processor makes it, while the others wait
constexpr std::size_t kPiece = 64; // enough for one inversion to be shared, few enough for every processor to have some

std::optional<Finding> finding(record::Sequence seq, ErrorCode code, std::string what, ChainId chain = {}) {
    return Finding{seq, Error{code, std::move(what)}, std::move(chain)};
}

using Receipt = std::optional<identity::Receipt>;

std::optional<Finding> check_description(const Description &description, const identity::PublicKey &key,
                                         const identity::PublicKey *pinned) {
    if (pinned != nullptr && pinned->fingerprint() != key.fingerprint()) {
        return finding(0, ErrorCode::denied, "it was written with another key than the device's");
    }
    if (identity::device_id(key) != description.device) {
        return finding(0, ErrorCode::corrupt, "the device's id does not belong to its key");
    }
    return std::nullopt;
}

std::optional<Finding> check_receipt_belongs(const Verification &result, const Receipt &receipt) {
    if (!receipt) {
        return std::nullopt;
    }
    const bool here = receipt->chain == result.description.chain ||
                      std::ranges::any_of(result.former, [&](const FormerChain &former) {
                          return receipt->chain == former.description.chain;
                      });
    if (receipt->device == result.description.device && here) {
        return std::nullopt;
    }
    return finding(0, ErrorCode::conflict,
                   fmt::format("the receipt is for device {}, chain {}", receipt->device.str(), receipt->chain.str()));
}

std::optional<Finding> check_receipt(const record::StoredEvent &event, const ChainId &chain, const Receipt &receipt) {
    if (receipt && receipt->chain == chain && receipt->through_seq == event.seq && receipt->head_hash != event.hash) {
        return finding(event.seq, ErrorCode::conflict,
                       fmt::format("event {}: the registry holds another one", event.seq));
    }
    return std::nullopt;
}

std::optional<Finding> check_reaches(record::Sequence head, const ChainId &chain, const Receipt &receipt) {
    if (receipt && receipt->chain == chain && receipt->through_seq > head) {
        return finding(head + 1, ErrorCode::conflict,
                       fmt::format("rolled back: the registry holds events up to {}, the journal ends at {}",
                                   receipt->through_seq, head));
    }
    return std::nullopt;
}

/// Signatures take most of the time and need no order: pieces of the events on all processors, results in the events'
/// order.
std::vector<Expected<record::EventBody>> check_each(const identity::PublicKey &key, const identity::KeyTable *table,
                                                    const Description &description,
                                                    const std::vector<record::StoredEvent> &events) {
    const std::size_t pieces = (events.size() + kPiece - 1) / kPiece;
    std::vector<std::vector<Expected<record::EventBody>>> checked(pieces);
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < pieces; i = next++) {
            const auto piece = std::span(events).subspan(i * kPiece);
            checked[i] = identity::check_events(key, table, description.device, description.chain,
                                                piece.first(std::min(piece.size(), kPiece)));
        }
    };
    std::vector<std::future<void>> others;
    while (others.size() + 1 < std::min<std::size_t>(std::thread::hardware_concurrency(), pieces)) {
        others.push_back(std::async(work)); // where no thread is to be had it waits, and finds nothing left
    }
    work();
    std::ranges::for_each(others, &std::future<void>::get);
    std::vector<Expected<record::EventBody>> all;
    all.reserve(events.size());
    for (auto &piece : checked) {
        std::ranges::move(piece, std::back_inserter(all));
    }
    return all;
}

class Walk {
public:
    Walk(sqlite::Database &database, const identity::PublicKey &key, const Receipt &receipt, Verification &result)
        : database_(database), key_(key), receipt_(receipt), result_(result) {}

    /// Error: nobody could look.
    Expected<std::optional<Finding>> run() {
        const auto head = read_head(database_);
        has_beginning_ = head && head->seq > 0;
        std::int64_t place = 0;
        for (const FormerChain &former : result_.former) {
            auto found = former_chain(++place, former);
            if (!found || *found) {
                if (found) {
                    (*found)->chain = former.description.chain;
                }
                return found;
            }
        }
        auto found = present_chain();
        if (found && !*found) {
            found = succession();
        }
        return !found || *found ? found : stray_row(); // last: where a page is torn, the walk names the event
    }

private:
    using Found = Expected<std::optional<Finding>>;

    /// A read that fails because of what lies there is a finding; one that could not be tried is an Error.
    static Found unreadable(record::Sequence seq, const Error &error) {
        if (error.code != ErrorCode::corrupt && error.code != ErrorCode::io) {
            return tl::unexpected<Error>(error);
        }
        return finding(seq, error.code, error.message);
    }

    Found stray_row() {
        const auto stray = find_stray_row(database_);
        if (!stray) {
            return unreadable(0, stray.error());
        }
        return *stray ? finding(**stray, ErrorCode::corrupt, fmt::format("event {}: no chain has it", **stray))
                      : Found(std::nullopt);
    }

    Found present_chain() {
        const auto read = [&](record::Sequence after) { return read_rows(database_, after, kBatch, kBatchBytes); };
        auto found = follow(result_.description, true, result_.head, read);
        return !found || *found ? found : check_reaches(result_.head.seq, result_.description.chain, receipt_);
    }

    /// Links hold within each piece; whether the gaps between them may be there is for `succession`.
    Found former_chain(std::int64_t place, const FormerChain &former) {
        const auto key = identity::PublicKey::from_pem(former.description.public_key_pem);
        if (former.description.device != result_.description.device || !key ||
            identity::device_id(*key) != former.description.device) {
            return finding(0, ErrorCode::corrupt, "a former chain of another device or key");
        }
        Head head;
        const auto read = [&](record::Sequence after) {
            return read_former_rows(database_, place, after, kBatch, kBatchBytes);
        };
        if (auto found = follow(former.description, false, head, read); !found || *found) {
            return found;
        }
        // A missing end is a gap as any other: `succession` knows whether one before it was declared.
        const bool short_of = head.seq < former.head.seq;
        if (!short_of && (head.seq != former.head.seq || head.hash != former.head.hash)) {
            return finding(former.head.seq, ErrorCode::corrupt,
                           fmt::format("a former chain ends at event {} instead of {}", head.seq, former.head.seq));
        }
        if (short_of && !has_beginning_) {
            return finding(head.seq + 1, ErrorCode::corrupt, fmt::format("event {}: missing", head.seq + 1));
        }
        return check_reaches(former.head.seq, former.description.chain, receipt_);
    }

    /// A chain from its first event on, as `read` gives what comes after a seq. `head`: the last that holds. Not
    /// `whole`: events may be missing.
    template <typename Read>
    Found follow(const Description &description, bool whole, Head &head, Read read) {
        succession_.begin_chain(description.chain);
        for (auto next = std::async(read, head.seq);;) {
            const auto events = next.get();
            if (!events) {
                return unreadable(head.seq + 1, events.error());
            }
            if (events->empty()) {
                return std::optional<Finding>();
            }
            next = std::async(read, events->back().seq); // while these are checked
            if (!table_ && checked_ >= kTablePays) {
                table_ = identity::KeyTable::make(key_);
            }
            checked_ += events->size();
            const auto bodies = check_each(key_, table_.get(), description, *events);
            for (std::size_t i = 0; i < events->size(); ++i) {
                const record::StoredEvent &event = (*events)[i];
                const bool follows = whole || event.seq == head.seq + 1;
                const auto linked = follows ? identity::check_link(event, head.seq, head.hash) : Expected<void>();
                if (!linked) {
                    return finding(head.seq + 1, linked.error().code, linked.error().message);
                }
                if (!bodies[i]) {
                    return finding(event.seq, bodies[i].error().code, bodies[i].error().message);
                }
                if (auto differs = check_receipt(event, description.chain, receipt_)) {
                    return differs;
                }
                succession_.feed(*bodies[i]);
                head = {event.seq, event.hash};
            }
        }
    }

    /// Each chain names the one before it, and each gap in a chain was declared by a later one's signed beginning. The
    /// newest gaps are not declared while the newest chain has no event.
    Found succession() {
        if (const auto gone = succession_.missing(result_.former)) {
            return finding(1, ErrorCode::corrupt, "the former chain " + gone->str() + " is missing", *gone);
        }
        for (std::size_t i = 0; i < result_.former.size(); ++i) {
            const FormerChain &former = result_.former[i];
            const bool last = i + 1 == result_.former.size();
            const ChainId &later = last ? result_.description.chain : result_.former[i + 1].description.chain;
            if (auto broken = succession_.check_link(former, later)) {
                return broken;
            }
            const auto lost = lost_of_former(database_, static_cast<std::int64_t>(i) + 1, former.head.seq);
            if (!lost) {
                return unreadable(0, lost.error());
            }
            const auto undeclared = succession_.undeclared(former.description.chain, *lost);
            if (!undeclared.empty() && has_beginning_) {
                const record::Sequence seq = undeclared.front().first;
                return finding(seq, ErrorCode::corrupt,
                               fmt::format("event {}: missing, and no later chain declared it lost", seq),
                               former.description.chain);
            }
        }
        return std::optional<Finding>();
    }

    sqlite::Database &database_;
    const identity::PublicKey &key_;
    const Receipt &receipt_;
    Verification &result_;
    std::unique_ptr<identity::KeyTable> table_;
    std::size_t checked_ = 0; ///< events
    Succession succession_;
    bool has_beginning_ = false; ///< the present chain has said what is lost
};

/// The table's walk does not read the index; this does.
Expected<std::optional<Finding>> check_structure(sqlite::Database &database) {
    auto check = sqlite::Statement::prepare(database, "PRAGMA integrity_check(1)");
    if (!check) {
        return tl::unexpected<Error>(check.error());
    }
    const auto row = check->step();
    const std::string text = row && *row ? check->text(0) : row ? "no answer" : row.error().message;
    return text == "ok" ? std::nullopt : finding(0, ErrorCode::corrupt, text);
}

Expected<std::set<std::string>> column_of(sqlite::Database &database, std::string_view query) {
    auto select = sqlite::Statement::prepare(database, query);
    std::set<std::string> texts;
    while (select) {
        const auto row = select->step();
        if (!row) {
            return tl::unexpected<Error>(row.error());
        }
        if (!*row) {
            return texts;
        }
        texts.insert(select->text(0));
    }
    return tl::unexpected<Error>(select.error());
}

Expected<std::set<std::string>> objects_of(sqlite::Database &database) {
    return column_of(database, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL");
}

/// Tables and triggers of the tables that this version knows; a newer one may have added others.
Expected<std::set<std::string>> objects_of_known_tables(sqlite::Database &database, sqlite::Database &known) {
    const auto tables = column_of(known, "SELECT quote(name) FROM sqlite_schema WHERE type = 'table'");
    return tables ? column_of(database, fmt::format("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND "
                                                    "tbl_name IN ({})",
                                                    fmt::join(*tables, ", ")))
                  : tables;
}

/// Dropped triggers or added tables change no event, but somebody was there.
Expected<std::optional<Finding>> check_schema(sqlite::Database &database) {
    const auto version = sqlite::usable_version(database, migrations().size());
    auto fresh = sqlite::Database::open(":memory:", sqlite::Mode::read_write_create);
    if (!version || !fresh) {
        return tl::unexpected<Error>(!version ? version.error() : fresh.error());
    }
    const bool newer = *version > migrations().size();
    const std::size_t end = std::min(*version, migrations().size());
    if (const auto done = sqlite::migrate(*fresh, migrations().first(end)); !done) {
        return tl::unexpected<Error>(done.error());
    }
    const auto expected = objects_of(*fresh);
    const auto objects = newer ? objects_of_known_tables(database, *fresh) : objects_of(database);
    if (!expected || !objects) {
        return tl::unexpected<Error>(!expected ? expected.error() : objects.error());
    }
    return *expected == *objects ? std::nullopt : finding(0, ErrorCode::corrupt, "the schema was changed");
}

Expected<std::optional<Finding>> check_all(sqlite::Database &database, const identity::PublicKey &key,
                                           const Receipt &receipt, const identity::PublicKey *pinned,
                                           Verification &result) {
    if (auto wrong = check_description(result.description, key, pinned)) {
        return wrong;
    }
    if (auto wrong = check_receipt_belongs(result, receipt)) {
        return wrong;
    }
    auto found = Walk(database, key, receipt, result).run();
    if (found && !*found) {
        found = check_structure(database);
    }
    if (found && !*found) {
        found = check_schema(database);
    }
    return found;
}

} // namespace

Expected<Verification> verify_journal(const std::filesystem::path &path, const Receipt &receipt,
                                      const identity::PublicKey *key) {
    auto database = sqlite::Database::open(path, sqlite::Mode::read_only);
    if (!database) {
        return fail(database, "journal");
    }
    auto description = read_description(*database);
    if (!description) {
        return fail(description, path.string());
    }
    Verification result{std::move(*description), {}, {}, std::nullopt};
    const auto own_key = identity::PublicKey::from_pem(result.description.public_key_pem);
    if (!own_key) {
        result.first_bad = finding(0, own_key.error().code, own_key.error().message);
        return result;
    }
    auto former = read_former_chains(*database);
    if (!former) {
        result.first_bad = finding(0, former.error().code, former.error().message);
        return result;
    }
    result.former = std::move(*former);
    auto found = check_all(*database, *own_key, receipt, key, result);
    if (!found) {
        return fail(found, path.string());
    }
    result.first_bad = std::move(*found);
    return result;
}

} // namespace xueshi::journal
