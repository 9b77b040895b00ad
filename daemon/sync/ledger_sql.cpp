#include "daemon/sync/ledger_sql.hpp"

#include <algorithm>

#include "firmware/core/acked/acked.hpp"

namespace xueshi::sync {

Sha256 digest_of(const Bytes &bytes) {
    Sha256 digest{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
    return digest;
}

Expected<std::vector<Sha256>> digests(sqlite::Database &database, std::string_view sql, std::size_t limit) {
    return rows(database, sql, limit, [](const sqlite::Statement &row) { return digest_of(row.blob(0)); });
}

Expected<std::vector<std::int64_t>> rows_without_file(sqlite::Database &database, std::string_view sql,
                                                      const std::filesystem::path &media) {
    const auto read = [](const sqlite::Statement &row) { return std::pair(row.integer(0), row.text(1)); };
    const auto known = rows(database, sql, acked::kMaxMedia, read);
    if (!known) {
        return tl::unexpected<Error>(known.error());
    }
    std::vector<std::int64_t> found;
    for (const auto &[rowid, file] : *known) {
        std::error_code error;
        const auto status = std::filesystem::status(media / file, error);
        if (status.type() == std::filesystem::file_type::not_found) { // any other answer is no "deleted"
            found.push_back(rowid);
        }
    }
    return found;
}

} // namespace xueshi::sync
