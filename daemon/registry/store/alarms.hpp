#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/registry/store/store.hpp"
#include "firmware/core/base/ids.hpp"

namespace xueshi::registry::store {

/// Something a bureau must look at.
struct Alarm {
    InstitutionId institution;
    std::string kind; ///< "conflict", "unrelated_chain", ...
    DeviceId device;
    std::string detail; ///< no names, no ID numbers
    std::int64_t raised_ms = 0;
};
void raise_alarm(Session &session, const Alarm &alarm);
std::vector<Alarm> alarms_of(Session &session, const InstitutionId &institution);

} // namespace xueshi::registry::store
