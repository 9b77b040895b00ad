#include <fmt/format.h>

#include "firmware/core/sqlite/sqlite.hpp"

namespace xueshi::sqlite {
namespace {

Expected<std::size_t> version_of(Database &database) {
    auto statement = Statement::prepare(database, "PRAGMA user_version");
    if (!statement) {
        return tl::unexpected<Error>(statement.error());
    }
    const auto row = statement->step();
    if (!row) {
        return tl::unexpected<Error>(row.error());
    }
    const std::int64_t version = statement->integer(0);
    if (!*row || version < 0) {
        return fail(ErrorCode::corrupt, "user_version is not readable");
    }
    return static_cast<std::size_t>(version);
}

Expected<void> apply(Database &database, std::string_view migration, std::size_t version) {
    auto transaction = Transaction::begin(database);
    if (!transaction) {
        return tl::unexpected<Error>(transaction.error());
    }
    // Somebody else may have migrated between the look and the lock.
    if (const auto now = version_of(database); !now || *now >= version) {
        return now ? Expected<void>() : tl::unexpected<Error>(now.error());
    }
    if (auto done = database.execute(migration); !done) {
        return done;
    }
    if (auto done = database.execute(fmt::format("PRAGMA user_version = {}", version)); !done) {
        return done;
    }
    return transaction->commit();
}

} // namespace

Expected<void> migrate(Database &database, std::span<const std::string_view> migrations) {
    const auto version = version_of(database);
    if (!version) {
        return tl::unexpected<Error>(version.error());
    }
    if (*version > migrations.size()) {
        return fail(ErrorCode::unsupported,
                    fmt::format("database of version {}; this program knows up to {}", *version, migrations.size()));
    }
    for (std::size_t next = *version; next < migrations.size(); ++next) {
        if (const auto done = apply(database, migrations[next], next + 1); !done) {
            return fail(done, fmt::format("migration {}", next + 1));
        }
    }
    return {};
}

} // namespace xueshi::sqlite
