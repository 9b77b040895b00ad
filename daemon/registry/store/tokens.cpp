#include "daemon/registry/store/tokens.hpp"

#include <soci/soci.h>

namespace xueshi::registry::store {

using soci::into;
using soci::use;

void add_device_token(Session &session, const DeviceToken &token) {
    session.sql << "INSERT INTO device_token (institution, token_hash, room, expires_ms, used_by, used_ms)"
                   " VALUES (:institution, :token_hash, :room, :expires_ms, '', 0)",
        use(token.institution.str()), use(token.hash), use(token.room.str()), use(token.expires_ms);
}

std::optional<DeviceToken> find_device_token(Session &session, const std::string &hash) {
    std::string institution, room, used_by;
    DeviceToken token;
    session.sql << "SELECT institution, room, expires_ms, used_by, used_ms FROM device_token"
                   " WHERE token_hash = :token_hash",
        use(hash), into(institution), into(room), into(token.expires_ms), into(used_by), into(token.used_ms);
    if (!session.sql.got_data()) {
        return std::nullopt;
    }
    token.institution = InstitutionId(institution);
    token.hash = hash;
    token.room = RoomId(room);
    token.used_by = DeviceId(used_by);
    return token;
}

void use_device_token(Session &session, const DeviceToken &token, const DeviceId &by, std::int64_t used_ms) {
    session.sql << "UPDATE device_token SET used_by = :used_by, used_ms = :used_ms"
                   " WHERE institution = :institution AND token_hash = :token_hash",
        use(by.str()), use(used_ms), use(token.institution.str()), use(token.hash);
}

void add_bureau_token(Session &session, const BureauToken &token) {
    session.sql << "INSERT INTO bureau_token (institution, token_hash, region, name, scopes, made_ms, expires_ms)"
                   " VALUES (:institution, :token_hash, :region, :name, :scopes, :made_ms, :expires_ms)",
        use(token.institution.str()), use(token.hash), use(token.region), use(token.name), use(token.scopes),
        use(token.made_ms), use(token.expires_ms);
}

std::vector<BureauToken> bureau_tokens(Session &session) {
    std::string institution;
    BureauToken token;
    soci::statement rows =
        (session.sql.prepare
             << "SELECT institution, token_hash, region, name, scopes, made_ms, expires_ms FROM bureau_token"
                " ORDER BY institution, token_hash",
         into(institution), into(token.hash), into(token.region), into(token.name), into(token.scopes),
         into(token.made_ms), into(token.expires_ms));
    std::vector<BureauToken> tokens;
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        token.institution = InstitutionId(institution);
        tokens.push_back(token);
    }
    return tokens;
}

void end_bureau_token(Session &session, const BureauToken &token, std::int64_t at_ms) {
    session.sql
        << "UPDATE bureau_token SET expires_ms = :at_ms WHERE institution = :institution AND token_hash = :hash",
        use(at_ms), use(token.institution.str()), use(token.hash);
}

} // namespace xueshi::registry::store
