#include "firmware/gallery/inventory.hpp"

#include <fmt/format.h>

namespace xueshi::gallery {
namespace {

struct Digest {
    Sha256 hash{};
    std::int64_t rows = 0;
};

/// Each column with its length before it, so that two different tables never give one text.
Expected<void> add_rows(sqlite::Database &database, std::string_view sql, int columns, Sha256Stream &stream,
                        std::int64_t &rows) {
    auto select = sqlite::Statement::prepare(database, sql);
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    for (;;) {
        const auto row = select->step();
        if (!row) {
            return tl::unexpected<Error>(row.error());
        }
        if (!*row) {
            return {};
        }
        for (int column = 0; column < columns; ++column) {
            const Bytes content = select->blob(column);
            stream.update(as_bytes(fmt::format("{}:", content.size())));
            stream.update(content);
        }
        ++rows;
    }
}

/// Prints that a reader owes, if there are any: an inventory of a version that knew of none holds as it is.
Expected<void> add_owed(sqlite::Database &database, Sha256Stream &stream, std::int64_t &rows) {
    auto any = sqlite::Statement::prepare(database, "SELECT 1 FROM owed LIMIT 1");
    if (!any) {
        return tl::unexpected<Error>(any.error());
    }
    const auto row = any->step();
    if (!row || !*row) {
        return row ? Expected<void>() : tl::unexpected<Error>(row.error());
    }
    stream.update(as_bytes("owed"));
    return add_rows(database, "SELECT CAST(number AS TEXT), person, finger, model, sealed FROM owed ORDER BY number", 5,
                    stream, rows);
}

Expected<Digest> digest_of(sqlite::Database &database) {
    Sha256Stream stream;
    Digest digest;
    auto added = add_rows(database,
                          "SELECT CAST(number AS TEXT), person, factor, finger, model, sealed FROM template "
                          "ORDER BY number",
                          6, stream, digest.rows);
    if (added) {
        stream.update(as_bytes("consent"));
        added = add_rows(database, "SELECT person, purpose, CAST(given AS TEXT) FROM consent ORDER BY person, purpose",
                         3, stream, digest.rows);
    }
    if (added) {
        added = add_owed(database, stream, digest.rows);
    }
    if (!added) {
        return tl::unexpected<Error>(added.error());
    }
    digest.hash = stream.finish();
    return digest;
}

std::string associated(const std::string &device) {
    return "inventory|" + device;
}

} // namespace

Expected<void> write_inventory(sqlite::Database &database, const identity::SealingKey &key, const std::string &device) {
    const auto digest = digest_of(database);
    if (!digest) {
        return tl::unexpected<Error>(digest.error());
    }
    const auto sealed = identity::seal(key, digest->hash, associated(device));
    if (!sealed) {
        return tl::unexpected<Error>(sealed.error());
    }
    auto replace = sqlite::Statement::prepare(database, "INSERT OR REPLACE INTO inventory(one, sealed) VALUES(1, ?)");
    if (!replace) {
        return tl::unexpected<Error>(replace.error());
    }
    replace->bind(1, ByteView(*sealed));
    return replace->run();
}

Expected<void> check_inventory(sqlite::Database &database, const identity::SealingKey &key, const std::string &device) {
    const auto digest = digest_of(database);
    auto select = sqlite::Statement::prepare(database, "SELECT sealed FROM inventory");
    if (!digest || !select) {
        return tl::unexpected<Error>(!digest ? digest.error() : select.error());
    }
    const auto row = select->step();
    if (!row) {
        return tl::unexpected<Error>(row.error());
    }
    if (!*row) {
        return digest->rows == 0 ? Expected<void>() : fail(ErrorCode::denied, "gallery: rows without an inventory");
    }
    const auto hash = identity::open_sealed(key, select->blob(0), associated(device));
    if (!hash) {
        return fail(ErrorCode::denied, "gallery: sealed with another key or on another device");
    }
    return as_text(*hash) == as_text(digest->hash)
               ? Expected<void>()
               : fail(ErrorCode::denied, "gallery: rows were changed, removed or put back by somebody else");
}

} // namespace xueshi::gallery
