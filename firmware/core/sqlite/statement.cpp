#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "firmware/core/sqlite/errors.hpp"
#include "firmware/core/sqlite/sqlite.hpp"

namespace xueshi::sqlite {

Expected<Statement> Statement::prepare(Database &database, std::string_view sql) {
    sqlite3_stmt *statement = nullptr;
    const char *tail = nullptr;
    const int result = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &statement, &tail);
    if (result != SQLITE_OK) {
        return tl::unexpected<Error>(error_of(database.handle(), result, sql.substr(0, 60)));
    }
    Statement prepared(statement);
    const std::string_view rest = sql.substr(static_cast<std::size_t>(tail - sql.data()));
    if (statement == nullptr || rest.find_first_not_of(" \n\t;") != std::string_view::npos) {
        return fail(ErrorCode::invalid_argument, fmt::format("exactly one statement expected: {}", sql.substr(0, 60)));
    }
    return prepared;
}

Statement::Statement(Statement &&other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), bind_result_(other.bind_result_) {}
Statement &Statement::operator=(Statement &&other) noexcept {
    std::swap(statement_, other.statement_);
    std::swap(bind_result_, other.bind_result_);
    return *this;
}
Statement::~Statement() {
    sqlite3_finalize(statement_);
}

Statement &Statement::bind(int index, std::int64_t value) {
    bind_result_ |= sqlite3_bind_int64(statement_, index, value);
    return *this;
}
Statement &Statement::bind(int index, std::string_view text) {
    // A null pointer would bind NULL instead of an empty text.
    bind_result_ |= sqlite3_bind_text64(statement_, index, text.data() != nullptr ? text.data() : "", text.size(),
                                        SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}
Statement &Statement::bind(int index, ByteView blob) {
    bind_result_ |= blob.empty() ? sqlite3_bind_zeroblob(statement_, index, 0)
                                 : sqlite3_bind_blob64(statement_, index, blob.data(), blob.size(), SQLITE_TRANSIENT);
    return *this;
}
Statement &Statement::bind_null(int index) {
    bind_result_ |= sqlite3_bind_null(statement_, index);
    return *this;
}

Expected<bool> Statement::step() {
    if (bind_result_ != SQLITE_OK) {
        return fail(ErrorCode::invalid_argument, fmt::format("cannot bind: {}", sqlite3_sql(statement_)));
    }
    const int result = sqlite3_step(statement_);
    if (result == SQLITE_ROW) {
        return true;
    }
    if (result == SQLITE_DONE) {
        return false;
    }
    const Error error = error_of(sqlite3_db_handle(statement_), result, sqlite3_sql(statement_));
    sqlite3_reset(statement_);
    return tl::unexpected<Error>(error);
}

Expected<void> Statement::run() {
    const auto row = step();
    reset();
    if (!row) {
        return tl::unexpected<Error>(row.error());
    }
    return {};
}

void Statement::reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    bind_result_ = SQLITE_OK;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}
std::string Statement::text(int column) const {
    const auto *text = reinterpret_cast<const char *>(sqlite3_column_text(statement_, column));
    return text != nullptr ? std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
                           : std::string();
}
Bytes Statement::blob(int column) const {
    const auto *blob = static_cast<const std::uint8_t *>(sqlite3_column_blob(statement_, column));
    return blob != nullptr ? Bytes(blob, blob + sqlite3_column_bytes(statement_, column)) : Bytes();
}
bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

} // namespace xueshi::sqlite
