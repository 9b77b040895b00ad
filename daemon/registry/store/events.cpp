#include "daemon/registry/store/events.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>

#include <soci/soci.h>

#include "daemon/registry/store/text.hpp"

namespace xueshi::registry::store {

using soci::into;
using soci::use;

bool has_flag(const Event &event, std::string_view word) {
    std::istringstream words(event.flags);
    return std::find(std::istream_iterator<std::string>(words), {}, word) != std::istream_iterator<std::string>();
}

void add_events(Session &session, const std::vector<Event> &events) {
    std::string institution, device, chain, id, kind, body, prev, hash, signature, flags, person, room;
    std::int64_t seq = 0, position = 0, received_ms = 0, after_ms = 0;
    soci::statement insert =
        (session.sql.prepare
             << "INSERT INTO event (institution, device_id, chain_id, seq, id, kind, body, prev, hash, signature,"
                " position, received_ms, flags, person_id, room, after_ms) VALUES (:institution, :device_id, "
                ":chain_id, :seq,"
                " :id, :kind, :body, :prev, :hash, :signature, :position, :received_ms, :flags, :person_id, :room,"
                " :after_ms)",
         use(institution), use(device), use(chain), use(seq), use(id), use(kind), use(body), use(prev), use(hash),
         use(signature), use(position), use(received_ms), use(flags), use(person), use(room), use(after_ms));
    for (const Event &event : events) {
        const record::StoredEvent &stored = event.event;
        institution = event.institution.str();
        device = event.device.str();
        chain = event.chain.str();
        seq = stored.seq;
        id = stored.id.str();
        kind = stored.kind;
        body = stored.body;
        prev = hex(stored.prev);
        hash = hex(stored.hash);
        signature = base64(stored.signature);
        position = event.position;
        received_ms = event.received_ms;
        flags = event.flags;
        person = event.person.str();
        room = event.room.str();
        after_ms = event.after_ms;
        insert.execute(true);
    }
}

struct IdLookup::Impl {
    std::string institution, device, id;
    std::int64_t found = 0;
    soci::statement select;

    Impl(Session &session, const InstitutionId &of, const DeviceId &by)
        : institution(of.str()), device(by.str()),
          select((session.sql.prepare << "SELECT COUNT(*) FROM event WHERE institution = :institution"
                                         " AND device_id = :device_id AND id = :id",
                  into(found), use(institution), use(device), use(id))) {}
};

IdLookup::IdLookup(Session &session, const InstitutionId &institution, const DeviceId &device)
    : impl_(std::make_unique<Impl>(session, institution, device)) {}
IdLookup::~IdLookup() = default;

bool IdLookup::knows(const Uuid &id) {
    impl_->id = id.str();
    impl_->select.execute(true);
    return impl_->found != 0;
}

namespace {

/// The columns of one row, as SOCI fills them.
struct Row {
    std::string institution, device, chain, id, kind, body, prev, hash, signature, flags, person, room;
    std::int64_t seq = 0, position = 0, received_ms = 0, after_ms = 0;

    Event event() const {
        Event event;
        event.institution = InstitutionId(institution);
        event.device = DeviceId(device);
        event.chain = ChainId(chain);
        event.event.seq = seq;
        event.event.id = uuid_from_column(id);
        event.event.kind = kind;
        event.event.body = body;
        event.event.prev = hash_from_column(prev);
        event.event.hash = hash_from_column(hash);
        event.event.signature = signature_from_column(signature);
        event.position = position;
        event.received_ms = received_ms;
        event.after_ms = after_ms;
        event.flags = flags;
        event.person = PersonId(person);
        event.room = RoomId(room);
        return event;
    }
};

template <typename... Arguments>
std::vector<Event> select(Session &session, const std::string &where_and_order, const Arguments &...arguments) {
    Row row;
    soci::statement rows(session.sql);
    for (std::string *text : {&row.institution, &row.device, &row.chain, &row.id, &row.kind, &row.body, &row.prev,
                              &row.hash, &row.signature, &row.flags, &row.person, &row.room}) {
        rows.exchange(into(*text));
    }
    for (std::int64_t *number : {&row.seq, &row.position, &row.received_ms, &row.after_ms}) {
        rows.exchange(into(*number));
    }
    (rows.exchange(use(arguments)), ...);
    rows.alloc();
    rows.prepare("SELECT institution, device_id, chain_id, id, kind, body, prev, hash, signature, flags, person_id,"
                 " room, seq, position, received_ms, after_ms FROM event WHERE " +
                 where_and_order);
    rows.define_and_bind();
    std::vector<Event> events;
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        events.push_back(row.event());
    }
    return events;
}

std::optional<Event> first(std::vector<Event> events) {
    return events.empty() ? std::nullopt : std::optional(std::move(events.front()));
}

} // namespace

std::optional<Event> find_event(Session &session, const InstitutionId &institution, const DeviceId &device,
                                const ChainId &chain, record::Sequence seq) {
    return first(select(session,
                        "institution = :institution AND device_id = :device_id AND chain_id = :chain_id"
                        " AND seq = :seq",
                        institution.str(), device.str(), chain.str(), seq));
}

std::optional<Event> find_event(Session &session, const InstitutionId &institution, const DeviceId &device,
                                const Uuid &id) {
    const std::string text = id.str();
    return first(select(session, "institution = :institution AND device_id = :device_id AND id = :id",
                        institution.str(), device.str(), text));
}

std::vector<Event> events_after(Session &session, const InstitutionId &institution, std::string_view kind,
                                std::int64_t after, std::int64_t limit) {
    const std::string kind_text(kind);
    return select(session,
                  "institution = :institution AND position > :after AND kind = :kind ORDER BY position LIMIT :limit",
                  institution.str(), after, kind_text, limit);
}

std::vector<Event> events_of_person(Session &session, const InstitutionId &institution, std::string_view kind,
                                    const PersonId &person) {
    const std::string kind_text(kind);
    return select(session,
                  "institution = :institution AND person_id = :person_id AND kind = :kind"
                  " ORDER BY device_id, chain_id, seq",
                  institution.str(), person.str(), kind_text);
}

std::vector<Event> events_of_chain(Session &session, const InstitutionId &institution, const DeviceId &device,
                                   const ChainId &chain, std::string_view kind) {
    const std::string kind_text(kind);
    return select(session,
                  "institution = :institution AND device_id = :device_id AND chain_id = :chain_id AND kind = :kind"
                  " ORDER BY seq",
                  institution.str(), device.str(), chain.str(), kind_text);
}

std::optional<Event> last_event(Session &session, const InstitutionId &institution, const DeviceId &device,
                                const ChainId &chain) {
    return first(select(session,
                        "institution = :institution AND device_id = :device_id AND chain_id = :chain_id"
                        " ORDER BY seq DESC LIMIT 1",
                        institution.str(), device.str(), chain.str()));
}

std::vector<Event> chain_after(Session &session, const InstitutionId &institution, const DeviceId &device,
                               const ChainId &chain, record::Sequence after, std::int64_t limit) {
    return select(session,
                  "institution = :institution AND device_id = :device_id AND chain_id = :chain_id AND seq > :after"
                  " ORDER BY seq LIMIT :limit",
                  institution.str(), device.str(), chain.str(), after, limit);
}

} // namespace xueshi::registry::store
