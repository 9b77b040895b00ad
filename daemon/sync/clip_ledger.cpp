#include "daemon/sync/clip_ledger.hpp"

#include <fmt/format.h>

#include "daemon/sync/ledger_sql.hpp"

namespace xueshi::sync {

using sqlite::Statement;

Expected<record::Sequence> ClipLedger::cursor(const ChainId &chain) {
    return number(database_, "SELECT seq FROM clip_cursor WHERE chain = ?", std::string_view(chain.str()));
}

Expected<void> ClipLedger::take(const ChainId &chain, const std::vector<record::StoredEvent> &events,
                                const std::vector<ChainId> &later) {
    auto transaction = sqlite::Transaction::begin(database_);
    if (!transaction) {
        return tl::unexpected<Error>(transaction.error());
    }
    for (const auto &event : events) {
        if (auto noted = note(chain, event, later); !noted) {
            return noted;
        }
    }
    if (auto moved = execute(database_, "INSERT OR REPLACE INTO clip_cursor (chain, seq) VALUES (?, ?)",
                             std::string_view(chain.str()), events.back().seq);
        !moved) {
        return moved;
    }
    return transaction->commit();
}

Expected<void> ClipLedger::note(const ChainId &chain, const record::StoredEvent &event,
                                const std::vector<ChainId> &later) {
    const clips::ClipWord word = clips::clip_word(event);
    if (const auto *saved = std::get_if<clips::SavedClip>(&word)) {
        const std::string id = event.id.str();
        return execute(database_,
                       "INSERT OR IGNORE INTO clip (chain, seq, event, clip, file, sha256, bytes) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?)",
                       std::string_view(chain.str()), event.seq, std::string_view(id),
                       std::string_view(saved->announcement.clip.str()), std::string_view(saved->file),
                       ByteView(saved->announcement.sha256), saved->announcement.bytes);
    }
    if (const auto *shown = std::get_if<clips::ShownIn>(&word)) {
        return add_subject(*shown);
    }
    if (const auto *deleted = std::get_if<clips::DeletedClip>(&word)) {
        return forget(deleted->clip);
    }
    const auto *consent = std::get_if<clips::LeaveConsent>(&word);
    if (consent == nullptr) {
        return {};
    }
    const auto overtaken = has_consent_of(later, consent->person);
    if (!overtaken || *overtaken) {
        return overtaken ? Expected<void>() : tl::unexpected<Error>(overtaken.error());
    }
    return note_consent(chain, *consent);
}

/// The terminal deleted it by its days: it is not missed, and nobody's later consent looks for it.
Expected<void> ClipLedger::forget(const MediaId &clip) {
    for (const auto *table : {"clip", "clip_subject"}) {
        if (auto gone =
                execute(database_, fmt::format("DELETE FROM {} WHERE clip = ?", table), std::string_view(clip.str()));
            !gone) {
            return gone;
        }
    }
    return {};
}

/// Whether the person's newest word that is known was said in one of these chains.
Expected<bool> ClipLedger::has_consent_of(const std::vector<ChainId> &chains, const PersonId &person) {
    for (const ChainId &chain : chains) {
        const auto found = number(database_, "SELECT 1 FROM clip_consent WHERE person = ? AND chain = ?",
                                  std::string_view(person.str()), std::string_view(chain.str()));
        if (!found || *found != 0) {
            return found ? Expected<bool>(true) : tl::unexpected<Error>(found.error());
        }
    }
    return false;
}

Expected<void> ClipLedger::add_subject(const clips::ShownIn &shown) {
    return execute(database_, "INSERT OR IGNORE INTO clip_subject (clip, person, class) VALUES (?, ?, ?)",
                   std::string_view(shown.clip.str()), std::string_view(shown.person.str()),
                   std::string_view(shown.training_class.str()));
}

Expected<void> ClipLedger::note_consent(const ChainId &chain, const clips::LeaveConsent &consent) {
    auto noted =
        execute(database_, "INSERT OR REPLACE INTO clip_consent (person, given, chain) VALUES (?, ?, ?)",
                std::string_view(consent.person.str()), std::int64_t{consent.given}, std::string_view(chain.str()));
    return noted ? execute(database_,
                           "UPDATE clip SET state = 'waiting' WHERE state = 'withheld' AND clip IN "
                           "(SELECT clip FROM clip_subject WHERE person = ?)",
                           std::string_view(consent.person.str()))
                 : noted;
}

Expected<std::vector<clips::ClipSubject>> ClipLedger::subjects(const MediaId &clip) {
    auto select = Statement::prepare(database_, "SELECT s.person, s.class, coalesce(c.given, 0) FROM clip_subject s "
                                                "LEFT JOIN clip_consent c ON c.person = s.person WHERE s.clip = ?");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    select->bind(1, clip.str());
    std::vector<clips::ClipSubject> subjects;
    for (;;) {
        const auto row = select->step();
        if (!row || !*row) {
            return row ? Expected<std::vector<clips::ClipSubject>>(std::move(subjects))
                       : tl::unexpected<Error>(row.error());
        }
        subjects.push_back({PersonId(select->text(0)), ClassId(select->text(1)), select->integer(2) != 0});
    }
}

namespace {

WaitingClip read_waiting(const Statement &row) {
    WaitingClip clip;
    clip.chain = ChainId(row.text(1));
    clip.seq = row.integer(2);
    clip.saved.announcement.event = Uuid::parse(row.text(3)).value_or(Uuid());
    clip.saved.announcement.clip = MediaId(row.text(4));
    clip.saved.file = row.text(5);
    clip.saved.announcement.sha256 = digest_of(row.blob(6));
    clip.saved.announcement.bytes = row.integer(7);
    clip.upload = row.text(8);
    clip.acknowledged = row.integer(9);
    clip.attempts = row.integer(10);
    clip.asked = row.integer(11) != 0 ? clips::Asked::yes : clips::Asked::no;
    clip.refusals = row.integer(12);
    return clip;
}

} // namespace

Expected<NextClip> ClipLedger::next(const clips::ClipPolicy &policy, std::int64_t now_ms) {
    auto select =
        prepare(database_,
                "SELECT rowid, chain, seq, event, clip, file, sha256, bytes, upload, acknowledged, attempts, asked, "
                "refusals FROM clip WHERE state = 'waiting' AND not_before_ms NOT BETWEEN ? + 1 AND ? + ? "
                "ORDER BY asked DESC, refusals, attempts, rowid",
                now_ms, now_ms, kRestMs);
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    NextClip next;
    std::vector<std::int64_t> withheld;
    while (!next.clip && withheld.size() < kMostSetAside) {
        const auto row = select->step();
        if (!row) {
            return tl::unexpected<Error>(row.error());
        }
        if (!*row) {
            break;
        }
        auto clip = read_waiting(*select);
        const auto leaves = may_leave(policy, clip);
        if (!leaves) {
            return tl::unexpected<Error>(leaves.error());
        }
        if (*leaves) {
            next.clip = std::move(clip);
        } else {
            withheld.push_back(select->integer(0));
        }
    }
    select->reset();
    next.more = !next.clip && withheld.size() == kMostSetAside;
    const auto done = set_aside(withheld);
    return done ? Expected<NextClip>(std::move(next)) : tl::unexpected<Error>(done.error());
}

Expected<bool> ClipLedger::may_leave(const clips::ClipPolicy &policy, const WaitingClip &clip) {
    const auto shown = subjects(clip.saved.announcement.clip);
    return shown ? Expected<bool>(clips::withheld_because(policy, *shown, clip.asked).empty())
                 : tl::unexpected<Error>(shown.error());
}

Expected<void> ClipLedger::set_aside(const std::vector<std::int64_t> &rowids) {
    if (rowids.empty()) {
        return {};
    }
    auto transaction = sqlite::Transaction::begin(database_);
    if (!transaction) {
        return tl::unexpected<Error>(transaction.error());
    }
    for (const std::int64_t rowid : rowids) {
        if (auto set = execute(database_, "UPDATE clip SET state = 'withheld' WHERE rowid = ?", rowid); !set) {
            return set;
        }
    }
    return transaction->commit();
}

Expected<void> ClipLedger::ask_for(const MediaId &clip, const clips::ClipPolicy &policy) {
    auto select = Statement::prepare(database_, "SELECT state FROM clip WHERE clip = ? ORDER BY rowid LIMIT 1");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    select->bind(1, clip.str());
    const auto row = select->step();
    if (!row || !*row) {
        return row ? fail(ErrorCode::not_found, "no acknowledged event names this clip")
                   : tl::unexpected<Error>(row.error());
    }
    const std::string state = select->text(0);
    if (state == "confirmed") {
        return {};
    }
    if (state != "waiting" && state != "withheld" && state != "refused") {
        return fail(ErrorCode::io, "the clip is " + state);
    }
    const auto shown = subjects(clip);
    if (!shown) {
        return tl::unexpected<Error>(shown.error());
    }
    if (const auto why = clips::withheld_because(policy, *shown, clips::Asked::yes); !why.empty()) {
        return fail(ErrorCode::denied, "it must not leave the device: " + std::string(why));
    }
    return execute(database_,
                   "UPDATE clip SET asked = 1, state = 'waiting', not_before_ms = 0, refusals = 0 WHERE clip = ?",
                   std::string_view(clip.str()));
}

Expected<std::set<MediaId>> ClipLedger::asked_for() {
    const auto clips =
        rows(database_, "SELECT clip FROM clip WHERE asked = 1 AND state = 'waiting' ORDER BY rowid LIMIT ?",
             clips::kMaxAsked, [](const Statement &row) { return MediaId(row.text(0)); });
    return clips ? Expected<std::set<MediaId>>(std::set<MediaId>(clips->begin(), clips->end()))
                 : tl::unexpected<Error>(clips.error());
}

Expected<void> ClipLedger::reconsider() {
    return execute(database_, "UPDATE clip SET state = 'waiting' WHERE state = 'withheld'");
}

Expected<void> ClipLedger::begin(const WaitingClip &clip, const std::string &upload) {
    return execute(database_, "UPDATE clip SET upload = ?, acknowledged = 0, refusals = 0 WHERE chain = ? AND seq = ?",
                   std::string_view(upload), std::string_view(clip.chain.str()), clip.seq);
}

Expected<void> ClipLedger::acknowledge(const WaitingClip &clip, std::int64_t bytes, bool durable) {
    if (!durable) {
        if (auto relaxed = database_.execute("PRAGMA synchronous = NORMAL"); !relaxed) {
            return relaxed;
        }
    }
    auto noted = execute(database_, "UPDATE clip SET acknowledged = ? WHERE chain = ? AND seq = ?", bytes,
                         std::string_view(clip.chain.str()), clip.seq);
    auto strict = durable ? Expected<void>() : database_.execute("PRAGMA synchronous = FULL");
    return noted ? strict : noted;
}

Expected<void> ClipLedger::restart(const WaitingClip &clip) {
    return execute(database_,
                   "UPDATE clip SET upload = '', acknowledged = 0, attempts = attempts + 1 WHERE chain = ? AND seq = ?",
                   std::string_view(clip.chain.str()), clip.seq);
}

Expected<void> ClipLedger::refuse(const WaitingClip &clip, std::int64_t now_ms) {
    return execute(database_, "UPDATE clip SET refusals = refusals + 1, not_before_ms = ? WHERE chain = ? AND seq = ?",
                   now_ms + kRestMs, std::string_view(clip.chain.str()), clip.seq);
}

Expected<void> ClipLedger::rest(const WaitingClip &clip, std::int64_t now_ms) {
    return execute(database_, "UPDATE clip SET not_before_ms = ? WHERE chain = ? AND seq = ?", now_ms + kRestMs,
                   std::string_view(clip.chain.str()), clip.seq);
}

Expected<void> ClipLedger::set_state(const WaitingClip &clip, std::string_view state) {
    return execute(database_, "UPDATE clip SET state = ? WHERE chain = ? AND seq = ?", state,
                   std::string_view(clip.chain.str()), clip.seq);
}

Expected<void> ClipLedger::confirm(const WaitingClip &clip) {
    return set_state(clip, "confirmed");
}

Expected<void> ClipLedger::confirm(const std::vector<Sha256> &held) {
    auto transaction = sqlite::Transaction::begin(database_);
    if (!transaction) {
        return tl::unexpected<Error>(transaction.error());
    }
    for (const Sha256 &digest : held) {
        if (auto confirmed =
                execute(database_, "UPDATE clip SET state = 'confirmed' WHERE sha256 = ?", ByteView(digest));
            !confirmed) {
            return confirmed;
        }
    }
    return transaction->commit();
}

Expected<void> ClipLedger::give_up(const WaitingClip &clip, std::string_view state) {
    return set_state(clip, state);
}

Expected<bool> ClipLedger::forget_deleted(const std::filesystem::path &media) {
    const auto deleted = rows_without_file(
        database_, "SELECT rowid, file FROM clip WHERE state = 'confirmed' ORDER BY rowid LIMIT ?", media);
    if (!deleted) {
        return tl::unexpected<Error>(deleted.error());
    }
    for (const std::int64_t rowid : *deleted) {
        if (auto done = forget(rowid); !done) {
            return tl::unexpected<Error>(done.error());
        }
    }
    return !deleted->empty();
}

/// Whom it showed is forgotten with it, unless another event names the same clip.
Expected<void> ClipLedger::forget(std::int64_t rowid) {
    auto transaction = sqlite::Transaction::begin(database_);
    if (!transaction) {
        return tl::unexpected<Error>(transaction.error());
    }
    auto done = execute(database_,
                        "DELETE FROM clip_subject WHERE clip = (SELECT clip FROM clip WHERE rowid = ?) AND NOT EXISTS "
                        "(SELECT 1 FROM clip WHERE clip.clip = clip_subject.clip AND clip.rowid <> ?)",
                        rowid, rowid);
    if (done) {
        done = execute(database_, "DELETE FROM clip WHERE rowid = ?", rowid);
    }
    return done ? transaction->commit() : done;
}

Expected<std::int64_t> ClipLedger::count(std::string_view state) {
    return number(database_, "SELECT count(*) FROM clip WHERE state = ?", state);
}

Expected<std::int64_t> ClipLedger::waiting() {
    return count("waiting");
}

Expected<std::int64_t> ClipLedger::withheld() {
    return count("withheld");
}

Expected<std::vector<Sha256>> confirmed_clips(sqlite::Database &database, std::size_t count) {
    return digests(database, "SELECT sha256 FROM clip WHERE state = 'confirmed' ORDER BY rowid LIMIT ?", count);
}

} // namespace xueshi::sync
