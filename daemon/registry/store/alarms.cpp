#include "daemon/registry/store/alarms.hpp"

#include <soci/soci.h>

namespace xueshi::registry::store {

using soci::into;
using soci::use;

void raise_alarm(Session &session, const Alarm &alarm) {
    const std::string id = Uuid::v7(alarm.raised_ms).str();
    session.sql << "INSERT INTO alarm (institution, alarm_id, kind, device_id, detail, raised_ms)"
                   " VALUES (:institution, :alarm_id, :kind, :device_id, :detail, :raised_ms)",
        use(alarm.institution.str()), use(id), use(alarm.kind), use(alarm.device.str()), use(alarm.detail),
        use(alarm.raised_ms);
}

std::vector<Alarm> alarms_of(Session &session, const InstitutionId &institution) {
    std::string kind, device, detail;
    std::int64_t raised_ms = 0;
    soci::statement rows = (session.sql.prepare << "SELECT kind, device_id, detail, raised_ms FROM alarm"
                                                   " WHERE institution = :institution ORDER BY alarm_id",
                            use(institution.str()), into(kind), into(device), into(detail), into(raised_ms));
    std::vector<Alarm> alarms;
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        Alarm alarm;
        alarm.institution = institution;
        alarm.kind = kind;
        alarm.device = DeviceId(device);
        alarm.detail = detail;
        alarm.raised_ms = raised_ms;
        alarms.push_back(std::move(alarm));
    }
    return alarms;
}

} // namespace xueshi::registry::store
