#include "daemon/registry/store/commands.hpp"

#include <soci/soci.h>

#include "daemon/registry/store/text.hpp"
#include "firmware/core/base/json.hpp"

namespace xueshi::registry::store {

using soci::into;
using soci::use;

namespace {

constexpr auto kColumns = "SELECT number, command_id, kind, arguments, ordered_by, ordered_ms, expires_ms, payload,"
                          " signature, taken_ms, outcome, result, settled_ms FROM command"
                          " WHERE institution = :institution AND device_id = :device_id ";

template <typename... Arguments>
std::vector<Command> select(Session &session, const std::string &query, const InstitutionId &institution,
                            const DeviceId &device, const Arguments &...arguments) {
    Command row;
    std::string id, signature;
    soci::statement rows(session.sql);
    rows.exchange(into(row.number));
    for (std::string *text : {&id, &row.kind, &row.arguments, &row.ordered_by}) {
        rows.exchange(into(*text));
    }
    rows.exchange(into(row.ordered_ms));
    rows.exchange(into(row.expires_ms));
    rows.exchange(into(row.document.payload));
    rows.exchange(into(signature));
    rows.exchange(into(row.taken_ms));
    rows.exchange(into(row.outcome));
    rows.exchange(into(row.result));
    rows.exchange(into(row.settled_ms));
    rows.exchange(use(institution.str()));
    rows.exchange(use(device.str()));
    (rows.exchange(use(arguments)), ...);
    rows.alloc();
    rows.prepare(kColumns + query);
    rows.define_and_bind();
    std::vector<Command> all;
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        row.institution = institution;
        row.device = device;
        row.id = uuid_from_column(id);
        row.document.signature = signature_from_column(signature);
        all.push_back(row);
    }
    return all;
}

} // namespace

void add_command(Session &session, const Command &command) {
    const std::string id = command.id.str(), signature = base64(command.document.signature);
    session.sql << "INSERT INTO command (institution, device_id, number, command_id, kind, arguments, ordered_by,"
                   " ordered_ms, expires_ms, payload, signature, taken_ms, outcome, result, settled_ms)"
                   " VALUES (:institution, :device_id, :number, :command_id, :kind, :arguments, :ordered_by,"
                   " :ordered_ms, :expires_ms, :payload, :signature, 0, '', '', 0)",
        use(command.institution.str()), use(command.device.str()), use(command.number), use(id), use(command.kind),
        use(command.arguments), use(command.ordered_by), use(command.ordered_ms), use(command.expires_ms),
        use(command.document.payload), use(signature);
}

std::int64_t newest_command(Session &session, const InstitutionId &institution, const DeviceId &device) {
    std::int64_t number = 0;
    session.sql << "SELECT COALESCE(MAX(number), 0) FROM command"
                   " WHERE institution = :institution AND device_id = :device_id",
        into(number), use(institution.str()), use(device.str());
    return number;
}

std::vector<Command> open_commands(Session &session, const InstitutionId &institution, const DeviceId &device,
                                   std::int64_t after, std::int64_t now_ms, std::int64_t limit) {
    return select(session, "AND number > :after AND expires_ms > :now AND outcome = '' ORDER BY number LIMIT :most",
                  institution, device, after, now_ms, limit);
}

std::vector<Command> commands_of(Session &session, const InstitutionId &institution, const DeviceId &device,
                                 std::int64_t limit) {
    return select(session, "ORDER BY number DESC LIMIT :most", institution, device, limit);
}

void note_taken(Session &session, const InstitutionId &institution, const DeviceId &device, const Uuid &command,
                std::int64_t now_ms) {
    const std::string id = command.str();
    session.sql << "UPDATE command SET taken_ms = :now WHERE command_id = :command_id AND taken_ms = 0"
                   " AND institution = :institution AND device_id = :device_id",
        use(now_ms), use(id), use(institution.str()), use(device.str());
}

void note_result(Session &session, const InstitutionId &institution, const DeviceId &device,
                 const record::CommandResult &result, std::int64_t now_ms) {
    const std::string id = result.command.str(), outcome(to_string(result.outcome));
    const std::string text = json::serialize(to_json(result));
    session.sql << "UPDATE command SET outcome = :outcome, result = :result, settled_ms = :now"
                   " WHERE command_id = :command_id AND outcome = ''"
                   " AND institution = :institution AND device_id = :device_id",
        use(outcome), use(text), use(now_ms), use(id), use(institution.str()), use(device.str());
}

} // namespace xueshi::registry::store
