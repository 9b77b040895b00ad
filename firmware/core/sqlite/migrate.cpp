#include <fmt/format.h>

#include "firmware/core/sqlite/sqlite.hpp"

namespace xueshi::sqlite {
namespace {

constexpr std::string_view kVersion = "user_version";
constexpr std::string_view kOldest = "application_id";

Expected<std::size_t> number_of(Database &database, std::string_view pragma) {
    auto statement = Statement::prepare(database, fmt::format("PRAGMA {}", pragma));
    if (!statement) {
        return tl::unexpected<Error>(statement.error());
    }
    const auto row = statement->step();
    if (!row) {
        return tl::unexpected<Error>(row.error());
    }
    const std::int64_t number = statement->integer(0);
    if (!*row || number < 0) {
        return fail(ErrorCode::corrupt, fmt::format("{} is not readable", pragma));
    }
    return static_cast<std::size_t>(number);
}

Expected<void> apply(Database &database, std::string_view migration, std::size_t version) {
    auto transaction = Transaction::begin(database);
    if (!transaction) {
        return tl::unexpected<Error>(transaction.error());
    }
    // Somebody else may have migrated between the look and the lock.
    if (const auto now = number_of(database, kVersion); !now || *now >= version) {
        return now ? Expected<void>() : tl::unexpected<Error>(now.error());
    }
    auto done = database.execute(fmt::format("PRAGMA {} = {}", kOldest, version))
                    .and_then([&] { return database.execute(migration); })
                    .and_then([&] { return database.execute(fmt::format("PRAGMA {} = {}", kVersion, version)); });
    return done ? transaction->commit() : done;
}

} // namespace

Expected<std::size_t> usable_version(Database &database, std::size_t known) {
    const auto version = number_of(database, kVersion);
    if (!version || *version <= known) {
        return version;
    }
    const auto oldest = number_of(database, kOldest);
    if (!oldest) {
        return oldest;
    }
    if (*oldest == 0 || *oldest > known) {
        return fail(ErrorCode::unsupported,
                    fmt::format("database of version {}, for programs that know version {}; this one knows {}",
                                *version, *oldest == 0 ? *version : *oldest, known));
    }
    return version;
}

Expected<void> migrate(Database &database, std::span<const std::string_view> migrations) {
    const auto version = usable_version(database, migrations.size());
    if (!version) {
        return tl::unexpected<Error>(version.error());
    }
    for (std::size_t next = *version; next < migrations.size(); ++next) {
        if (const auto done = apply(database, migrations[next], next + 1); !done) {
            return fail(done, fmt::format("migration {}", next + 1));
        }
    }
    return {};
}

} // namespace xueshi::sqlite
