#include "daemon/registry/store/devices.hpp"

#include <array>
#include <stdexcept>

#include <soci/soci.h>

namespace xueshi::registry::store {

using soci::into;
using soci::use;

namespace {

constexpr std::array kStates{
    std::pair{DeviceState::approved, std::string_view("approved")},
    std::pair{DeviceState::claimed, std::string_view("claimed")},
    std::pair{DeviceState::quarantined, std::string_view("quarantined")},
    std::pair{DeviceState::revoked, std::string_view("revoked")},
};

DeviceState parse_state(const std::string &text) {
    for (const auto &[state, name] : kStates) {
        if (name == text) {
            return state;
        }
    }
    throw std::runtime_error("unknown device state in the database: " + text);
}

/// The columns of one row, as SOCI fills them.
struct Row {
    std::string institution, id, room, state, signing_key, key_level, request, certificate, serial;
    std::int64_t suite = 0, claimed_ms = 0;

    Device device() const {
        Device device;
        device.institution = InstitutionId(institution);
        device.id = DeviceId(id);
        device.room = RoomId(room);
        device.state = parse_state(state);
        device.signing_key_pem = signing_key;
        device.suite = static_cast<int>(suite);
        device.key_level = key_level;
        device.certificate_request_pem = request;
        device.certificate_pem = certificate;
        device.certificate_serial = serial;
        device.claimed_ms = claimed_ms;
        return device;
    }
};

std::vector<Device> select(Session &session, const std::string &where_and_order, const std::string *argument) {
    Row row;
    soci::statement rows(session.sql);
    for (std::string *text : {&row.institution, &row.id, &row.room, &row.state, &row.signing_key, &row.key_level,
                              &row.request, &row.certificate, &row.serial}) {
        rows.exchange(into(*text));
    }
    rows.exchange(into(row.suite));
    rows.exchange(into(row.claimed_ms));
    if (argument != nullptr) {
        rows.exchange(use(*argument));
    }
    rows.alloc();
    rows.prepare("SELECT institution, device_id, room, state, signing_key, key_level, certificate_request, certificate,"
                 " certificate_serial, suite, claimed_ms FROM device " +
                 where_and_order);
    rows.define_and_bind();
    std::vector<Device> devices;
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        devices.push_back(row.device());
    }
    return devices;
}

} // namespace

std::string_view to_string(DeviceState state) {
    return kStates.at(static_cast<std::size_t>(state)).second;
}

void save_device(Session &session, const Device &device) {
    const std::string state(to_string(device.state));
    const std::int64_t suite = device.suite;
    session.sql << "DELETE FROM device WHERE institution = :institution AND device_id = :device_id",
        use(device.institution.str()), use(device.id.str());
    session.sql << "INSERT INTO device (institution, device_id, room, state, signing_key, suite, key_level,"
                   " certificate_request, certificate, certificate_serial, claimed_ms)"
                   " VALUES (:institution, :device_id, :room, :state, :signing_key, :suite, :key_level,"
                   " :certificate_request, :certificate, :certificate_serial, :claimed_ms)",
        use(device.institution.str()), use(device.id.str()), use(device.room.str()), use(state),
        use(device.signing_key_pem), use(suite), use(device.key_level), use(device.certificate_request_pem),
        use(device.certificate_pem), use(device.certificate_serial), use(device.claimed_ms);
}

std::optional<Device> find_device(Session &session, const DeviceId &id) {
    const auto found = select(session, "WHERE device_id = :device_id", &id.str());
    return found.empty() ? std::nullopt : std::optional(found.front());
}

std::vector<Device> devices_of(Session &session, const InstitutionId &institution) {
    return select(session, "WHERE institution = :institution ORDER BY device_id", &institution.str());
}

std::vector<Device> all_devices(Session &session) {
    return select(session, "ORDER BY institution, device_id", nullptr);
}

void retire_request(Session &session, const Device &device, const Sha256 &request, std::int64_t now_ms) {
    const std::string digest = hex(request);
    session.sql << "INSERT INTO replaced_request (institution, device_id, request_sha256, replaced_ms)"
                   " VALUES (:institution, :device_id, :request, :now)",
        use(device.institution.str()), use(device.id.str()), use(digest), use(now_ms);
}

bool is_retired(Session &session, const Device &device, const Sha256 &request) {
    const std::string digest = hex(request);
    std::int64_t count = 0;
    session.sql << "SELECT COUNT(*) FROM replaced_request WHERE institution = :institution AND device_id = :device_id"
                   " AND request_sha256 = :request",
        use(device.institution.str()), use(device.id.str()), use(digest), into(count);
    return count > 0;
}

