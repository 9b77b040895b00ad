#include "firmware/gallery/gallery.hpp"

#include <set>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/gallery/gallery_file.hpp"
#include "firmware/gallery/inventory.hpp"

namespace xueshi::gallery {
namespace {

constexpr std::size_t kMaxTemplates = 32;             // of one factor and finger of a person
constexpr std::size_t kMaxTemplateBytes = 256 * 1024; // five impressions of a finger are some 10 KiB
constexpr std::size_t kMaxName = 256;

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
    Expected<std::vector<PersonId>> outdated(const std::string &factor, const std::string &model) override;
    Expected<void> erase(const PersonId &person) override;
    Expected<std::vector<PersonId>> people_with_wrong(const Right &right) override;
    Expected<void> withdraw(const Ledger &ledger) override;
    Expected<void> set_consent(const PersonId &person, const std::string &purpose, bool given) override;
    Expected<bool> has_consent(const PersonId &person, const std::string &purpose) override;

private:
    std::string associated(const StoredTemplate &stored) const {
        std::string text =
            fmt::format("{}|{}|{}|{}|{}", stored.person.str(), device_, stored.factor, stored.finger, stored.model);
        if (!stored.position.chain.empty()) { // rows of the first version had none
            text += fmt::format("|{}|{}", stored.position.chain.str(), stored.position.seq);
        }
        return text;
    }
    Expected<std::vector<StoredTemplate>> rows();
    Expected<void> insert(const StoredTemplate &stored);
    Expected<void> remove(const PersonId &person, const std::string &factor, const std::string &finger);
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
    auto insert = sqlite::Statement::prepare(
        database_,
        "INSERT INTO template(person, factor, finger, model, sealed, chain, after_seq) VALUES(?, ?, ?, ?, ?, ?, ?)");
    if (!insert) {
        return tl::unexpected<Error>(insert.error());
    }
    insert->bind(1, stored.person.str()).bind(2, stored.factor).bind(3, stored.finger).bind(4, stored.model);
    insert->bind(5, ByteView(*sealed)).bind(6, stored.position.chain.str()).bind(7, stored.position.seq);
    return insert->run();
}

Expected<void> SqliteGallery::remove(const PersonId &person, const std::string &factor, const std::string &finger) {
    auto remove =
        sqlite::Statement::prepare(database_, "DELETE FROM template WHERE person = ? AND factor = ? AND finger = ?");
    if (!remove) {
        return tl::unexpected<Error>(remove.error());
    }
    remove->bind(1, person.str()).bind(2, factor).bind(3, finger);
    return remove->run();
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
            const StoredTemplate stored{0, person, factor, finger, given.model, given.bytes, *position};
            if (const auto inserted = insert(stored); !inserted) {
                return inserted;
            }
        }
        return {};
    });
}

Expected<std::vector<StoredTemplate>> SqliteGallery::load(const std::string &factor, const std::string &model) {
    auto select = sqlite::Statement::prepare(
        database_,
        "SELECT number, person, factor, finger, model, sealed, chain, after_seq FROM template ORDER BY number");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    std::vector<StoredTemplate> templates;
    for (;;) {
        const auto row = select->step();
        if (!row) {
            return tl::unexpected<Error>(row.error());
        }
        if (!*row) {
            break;
        }
        StoredTemplate stored{select->integer(0),
                              PersonId(select->text(1)),
                              select->text(2),
                              select->text(3),
                              select->text(4),
                              {},
                              {ChainId(select->text(6)), select->integer(7)}};
        // All are opened, also those of another factor or model: a changed column must not hide a row.
        auto bytes = identity::open_sealed(key_, select->blob(5), associated(stored));
        if (!bytes) {
            log::error("gallery_template_refused", {{"row", stored.number}});
            return fail(
                ErrorCode::denied,
                fmt::format("gallery: template {} was edited or moved, or the key is another one", stored.number));
        }
        if (stored.factor == factor && stored.model == model) {
            stored.bytes = std::move(*bytes);
            templates.push_back(std::move(stored));
        }
    }
    if (const auto sound = check_inventory(database_, key_, device_); !sound) {
        return tl::unexpected<Error>(sound.error());
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

Expected<void> SqliteGallery::erase(const PersonId &person) {
    return change_rows([&]() -> Expected<void> {
        auto erase = sqlite::Statement::prepare(database_, "DELETE FROM template WHERE person = ?");
        if (!erase) {
            return tl::unexpected<Error>(erase.error());
        }
        erase->bind(1, person.str());
        return erase->run();
    });
}

Expected<std::vector<StoredTemplate>> SqliteGallery::rows() {
    auto select = sqlite::Statement::prepare(
        database_, "SELECT number, person, factor, finger, model, chain, after_seq FROM template ORDER BY number");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    std::vector<StoredTemplate> found;
    for (;;) {
        const auto row = select->step();
        if (!row) {
            return tl::unexpected<Error>(row.error());
        }
        if (!*row) {
            return found;
        }
        found.push_back({select->integer(0),
                         PersonId(select->text(1)),
                         select->text(2),
                         select->text(3),
                         select->text(4),
                         {},
                         {ChainId(select->text(5)), select->integer(6)}});
    }
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
    const auto all = rows();
    if (!all) {
        return tl::unexpected<Error>(all.error());
    }
    std::set<PersonId> people;
    for (const StoredTemplate &stored : *all) {
        if (!right(stored)) {
            people.insert(stored.person);
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
