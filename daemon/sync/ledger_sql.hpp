#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/sqlite/sqlite.hpp"

/// Internal to the room: what the ledgers of clips and lesson videos ask of sync.db alike.
namespace xueshi::sync {

/// Prepares `sql` and binds the values in order.
template <typename... Values>
Expected<sqlite::Statement> prepare(sqlite::Database &database, std::string_view sql, const Values &...values) {
    auto statement = sqlite::Statement::prepare(database, sql);
    if (statement) {
        int index = 0;
        (statement->bind(++index, values), ...);
    }
    return statement;
}

template <typename... Values>
Expected<void> execute(sqlite::Database &database, std::string_view sql, const Values &...values) {
    auto statement = prepare(database, sql, values...);
    return statement ? statement->run() : tl::unexpected<Error>(statement.error());
}

/// The first row's number; 0 when there is none.
template <typename... Values>
Expected<std::int64_t> number(sqlite::Database &database, std::string_view sql, const Values &...values) {
    auto statement = prepare(database, sql, values...);
    if (!statement) {
        return tl::unexpected<Error>(statement.error());
    }
    const auto row = statement->step();
    return row ? Expected<std::int64_t>(*row ? statement->integer(0) : 0) : tl::unexpected<Error>(row.error());
}

/// What `read` makes of each row of `sql`, whose one parameter is `limit`.
template <typename Read>
auto rows(sqlite::Database &database, std::string_view sql, std::size_t limit, Read read)
    -> Expected<std::vector<decltype(read(std::declval<sqlite::Statement &>()))>> {
    auto select = prepare(database, sql, static_cast<std::int64_t>(limit));
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    std::vector<decltype(read(*select))> found;
    for (;;) {
        const auto row = select->step();
        if (!row) {
            return tl::unexpected<Error>(row.error());
        }
        if (!*row) {
            return found;
        }
        found.push_back(read(*select));
    }
}

/// A digest as it stands in a column; a shorter blob is no digest of any file.
Sha256 digest_of(const Bytes &bytes);

/// The first column of `sql`, whose one parameter is `limit`.
Expected<std::vector<Sha256>> digests(sqlite::Database &database, std::string_view sql, std::size_t limit);
/// Of the rows (rowid, file) of `sql`, whose one parameter is a limit, those whose file `media` surely has no more.
Expected<std::vector<std::int64_t>> rows_without_file(sqlite::Database &database, std::string_view sql,
                                                      const std::filesystem::path &media);

} // namespace xueshi::sync
