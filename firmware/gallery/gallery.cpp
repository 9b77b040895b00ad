#include "firmware/gallery/gallery.hpp"

#include <algorithm>
#include <initializer_list>
#include <set>

#include <fmt/format.h>
#include <sqlite3.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/gallery/gallery_file.hpp"
#include "firmware/gallery/inventory.hpp"
#include "firmware/gallery/rows.hpp"
#include "firmware/gallery/terms.hpp"

namespace xueshi::gallery {
namespace {

constexpr std::size_t kMaxTemplates = 32;             // of one factor and finger of a person
constexpr std::size_t kMaxTemplateBytes = 256 * 1024; // five impressions of a finger are some 10 KiB
constexpr std::size_t kMaxName = 256;

/// Before a DELETE of the same rows: what lies in a reader is to be erased there too.
constexpr std::string_view kOwe = "INSERT INTO owed(person, finger, model, sealed, chain, after_seq) "
                                  "SELECT person, finger, model, sealed, chain, after_seq";
constexpr std::string_view kInReader = " AND in_reader = 1 ORDER BY number";

/// '|' separates the parts of the associated data, so none may hold one.
bool is_name(const std::string &text) {
    return text.size() <= kMaxName && text.find('|') == std::string::npos;
}

class SqliteGallery final : public Gallery {
public:
    SqliteGallery(LockFile lock, sqlite::Database database, const identity::SealingKey &key, std::string device,
                  Journal journal)
        : lock_(std::move(lock)), database_(std::move(database)), key_(key), device_(std::move(device)),
          journal_(std::move(journal)) {}

    Expected<void> replace(const PersonId &person, const std::string &factor, const std::string &finger,
                           const std::vector<StoredTemplate> &templates) override;
    Expected<std::vector<StoredTemplate>> load(const std::string &factor, const std::string &model) override;
    Expected<std::vector<StoredTemplate>> list(const std::string &factor) override;
    Expected<std::vector<PersonId>> outdated(const std::string &factor, const std::string &model) override;
    Expected<std::int64_t> owe(const StoredTemplate &print) override;
    Expected<void> keep(std::int64_t debt) override;
    Expected<std::vector<StoredTemplate>> owed(const std::string &model) override;
    Expected<void> settle(std::int64_t debt) override;
    Expected<void> erase(const PersonId &person) override;
    Expected<void> erase(const PersonId &person, const std::string &factor) override;
    Expected<std::vector<PersonId>> people_with_wrong(const Right &right) override;
    Expected<void> withdraw(const Ledger &ledger) override;
    Expected<std::vector<Term>> terms() override { return read_terms(database_); }
    Expected<void> set_terms(const std::map<PersonId, std::int64_t> &since_ms) override {
        return write_terms(database_, since_ms);
    }
    Expected<void> end_term(const PersonId &person) override;
    Expected<void> forget_term(const PersonId &person) override { return remove_term(database_, person); }
    Expected<void> set_consent(const PersonId &person, const std::string &purpose, bool given) override;
    Expected<bool> has_consent(const PersonId &person, const std::string &purpose) override;

private:
    std::string associated(const StoredTemplate &stored) const {
        std::string text =
            fmt::format("{}|{}|{}|{}|{}", stored.person.str(), device_, stored.factor, stored.finger, stored.model);
        if (!stored.position.chain.empty()) { // rows of the first version had none
            text += fmt::format("|{}|{}", stored.position.chain.str(), stored.position.seq);
        }
        text += stored.in_reader ? "|in_reader" : "";
        return text;
    }
    /// Error: denied names the row that was edited or moved.
    Expected<Bytes> open_row(const SealedRow &row, std::string_view table) const;
    Expected<void> insert(const StoredTemplate &stored);
    Expected<void> insert_owed(const StoredTemplate &print);
    Expected<void> remove(const PersonId &person, const std::string &factor, const std::string &finger);
    Expected<void> remove_all(const PersonId &person);
    /// Runs one statement over these parameters.
    Expected<void> run(std::string_view sql, std::initializer_list<std::string_view> texts);
    Expected<void> run(std::string_view sql, std::int64_t number);
    /// Runs `change` in a transaction with a fresh inventory, then leaves nothing of the old rows in the log.
    template <typename Change>
    Expected<void> change_rows(Change change);

