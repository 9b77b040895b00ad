#include "tests/crash/states/pragma_override.hpp"

#include <sqlite3.h>

namespace {

std::string level; // empty: as the product says

} // namespace

extern "C" {
int __real_sqlite3_exec(sqlite3 *, const char *, sqlite3_callback, void *, char **);
int __wrap_sqlite3_exec(sqlite3 *database, const char *sql, sqlite3_callback callback, void *context, char **error);
}

int __wrap_sqlite3_exec(sqlite3 *database, const char *sql, sqlite3_callback callback, void *context, char **error) {
    static constexpr std::string_view kAsked = "synchronous = FULL";
    std::string text(sql);
    if (const auto at = text.find(kAsked); at != std::string::npos && !level.empty()) {
        text.replace(at, kAsked.size(), "synchronous = " + level);
    }
    return __real_sqlite3_exec(database, text.c_str(), callback, context, error);
}

namespace xueshi::test::crash {

void override_synchronous(std::string to) {
    level = std::move(to);
}

} // namespace xueshi::test::crash
