#include "daemon/registry/store/chains.hpp"

#include <soci/soci.h>

#include "daemon/registry/store/text.hpp"

namespace xueshi::registry::store {

using soci::into;
using soci::use;

std::vector<Chain> chains_of(Session &session, const InstitutionId &institution, const DeviceId &device) {
    Chain chain;
    chain.institution = institution;
    chain.device = device;
    std::string id, head_hash;
    soci::statement rows =
        (session.sql.prepare
             << "SELECT chain_id, head_seq, head_hash, event_count, flags, first_received_ms,"
                " last_received_ms, latest_clock_ms, latest_nonce_ms FROM chain WHERE institution = :institution"
                " AND device_id = :device_id ORDER BY first_received_ms DESC, chain_id DESC",
         use(institution.str()), use(device.str()), into(id), into(chain.head_seq), into(head_hash), into(chain.count),
         into(chain.flags), into(chain.first_received_ms), into(chain.last_received_ms), into(chain.latest_clock_ms),
         into(chain.latest_nonce_ms));
    std::vector<Chain> chains;
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        chain.id = ChainId(id);
        chain.head_hash = hash_from_column(head_hash);
        chains.push_back(chain);
    }
    return chains;
}

std::optional<Chain> find_chain(Session &session, const InstitutionId &institution, const DeviceId &device,
                                const ChainId &id) {
    for (Chain &chain : chains_of(session, institution, device)) { // a device has one or two in its life
        if (chain.id == id) {
            return std::move(chain);
        }
    }
    return std::nullopt;
}

void save_chain(Session &session, const Chain &chain) {
    const std::string head_hash = hex(chain.head_hash);
    session.sql << "INSERT INTO chain (institution, device_id, chain_id, head_seq, head_hash, event_count, flags,"
                   " first_received_ms, last_received_ms, latest_clock_ms, latest_nonce_ms) VALUES (:institution, "
                   ":device_id, :chain_id,"
                   " :head_seq, :head_hash, :event_count, :flags, :first_received_ms, :last_received_ms,"
                   " :latest_clock_ms, :latest_nonce_ms)"
                   " ON CONFLICT (institution, device_id, chain_id) DO UPDATE SET head_seq = excluded.head_seq,"
                   " head_hash = excluded.head_hash, event_count = excluded.event_count, flags = excluded.flags,"
                   " last_received_ms = excluded.last_received_ms, latest_clock_ms = excluded.latest_clock_ms,"
                   " latest_nonce_ms = excluded.latest_nonce_ms",
        use(chain.institution.str()), use(chain.device.str()), use(chain.id.str()), use(chain.head_seq), use(head_hash),
        use(chain.count), use(chain.flags), use(chain.first_received_ms), use(chain.last_received_ms),
        use(chain.latest_clock_ms), use(chain.latest_nonce_ms);
}

void save_succession(Session &session, const Chain &chain, const Succession &succession) {
    session.sql << "INSERT INTO succession (institution, device_id, chain_id, previous_chain, previous_seq, reason)"
                   " VALUES (:institution, :device_id, :chain_id, :previous_chain, :previous_seq, :reason)"
                   " ON CONFLICT (institution, device_id, chain_id) DO NOTHING",
        use(chain.institution.str()), use(chain.device.str()), use(succession.chain.str()),
        use(succession.previous.str()), use(succession.previous_seq), use(succession.reason);
}

std::vector<Succession> successions_of(Session &session, const InstitutionId &institution, const DeviceId &device) {
    Succession row;
    std::string chain, previous;
    soci::statement rows =
        (session.sql.prepare << "SELECT chain_id, previous_chain, previous_seq, reason FROM succession"
                                " WHERE institution = :institution AND device_id = :device_id ORDER BY chain_id",
         use(institution.str()), use(device.str()), into(chain), into(previous), into(row.previous_seq),
         into(row.reason));
    std::vector<Succession> found;
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        row.chain = ChainId(chain);
        row.previous = ChainId(previous);
        found.push_back(row);
    }
    return found;
}

void declare_lost(Session &session, const InstitutionId &institution, const DeviceId &device, const ChainId &chain,
                  const SeqRange &range, std::int64_t now_ms) {
    session.sql << "INSERT INTO lost_events (institution, device_id, chain_id, first_seq, last_seq, declared_ms)"
                   " VALUES (:institution, :device_id, :chain_id, :first_seq, :last_seq, :declared_ms)"
                   " ON CONFLICT (institution, device_id, chain_id, first_seq, last_seq) DO NOTHING",
        use(institution.str()), use(device.str()), use(chain.str()), use(range.first), use(range.second), use(now_ms);
}

