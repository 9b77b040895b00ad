#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/ids.hpp"
#include "firmware/core/identity/seal.hpp"
#include "firmware/gallery/ledger.hpp"

namespace xueshi::gallery {

/// One template as recognition needs it: bytes of a face embedding (float32 little-endian), of finger impressions, or
/// of a print that a reader matches by itself.
struct StoredTemplate {
    std::int64_t number = 0; ///< row; given by the gallery
    PersonId person;
    std::string factor; ///< "face" or "finger"
    std::string finger; ///< "right_index", ...; empty for a face
    std::string model;  ///< of fingers the readers' family and format; templates of another model are not loaded
    Bytes bytes;
    Position position{};    ///< of the journal when it was kept; given by the gallery
    bool in_reader = false; ///< the print lies in the reader, `bytes` say where: once erased here it is owed there
};

/// How long a person's templates are kept: from `since_ms` on, for as long as the configuration says.
struct Term {
    PersonId person;
    std::optional<std::int64_t> since_ms; ///< nothing: not set yet
    bool has_templates = false;
    bool ended = false; ///< erased by `end_term`, and whoever ended it has not said yet that the journal knows
};

/// gallery.db: templates sealed under the data key, with person, device, factor, finger, model and the journal's
/// position as associated data. Thread-bound. terminald is its only process.
class Gallery {
public:
    /// Where the journal stands now; asked when templates are kept.
    using Journal = std::function<Expected<Position>()>;
    static Expected<std::unique_ptr<Gallery>> open(const std::filesystem::path &path, const identity::SealingKey &key,
                                                   const DeviceId &device, Journal journal = {});
    /// In place of one that could not be opened: everything fails with `why`, so that the rest of the terminal works.
    static std::unique_ptr<Gallery> refused(Error why);
    virtual ~Gallery() = default;

    /// Replaces the person's templates of this factor (and finger), whole or not at all. Prints in a reader become
    /// owed.
    virtual Expected<void> replace(const PersonId &person, const std::string &factor, const std::string &finger,
                                   const std::vector<StoredTemplate> &templates) = 0;
    /// All templates of a factor and model. Error: denied when one was edited or moved (its row is named), so that it
    /// is an alarm and never a silent loss.
    virtual Expected<std::vector<StoredTemplate>> load(const std::string &factor, const std::string &model) = 0;
    /// All templates of a factor, of whatever model, without their bytes.
    virtual Expected<std::vector<StoredTemplate>> list(const std::string &factor) = 0;
    /// People whose templates of this factor are all of other models: they must be enrolled again.
    virtual Expected<std::vector<PersonId>> outdated(const std::string &factor, const std::string &model) = 0;
    /// Erases every template of the person, write-ahead log and free pages included.
    virtual Expected<void> erase(const PersonId &person) = 0;
    /// The same of one factor, all fingers at once: whole or not at all.
    virtual Expected<void> erase(const PersonId &person, const std::string &factor) = 0;

    // Prints that a reader keeps in itself and is still to erase: it may be away when they are erased here. A debt is
    // kept until `settle`, and says whose print it was, since the journal is told when it is gone.

    /// A print that the reader just took: owed until `keep` makes it a template. Returns the debt's number.
    virtual Expected<std::int64_t> owe(const StoredTemplate &print) = 0;
    /// The debt becomes the person's template of its finger, in place of the one before. Error: not_found.
    virtual Expected<void> keep(std::int64_t debt) = 0;
    /// Debts to readers of this model (empty: of any), with their bytes; `number` is the debt's.
    virtual Expected<std::vector<StoredTemplate>> owed(const std::string &model) = 0;
    /// The reader has confirmed that the print is gone.
    virtual Expected<void> settle(std::int64_t debt) = 0;

    /// The people who have a template that is not `right` (all but its bytes are given). Nothing is erased: with one
    /// that came back all of a person's templates go (`erase`), once the journal says why.
    using Right = std::function<bool(const StoredTemplate &)>;
    virtual Expected<std::vector<PersonId>> people_with_wrong(const Right &right) = 0;
    /// Takes back each consent that `ledger` says was withdrawn.
    virtual Expected<void> withdraw(const Ledger &ledger) = 0;

    /// Of everybody who has templates, and of those whose term is remembered although they have none any longer.
    virtual Expected<std::vector<Term>> terms() = 0;
    /// All of them or none. An ended term stays ended.
    virtual Expected<void> set_terms(const std::map<PersonId, std::int64_t> &since_ms) = 0;
    /// Erases as `erase` does, takes the consents to face and finger back and remembers that the term ended, whole or
    /// not at all, until `forget_term`. On error call it again.
    virtual Expected<void> end_term(const PersonId &person) = 0;
    virtual Expected<void> forget_term(const PersonId &person) = 0;

    /// Consent state, kept so that no capture begins without it.
    virtual Expected<void> set_consent(const PersonId &person, const std::string &purpose, bool given) = 0;
    virtual Expected<bool> has_consent(const PersonId &person, const std::string &purpose) = 0;
};

} // namespace xueshi::gallery