    LockFile lock_;
    sqlite::Database database_;
    identity::SealingKey key_;
    std::string device_;
    Journal journal_;
};

Expected<void> check_templates(const PersonId &person, const std::string &factor, const std::string &finger,
                               const std::vector<StoredTemplate> &templates) {
    const bool sound = !person.empty() && is_name(person.str()) && is_name(factor) && is_name(finger) &&
                       (factor == "face" || factor == "finger") && (factor == "face") == finger.empty();
    if (!sound) {
        return fail(ErrorCode::invalid_argument, "gallery: person, factor or finger is not valid");
    }
    if (templates.size() > kMaxTemplates) {
        return fail(ErrorCode::too_large, fmt::format("gallery: over {} templates", kMaxTemplates));
    }
    for (const StoredTemplate &stored : templates) {
        if (stored.bytes.empty() || stored.bytes.size() > kMaxTemplateBytes || !is_name(stored.model)) {
            return fail(ErrorCode::invalid_argument, "gallery: a template is empty, too large or of a bad model name");
        }
    }
    return {};
}

template <typename Change>
Expected<void> SqliteGallery::change_rows(Change change) {
    // Signing over rows that somebody else changed would make the change good.
    if (const auto sound = check_inventory(database_, key_, device_); !sound) {
        return sound;
    }
    {
        auto transaction = sqlite::Transaction::begin(database_);
        if (!transaction) {
            return tl::unexpected<Error>(transaction.error());
        }
        if (const auto changed = change(); !changed) {
            return changed;
        }
        if (const auto written = write_inventory(database_, key_, device_); !written) {
            return written;
        }
        if (const auto committed = transaction->commit(); !committed) {
            return committed;
        }
    }
    return empty_log(database_);
}

Expected<void> SqliteGallery::insert(const StoredTemplate &stored) {
    const auto sealed = identity::seal(key_, stored.bytes, associated(stored));
    if (!sealed) {
        return tl::unexpected<Error>(sealed.error());
    }
    auto insert = sqlite::Statement::prepare(database_, "INSERT INTO template(person, factor, finger, model, sealed, "
                                                        "chain, after_seq, in_reader) VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
    if (!insert) {
        return tl::unexpected<Error>(insert.error());
    }
    insert->bind(1, stored.person.str()).bind(2, stored.factor).bind(3, stored.finger).bind(4, stored.model);
    insert->bind(5, ByteView(*sealed)).bind(6, stored.position.chain.str()).bind(7, stored.position.seq);
    insert->bind(8, std::int64_t{stored.in_reader ? 1 : 0});
    return insert->run();
}

Expected<void> SqliteGallery::run(std::string_view sql, std::initializer_list<std::string_view> texts) {
    auto statement = sqlite::Statement::prepare(database_, sql);
    if (!statement) {
        return tl::unexpected<Error>(statement.error());
    }
    int index = 0;
    for (const std::string_view text : texts) {
        statement->bind(++index, text);
    }
    return statement->run();
}

Expected<void> SqliteGallery::run(std::string_view sql, std::int64_t number) {
    auto statement = sqlite::Statement::prepare(database_, sql);
    return statement ? statement->bind(1, number).run() : tl::unexpected<Error>(statement.error());
}

Expected<void> SqliteGallery::remove(const PersonId &person, const std::string &factor, const std::string &finger) {
    const std::string of = " FROM template WHERE person = ?1 AND factor = ?2 AND finger = ?3";
    return run(fmt::format("{}{}{}", kOwe, of, kInReader), {person.str(), factor, finger}).and_then([&] {
        return run("DELETE" + of, {person.str(), factor, finger});
    });
}

Expected<void> SqliteGallery::replace(const PersonId &person, const std::string &factor, const std::string &finger,
                                      const std::vector<StoredTemplate> &templates) {
    if (const auto sound = check_templates(person, factor, finger, templates); !sound) {
        return sound;
    }
    const auto position = journal_ ? journal_() : Position{};
    if (!position) {
        return fail(position, "gallery: the journal's position");
    }
    return change_rows([&]() -> Expected<void> {
        if (const auto removed = remove(person, factor, finger); !removed) {
            return removed;
        }
        for (const StoredTemplate &given : templates) {
            const StoredTemplate stored{0,           person,      factor,    finger,
                                        given.model, given.bytes, *position, given.in_reader};
            if (const auto inserted = insert(stored); !inserted) {
                return inserted;
            }
        }
        return {};
    });
}

Expected<Bytes> SqliteGallery::open_row(const SealedRow &row, std::string_view table) const {
    auto bytes = identity::open_sealed(key_, row.sealed, associated(row.stored));
    if (!bytes) {
        log::error("gallery_template_refused", {{"table", table}, {"row", row.stored.number}});
        return fail(ErrorCode::denied, fmt::format("gallery: {} {} was edited or moved, or the key is another one",
                                                   table, row.stored.number));
    }
    return bytes;
}

Expected<std::vector<StoredTemplate>> SqliteGallery::load(const std::string &factor, const std::string &model) {
    auto rows = read_templates(database_);
    if (!rows) {
        return tl::unexpected<Error>(rows.error());
    }
    std::vector<StoredTemplate> templates;
    for (SealedRow &row : *rows) {
        // All are opened, also those of another factor or model: a changed column must not hide a row.
        auto bytes = open_row(row, "template");
        if (!bytes) {
            return tl::unexpected<Error>(bytes.error());
        }
        if (row.stored.factor == factor && row.stored.model == model) {
            row.stored.bytes = std::move(*bytes);
            templates.push_back(std::move(row.stored));
        }
    }
    if (const auto sound = check_inventory(database_, key_, device_); !sound) {
        return tl::unexpected<Error>(sound.error());
    }
    return templates;
}

Expected<std::vector<StoredTemplate>> SqliteGallery::list(const std::string &factor) {
    auto rows = read_templates(database_);
    if (!rows) {
        return tl::unexpected<Error>(rows.error());
    }
    std::vector<StoredTemplate> templates;
    for (SealedRow &row : *rows) {
        if (row.stored.factor == factor) {
            templates.push_back(std::move(row.stored));
        }
    }
    return templates;
}

Expected<std::vector<PersonId>> SqliteGallery::outdated(const std::string &factor, const std::string &model) {
    auto select = sqlite::Statement::prepare(
        database_, "SELECT DISTINCT person FROM template WHERE factor = ?1 AND person NOT IN"
                   " (SELECT person FROM template WHERE factor = ?1 AND model = ?2) ORDER BY person");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    select->bind(1, factor).bind(2, model);
    std::vector<PersonId> people;
    for (;;) {
        const auto row = select->step();
        if (!row) {
            return tl::unexpected<Error>(row.error());
        }
        if (!*row) {
            return people;
        }
        people.emplace_back(select->text(0));
    }
}

Expected<void> SqliteGallery::remove_all(const PersonId &person) {
    const std::string of = " FROM template WHERE person = ?1";
    return run(fmt::format("{}{}{}", kOwe, of, kInReader), {person.str()}).and_then([&] {
        return run("DELETE" + of, {person.str()});
    });
}

Expected<void> SqliteGallery::erase(const PersonId &person, const std::string &factor) {
    const std::string of = " FROM template WHERE person = ?1 AND factor = ?2";
    return change_rows([&] {
        return run(fmt::format("{}{}{}", kOwe, of, kInReader), {person.str(), factor}).and_then([&] {
            return run("DELETE" + of, {person.str(), factor});
        });
    });
}

Expected<void> SqliteGallery::erase(const PersonId &person) {
    return change_rows([&] { return remove_all(person); });
}

Expected<void> SqliteGallery::end_term(const PersonId &person) {
    return change_rows([&] {
        return remove_all(person)
            .and_then([&] {
                return run("UPDATE consent SET given = 0 WHERE person = ?1 AND purpose IN ('face', 'finger')",
                           {person.str()});
            })
            .and_then([&] { return mark_ended(database_, person); });
    });
}

Expected<void> SqliteGallery::insert_owed(const StoredTemplate &print) {
    const auto sealed = identity::seal(key_, print.bytes, associated(print));
    if (!sealed) {
        return tl::unexpected<Error>(sealed.error());
    }
    auto insert = sqlite::Statement::prepare(
        database_, "INSERT INTO owed(person, finger, model, sealed, chain, after_seq) VALUES(?, ?, ?, ?, ?, ?)");
    if (!insert) {
        return tl::unexpected<Error>(insert.error());
    }
    insert->bind(1, print.person.str()).bind(2, print.finger).bind(3, print.model).bind(4, ByteView(*sealed));
    insert->bind(5, print.position.chain.str()).bind(6, print.position.seq);
    return insert->run();
}

Expected<std::int64_t> SqliteGallery::owe(const StoredTemplate &print) {
    if (const auto sound = check_templates(print.person, "finger", print.finger, {print}); !sound) {
        return tl::unexpected<Error>(sound.error());
    }
    const auto position = journal_ ? journal_() : Position{};
    if (!position) {
        return fail(position, "gallery: the journal's position");
    }
    const StoredTemplate stored{0, print.person, "finger", print.finger, print.model, print.bytes, *position, true};
    std::int64_t number = 0;
    const auto changed = change_rows([&] {
        return insert_owed(stored).map([&] { // now: the inventory that is written next is a row too
            number = sqlite3_last_insert_rowid(database_.handle());
        });
    });
    return changed ? Expected<std::int64_t>(number) : tl::unexpected<Error>(changed.error());
}

Expected<void> SqliteGallery::keep(std::int64_t debt) {
    const auto rows = read_owed(database_);
    if (!rows) {
        return tl::unexpected<Error>(rows.error());
    }
    const auto found = std::ranges::find_if(*rows, [&](const SealedRow &row) { return row.stored.number == debt; });
    if (found == rows->end()) {
        return fail(ErrorCode::not_found, fmt::format("gallery: no print is owed as {}", debt));
    }
    return change_rows([&] {
        return remove(found->stored.person, "finger", found->stored.finger)
            .and_then([&] {
                return run("INSERT INTO template(person, factor, finger, model, sealed, chain, after_seq, in_reader) "
                           "SELECT person, 'finger', finger, model, sealed, chain, after_seq, 1 FROM owed "
                           "WHERE number = ?",
                           debt);
            })
            .and_then([&] { return run("DELETE FROM owed WHERE number = ?", debt); });
    });
}

Expected<std::vector<StoredTemplate>> SqliteGallery::owed(const std::string &model) {
    auto rows = read_owed(database_);
    if (!rows) {
        return tl::unexpected<Error>(rows.error());
    }
    std::vector<StoredTemplate> debts;
    for (SealedRow &row : *rows) {
        if (!model.empty() && row.stored.model != model) {
            continue;
        }
        auto bytes = open_row(row, "owed print");
        if (!bytes) {
            return tl::unexpected<Error>(bytes.error());
        }
        row.stored.bytes = std::move(*bytes);
        debts.push_back(std::move(row.stored));
    }
    return debts;
}

Expected<void> SqliteGallery::settle(std::int64_t debt) {
    return change_rows([&] { return run("DELETE FROM owed WHERE number = ?", debt); });
}

Expected<void> SqliteGallery::withdraw(const Ledger &ledger) {
    std::vector<std::pair<PersonId, std::string>> given;
    auto select = sqlite::Statement::prepare(database_, "SELECT person, purpose FROM consent WHERE given = 1");
    while (select) {
        const auto row = select->step();
        if (!row) {
            return tl::unexpected<Error>(row.error());
        }
        if (!*row) {
            break;
        }
        given.emplace_back(select->text(0), select->text(1));
    }
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    for (const auto &[person, purpose] : given) {
        if (!ledger.is_withdrawn(person, purpose)) {
            continue;
        }
        if (auto set = set_consent(person, purpose, false); !set) {
            return set;
        }
    }
    return {};
}

Expected<std::vector<PersonId>> SqliteGallery::people_with_wrong(const Right &right) {
    const auto rows = read_templates(database_);
    if (!rows) {
        return tl::unexpected<Error>(rows.error());
    }
    std::set<PersonId> people;
    for (const SealedRow &row : *rows) {
        if (!right(row.stored)) {
            people.insert(row.stored.person);
        }
    }
    return std::vector<PersonId>(people.begin(), people.end());
}

Expected<void> SqliteGallery::set_consent(const PersonId &person, const std::string &purpose, bool given) {
    if (person.empty() || purpose.empty() || !is_name(person.str()) || !is_name(purpose)) {
        return fail(ErrorCode::invalid_argument, "gallery: person or purpose is not valid");
    }
    return change_rows([&]() -> Expected<void> {
        auto set =
            sqlite::Statement::prepare(database_, "INSERT INTO consent(person, purpose, given) VALUES(?, ?, ?) "
                                                  "ON CONFLICT(person, purpose) DO UPDATE SET given = excluded.given");
        if (!set) {
            return tl::unexpected<Error>(set.error());
        }
        set->bind(1, person.str()).bind(2, purpose).bind(3, std::int64_t{given ? 1 : 0});
        return set->run();
    });
}

Expected<bool> SqliteGallery::has_consent(const PersonId &person, const std::string &purpose) {
    auto select = sqlite::Statement::prepare(database_, "SELECT given FROM consent WHERE person = ? AND purpose = ?");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    select->bind(1, person.str()).bind(2, purpose);
    const auto row = select->step();
    if (!row) {
        return tl::unexpected<Error>(row.error());
    }
    return *row && select->integer(0) == 1;
}

} // namespace

Expected<std::unique_ptr<Gallery>> Gallery::open(const std::filesystem::path &path, const identity::SealingKey &key,
                                                 const DeviceId &device, Journal journal) {
    if (device.empty() || !is_name(device.str())) {
        return fail(ErrorCode::invalid_argument, "gallery: device id is not valid");
    }
    auto lock = LockFile::acquire(path.string() + ".lock");
    if (!lock) {
        return fail(lock, "gallery");
    }
    auto database = open_gallery_file(path);
    if (!database) {
        return fail(database, "gallery");
    }
    auto gallery =
        std::make_unique<SqliteGallery>(std::move(*lock), std::move(*database), key, device.str(), std::move(journal));
    if (const auto sound = gallery->load("", ""); !sound) { // loads nothing, checks everything
        return tl::unexpected<Error>(sound.error());
    }
    return gallery;
}

} // namespace xueshi::gallery