std::vector<SeqRange> lost_of(Session &session, const InstitutionId &institution, const DeviceId &device,
                              const ChainId &chain) {
    SeqRange range;
    soci::statement rows =
        (session.sql.prepare << "SELECT first_seq, last_seq FROM lost_events WHERE institution = :institution"
                                " AND device_id = :device_id AND chain_id = :chain_id ORDER BY first_seq, last_seq",
         use(institution.str()), use(device.str()), use(chain.str()), into(range.first), into(range.second));
    std::vector<SeqRange> found;
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        found.push_back(range);
    }
    return found;
}

bool quarantine(Session &session, const Quarantined &event) {
    const std::string hash = hex(event.event.hash), prev = hex(event.event.prev), id = event.event.id.str(),
                      signature = base64(event.event.signature);
    std::int64_t before = 0;
    const std::int64_t in_place = event.in_place ? 1 : 0;
    session.sql << "SELECT COUNT(*) FROM quarantine WHERE institution = :institution AND device_id = :device_id"
                   " AND chain_id = :chain_id AND seq = :seq AND hash = :hash",
        use(event.institution.str()), use(event.device.str()), use(event.chain.str()), use(event.event.seq), use(hash),
        into(before);
    if (before != 0) {
        return false;
    }
    session.sql << "INSERT INTO quarantine (institution, device_id, chain_id, seq, hash, id, kind, body, prev,"
                   " signature, outcome, reason, received_ms, in_place) VALUES (:institution, :device_id, :chain_id,"
                   " :seq, :hash, :id, :kind, :body, :prev, :signature, :outcome, :reason, :received_ms, :in_place)",
        use(event.institution.str()), use(event.device.str()), use(event.chain.str()), use(event.event.seq), use(hash),
        use(id), use(event.event.kind), use(event.event.body), use(prev), use(signature), use(event.outcome),
        use(event.reason), use(event.received_ms), use(in_place);
    return true;
}

namespace {

std::vector<Quarantined> select_quarantined(Session &session, const InstitutionId &institution, const DeviceId &device,
                                            const ChainId &chain, const std::string &where_and_order,
                                            record::Sequence seq, std::int64_t limit) {
    Quarantined row;
    row.institution = institution;
    row.device = device;
    row.chain = chain;
    std::string hash, id, prev, signature;
    std::int64_t in_place = 0;
    soci::statement rows =
        (session.sql.prepare << "SELECT seq, hash, id, kind, body, prev, signature, outcome, reason, received_ms,"
                                " in_place FROM quarantine WHERE institution = :institution AND device_id = :device_id"
                                " AND chain_id = :chain_id AND " +
                                    where_and_order + " LIMIT :limit",
         use(institution.str()), use(device.str()), use(chain.str()), use(seq), use(limit), into(row.event.seq),
         into(hash), into(id), into(row.event.kind), into(row.event.body), into(prev), into(signature),
         into(row.outcome), into(row.reason), into(row.received_ms), into(in_place));
    std::vector<Quarantined> found;
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        row.event.hash = hash_from_column(hash);
        row.event.id = uuid_from_column(id);
        row.event.prev = hash_from_column(prev);
        row.event.signature = signature_from_column(signature);
        row.in_place = in_place != 0;
        found.push_back(row);
    }
    return found;
}

} // namespace

std::vector<Quarantined> quarantined(Session &session, const InstitutionId &institution, const DeviceId &device,
                                     const ChainId &chain, record::Sequence seq, std::int64_t limit) {
    return select_quarantined(session, institution, device, chain, "seq = :seq ORDER BY hash", seq, limit);
}

void leave_place(Session &session, const Quarantined &event) {
    const std::string hash = hex(event.event.hash);
    session.sql << "UPDATE quarantine SET in_place = 0 WHERE institution = :institution AND device_id = :device_id"
                   " AND chain_id = :chain_id AND seq = :seq AND hash = :hash",
        use(event.institution.str()), use(event.device.str()), use(event.chain.str()), use(event.event.seq), use(hash);
}

std::vector<Quarantined> quarantined_links(Session &session, const InstitutionId &institution, const DeviceId &device,
                                           const ChainId &chain, record::Sequence after, std::int64_t limit) {
    return select_quarantined(session, institution, device, chain, "in_place = 1 AND seq > :seq ORDER BY seq", after,
                              limit);
}

} // namespace xueshi::registry::store
