#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <set>

#include "daemon/sync/failure.hpp"
#include "daemon/sync/film_ledger.hpp"
#include "daemon/sync/source.hpp"
#include "daemon/sync/state.hpp"
#include "daemon/upstream/archive/archive.hpp"

namespace xueshi::sync {

/// Carries lesson videos to the institution's archive, oldest first: put, read back, held against the digest that the
/// terminal signed, entered into the index of its day, and only then named in acked.json. Killed at any moment, it
/// looks first what the archive has under the film's name; a film that was cut off is put again from its beginning.
class FilmUplink {
public:
    struct Options {
        std::filesystem::path media; ///< terminal/media, read only
        std::set<ClassId>
            confidential; ///< films of these classes, and of those the roster names so, stay on the device
    };
    /// All outlive it.
    FilmUplink(upstream::Archive &archive, EventSource &source, State &state, std::function<std::int64_t()> wall_ms,
               Options options)
        : archive_(archive), source_(source), state_(state), wall_ms_(std::move(wall_ms)), options_(std::move(options)),
          ledger_(state.database()) {}

    enum class Step {
        idle,  ///< no film waits
        moved, ///< go on at once, also when the archive was told to stop
    };
    /// At most one film.
    boost::asio::awaitable<Outcome<Step>> step();

    std::int64_t waiting() { return ledger_.waiting().value_or(0); }
    /// As the link's policy has it; 0: no limit.
    void limit_sending(std::int64_t bytes_per_s) { max_bytes_per_s_ = bytes_per_s; }

    /// A piece of the journal, which `step` reads too; true: there were events.
    Expected<bool> read_journal();

private:
    Expected<bool> read_chain(const JournalChain &chain);
    Expected<void> forget_deleted();
    Expected<std::optional<WaitingFilm>> choose();
    boost::asio::awaitable<Outcome<Step>> archive(WaitingFilm film);
    /// False: it cannot be, and was given up.
    boost::asio::awaitable<upstream::Answer<bool>> bring(const WaitingFilm &film);
    boost::asio::awaitable<upstream::Answer<void>> put_and_read_back(const WaitingFilm &film,
                                                                     std::shared_ptr<const UniqueFd> file);
    upstream::Answer<bool> not_readable(const WaitingFilm &film, const Error &error);
    boost::asio::awaitable<upstream::Answer<void>> enter(const WaitingFilm &film);
    Outcome<Step> failed(const WaitingFilm &film, const upstream::Refusal &refusal);

    upstream::Archive &archive_;
    EventSource &source_;
    State &state_;
    std::function<std::int64_t()> wall_ms_;
    Options options_;
    FilmLedger ledger_;
    std::optional<std::set<ClassId>> considered_; ///< what was confidential when withheld films were looked at last
    std::int64_t max_bytes_per_s_ = 0;
    std::int64_t looked_for_deleted_ms_ = 0;
};

/// What the archive answered, in words for the institution's people.
tl::unexpected<Failure> refused_by_archive(const upstream::Refusal &refusal, const std::string &archive);

} // namespace xueshi::sync
