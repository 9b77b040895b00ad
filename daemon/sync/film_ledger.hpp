#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/ids.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/core/sqlite/sqlite.hpp"

namespace xueshi::sync {

/// One file of lesson video on its way to the institution's archive.
struct WaitingFilm {
    ChainId chain;
    record::Sequence seq = 0; ///< of its `lesson_video_saved` event
    std::string file;         ///< in terminal/media
    std::string folder;       ///< in the archive: "<device>/<date in Shanghai>"
    std::string name;         ///< in the folder
    Sha256 sha256{};
    std::int64_t bytes = 0;
    std::string about; ///< its line of the index
    std::int64_t attempts = 0;
};

/// The lesson videos' part of sync.db. Every change is durable on return. `database` outlives it.
class FilmLedger {
public:
    explicit FilmLedger(sqlite::Database &database) : database_(database) {}

    Expected<record::Sequence> cursor(const ChainId &chain);
    /// Takes in events, in order, and moves the cursor.
    Expected<void> take(const ChainId &chain, const std::vector<record::StoredEvent> &events);

    /// The oldest that waits and does not rest. A film of a class in `confidential` is set aside until `reconsider` is
    /// called: it does not leave the device.
    Expected<std::optional<WaitingFilm>> next(const std::set<ClassId> &confidential, std::int64_t now_ms);
    /// After other classes are confidential, as at the start. What is not known by its classes stays.
    Expected<void> reconsider();
    /// Everything in a folder that the archive has, in order, for its index.
    Expected<std::vector<WaitingFilm>> archived(const std::string &folder);
    /// The archive has it, read back and in the index.
    Expected<void> confirm(const WaitingFilm &film);
    /// Tried in vain: others go before it for `rest_ms`; 0: it is tried again at once.
    Expected<void> tried(const WaitingFilm &film, std::int64_t now_ms, std::int64_t rest_ms);
    static constexpr std::int64_t kRestMs = 600'000;
    /// It will not be archived: "missing" or "damaged".
    Expected<void> give_up(const WaitingFilm &film, std::string_view state);

    Expected<std::int64_t> waiting();

private:
    Expected<void> note(const ChainId &chain, const record::StoredEvent &event);
    Expected<std::optional<WaitingFilm>> oldest(std::int64_t now_ms);
    Expected<bool> is_of(const WaitingFilm &film, const std::set<ClassId> &classes);
    Expected<std::vector<WaitingFilm>> select(std::string_view condition, std::string_view text, std::int64_t number);
    Expected<void> set_state(const WaitingFilm &film, std::string_view state);

    sqlite::Database &database_;
};

/// The head of an index.
extern const std::string_view kFilmIndexHead;

/// SHA-256 of films that the archive has and the device may still have, oldest first.
Expected<std::vector<Sha256>> confirmed_films(sqlite::Database &database, std::size_t count);
/// Those of them whose file terminald has deleted need no word any more; true: there were some.
Expected<bool> forget_deleted_films(sqlite::Database &database, const std::filesystem::path &media);

} // namespace xueshi::sync
