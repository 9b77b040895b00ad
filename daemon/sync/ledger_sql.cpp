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
    auto select = prepare(database, sql, static_cast<std::int64_t>(limit));
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    std::vector<Sha256> found;
    for (;;) {
        const auto row = select->step();
        if (!row || !*row) {
            return row ? Expected<std::vector<Sha256>>(std::move(found)) : tl::unexpected<Error>(row.error());
        }
        found.push_back(digest_of(select->blob(0)));
    }
}

Expected<std::vector<std::int64_t>> rows_without_file(sqlite::Database &database, std::string_view sql,
                                                      const std::filesystem::path &media) {
    auto select = prepare(database, sql, static_cast<std::int64_t>(acked::kMaxMedia));
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    std::vector<std::int64_t> found;
    for (;;) {
        const auto row = select->step();
        if (!row || !*row) {
            return row ? Expected<std::vector<std::int64_t>>(std::move(found)) : tl::unexpected<Error>(row.error());
        }
        std::error_code error;
        const auto status = std::filesystem::status(media / select->text(1), error);
        if (status.type() == std::filesystem::file_type::not_found) { // any other answer is no "deleted"
            found.push_back(select->integer(0));
        }
    }
}

} // namespace xueshi::sync
