#include "firmware/gallery/rows.hpp"

namespace xueshi::gallery {
namespace {

Expected<std::vector<SealedRow>> read(sqlite::Database &database, std::string_view sql) {
    auto select = sqlite::Statement::prepare(database, sql);
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    std::vector<SealedRow> found;
    for (;;) {
        const auto row = select->step();
        if (!row) {
            return tl::unexpected<Error>(row.error());
        }
        if (!*row) {
            return found;
        }
        StoredTemplate stored{select->integer(0),
                              PersonId(select->text(1)),
                              select->text(2),
                              select->text(3),
                              select->text(4),
                              {},
                              {ChainId(select->text(6)), select->integer(7)},
                              select->integer(8) != 0};
        found.push_back({std::move(stored), select->blob(5)});
    }
}

} // namespace

Expected<std::vector<SealedRow>> read_templates(sqlite::Database &database) {
    return read(database, "SELECT number, person, factor, finger, model, sealed, chain, after_seq, in_reader "
                          "FROM template ORDER BY number");
}

Expected<std::vector<SealedRow>> read_owed(sqlite::Database &database) {
    return read(database, "SELECT number, person, 'finger', finger, model, sealed, chain, after_seq, 1 "
                          "FROM owed ORDER BY number");
}

} // namespace xueshi::gallery
