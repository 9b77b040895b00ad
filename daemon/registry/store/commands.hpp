#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/registry/store/store.hpp"
#include "firmware/core/base/ids.hpp"
#include "firmware/core/identity/signed_document.hpp"
#include "firmware/core/record/command_bodies.hpp"

namespace xueshi::registry::store {

/// One order to a device, with what came of it.
struct Command {
    InstitutionId institution;
    DeviceId device;
    std::int64_t number = 0;
    Uuid id;
    std::string kind;
    std::string arguments; ///< JSON
    std::string ordered_by;
    std::int64_t ordered_ms = 0, expires_ms = 0;
    identity::SignedDocument document;
    std::int64_t taken_ms = 0; ///< its event came in; 0: not yet
    std::string outcome;       ///< of record::CommandOutcome; empty: none came in
    std::string result;        ///< JSON of the result's data; empty: none came in
    std::int64_t settled_ms = 0;
};
void add_command(Session &session, const Command &command);
/// The device's highest number; 0: nothing was ever ordered.
std::int64_t newest_command(Session &session, const InstitutionId &institution, const DeviceId &device);
/// Those that still hold at `now_ms`, have no result and a number after `after`, in order.
std::vector<Command> open_commands(Session &session, const InstitutionId &institution, const DeviceId &device,
                                   std::int64_t after, std::int64_t now_ms, std::int64_t limit);
/// The newest first.
std::vector<Command> commands_of(Session &session, const InstitutionId &institution, const DeviceId &device,
                                 std::int64_t limit);

/// The device's chain has the command, or its result. What was never ordered of this device changes nothing; the first
/// result stands.
void note_taken(Session &session, const InstitutionId &institution, const DeviceId &device, const Uuid &command,
                std::int64_t now_ms);
void note_result(Session &session, const InstitutionId &institution, const DeviceId &device,
                 const record::CommandResult &result, std::int64_t now_ms);

} // namespace xueshi::registry::store
