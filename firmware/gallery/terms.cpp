#include "firmware/gallery/terms.hpp"

namespace xueshi::gallery {

Expected<std::vector<Term>> read_terms(sqlite::Database &database) {
    auto select =
        sqlite::Statement::prepare(database, "SELECT p.person, term.since_ms, term.ended,"
                                             " EXISTS(SELECT 1 FROM template WHERE template.person = p.person)"
                                             " FROM (SELECT person FROM template UNION SELECT person FROM term) AS p"
                                             " LEFT JOIN term ON term.person = p.person ORDER BY p.person");
    if (!select) {
        return tl::unexpected<Error>(select.error());
    }
    std::vector<Term> terms;
    for (;;) {
        const auto row = select->step();
        if (!row) {
            return tl::unexpected<Error>(row.error());
        }
        if (!*row) {
            return terms;
        }
        Term term;
        term.person = PersonId(select->text(0));
        if (!select->is_null(1)) {
            term.since_ms = select->integer(1);
        }
        term.ended = select->integer(2) == 1;
        term.has_templates = select->integer(3) == 1;
        terms.push_back(std::move(term));
    }
}

Expected<void> write_terms(sqlite::Database &database, const std::map<PersonId, std::int64_t> &since_ms) {
    auto transaction = sqlite::Transaction::begin(database);
    if (!transaction) {
        return tl::unexpected<Error>(transaction.error());
    }
    auto set = sqlite::Statement::prepare(database, "INSERT INTO term(person, since_ms) VALUES(?, ?) "
                                                    "ON CONFLICT(person) DO UPDATE SET since_ms = excluded.since_ms");
    if (!set) {
        return tl::unexpected<Error>(set.error());
    }
    for (const auto &[person, since] : since_ms) {
        if (auto done = set->bind(1, person.str()).bind(2, since).run(); !done) {
            return done;
        }
    }
    return transaction->commit();
}

Expected<void> mark_ended(sqlite::Database &database, const PersonId &person) {
    auto mark = sqlite::Statement::prepare(database, "INSERT INTO term(person, since_ms, ended) VALUES(?, 0, 1) "
                                                     "ON CONFLICT(person) DO UPDATE SET ended = 1");
    return mark ? mark->bind(1, person.str()).run() : tl::unexpected<Error>(mark.error());
}

Expected<void> remove_term(sqlite::Database &database, const PersonId &person) {
    auto remove = sqlite::Statement::prepare(database, "DELETE FROM term WHERE person = ?");
    return remove ? remove->bind(1, person.str()).run() : tl::unexpected<Error>(remove.error());
}

} // namespace xueshi::gallery