namespace {

void save_decision(Session &session, const Device &device, const Decision &decision) {
    std::int64_t number = 0;
    session.sql << "SELECT COUNT(*) FROM device_decision WHERE institution = :institution AND device_id = :device_id",
        use(device.institution.str()), use(device.id.str()), into(number);
    session.sql << "INSERT INTO device_decision (institution, device_id, number, decided_ms, decision, reason,"
                   " decided_by) VALUES (:institution, :device_id, :number, :decided_ms, :decision, :reason,"
                   " :decided_by)",
        use(device.institution.str()), use(device.id.str()), use(number), use(decision.decided_ms),
        use(decision.decision), use(decision.reason), use(decision.by);
}

bool change_state(Session &session, const Device &device, DeviceState from, DeviceState to) {
    const std::string from_text(to_string(from)), to_text(to_string(to));
    soci::statement update = (session.sql.prepare << "UPDATE device SET state = :to WHERE institution = :institution"
                                                     " AND device_id = :device_id AND state = :from",
                              use(to_text), use(device.institution.str()), use(device.id.str()), use(from_text));
    update.execute(true);
    return update.get_affected_rows() > 0;
}

} // namespace

bool quarantine_device(Session &session, const Device &device, const std::string &reason, std::int64_t now_ms) {
    const bool changed = change_state(session, device, DeviceState::claimed, DeviceState::quarantined);
    if (changed) {
        save_decision(session, device, {now_ms, "quarantined", reason, "registry"});
    }
    return changed;
}

bool release_device(Session &session, const Device &device, const std::string &reason, const std::string &by,
                    std::int64_t now_ms) {
    const bool changed = change_state(session, device, DeviceState::quarantined, DeviceState::claimed);
    if (changed) {
        save_decision(session, device, {now_ms, "released", reason, by});
    }
    return changed;
}

std::vector<Decision> decisions_of(Session &session, const InstitutionId &institution, const DeviceId &device) {
    Decision row;
    soci::statement rows =
        (session.sql.prepare << "SELECT decided_ms, decision, reason, decided_by FROM device_decision"
                                " WHERE institution = :institution AND device_id = :device_id ORDER BY number",
         use(institution.str()), use(device.str()), into(row.decided_ms), into(row.decision), into(row.reason),
         into(row.by));
    std::vector<Decision> found;
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        found.push_back(row);
    }
    return found;
}

void save_pending_claim(Session &session, const PendingClaim &claim) {
    session.sql << "INSERT INTO pending_claim (device_id, code, asked_ms, peer)"
                   " VALUES (:device_id, :code, :asked_ms, :peer)",
        use(claim.device.str()), use(claim.code), use(claim.asked_ms), use(claim.peer);
}

namespace {

std::optional<PendingClaim> select_claim(Session &session, const std::string &where, const std::string &argument) {
    std::string device, code, peer;
    std::int64_t asked_ms = 0;
    session.sql << "SELECT device_id, code, asked_ms, peer FROM pending_claim " + where, use(argument), into(device),
        into(code), into(asked_ms), into(peer);
    if (!session.sql.got_data()) {
        return std::nullopt;
    }
    PendingClaim claim;
    claim.device = DeviceId(device);
    claim.code = code;
    claim.asked_ms = asked_ms;
    claim.peer = peer;
    return claim;
}

} // namespace

std::optional<PendingClaim> pending_claim_of(Session &session, const DeviceId &device) {
    return select_claim(session, "WHERE device_id = :device_id", device.str());
}

std::optional<PendingClaim> pending_claim_with(Session &session, const std::string &code) {
    return select_claim(session, "WHERE code = :code", code);
}

void remove_pending_claim(Session &session, const DeviceId &device) {
    session.sql << "DELETE FROM pending_claim WHERE device_id = :device_id", use(device.str());
}

void remove_pending_claims_before(Session &session, std::int64_t asked_ms) {
    session.sql << "DELETE FROM pending_claim WHERE asked_ms < :asked_ms", use(asked_ms);
}

std::int64_t pending_claims(Session &session) {
    std::int64_t count = 0;
    session.sql << "SELECT COUNT(*) FROM pending_claim", into(count);
    return count;
}

std::int64_t pending_claims_from(Session &session, const std::string &peer) {
    std::int64_t count = 0;
    session.sql << "SELECT COUNT(*) FROM pending_claim WHERE peer = :peer", use(peer), into(count);
    return count;
}

void remove_oldest_pending_claim(Session &session) {
    session.sql << "DELETE FROM pending_claim WHERE device_id ="
                   " (SELECT device_id FROM pending_claim ORDER BY asked_ms, device_id LIMIT 1)";
}

void remove_oldest_pending_claim_from(Session &session, const std::string &peer) {
    session.sql << "DELETE FROM pending_claim WHERE device_id ="
                   " (SELECT device_id FROM pending_claim WHERE peer = :peer ORDER BY asked_ms, device_id LIMIT 1)",
        use(peer);
}

} // namespace xueshi::registry::store
