#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/registry/store/store.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::registry::store {

/// One accepted event, byte for byte as it came, with what the registry adds.
struct Event {
    InstitutionId institution;
    DeviceId device;
    ChainId chain;
    record::StoredEvent event;
    std::int64_t position = 0;    ///< order of ingest within the institution
    std::int64_t after_ms = 0;    ///< it happened later than this, by our nonces in its chain; 0: none came before it
    std::int64_t received_ms = 0; ///< and no later than this
    std::string flags;            ///< words separated by spaces; empty: nothing to say
    PersonId person;              ///< of kinds that name one; for selecting
    RoomId room;
};
/// A flag: the clock was synchronised and yet shows an earlier time than one before it in the chain (F09). Order comes
/// from seq, so it changes none.
inline constexpr std::string_view kClockRanBack = "clock_ran_back";
/// A flag: the clock called itself synchronised, and shows a time outside (after_ms, received_ms) (F10).
inline constexpr std::string_view kClockContradicted = "clock_contradicted";
bool has_flag(const Event &event, std::string_view word);

void add_events(Session &session, const std::vector<Event> &events);

/// Whether an institution's device has an event of an id, asked often: the statement is prepared once. Lives within one
/// transaction.
class IdLookup {
public:
    IdLookup(Session &session, const InstitutionId &institution, const DeviceId &device);
    ~IdLookup();
    IdLookup(const IdLookup &) = delete;
    IdLookup &operator=(const IdLookup &) = delete;
    bool knows(const Uuid &id);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

std::optional<Event> find_event(Session &session, const InstitutionId &institution, const DeviceId &device,
                                const ChainId &chain, record::Sequence seq);
/// Whatever chain it is in.
std::optional<Event> find_event(Session &session, const InstitutionId &institution, const DeviceId &device,
                                const Uuid &id);

/// Of one kind, with positions over `after`, by position.
std::vector<Event> events_after(Session &session, const InstitutionId &institution, std::string_view kind,
                                std::int64_t after, std::int64_t limit);
/// Of one kind and person, by device, chain and seq.
std::vector<Event> events_of_person(Session &session, const InstitutionId &institution, std::string_view kind,
                                    const PersonId &person);
/// Of one kind in a chain, by seq.
std::vector<Event> events_of_chain(Session &session, const InstitutionId &institution, const DeviceId &device,
                                   const ChainId &chain, std::string_view kind);
/// The stored event with the highest seq; nullopt: none.
std::optional<Event> last_event(Session &session, const InstitutionId &institution, const DeviceId &device,
                                const ChainId &chain);
/// A piece of a chain, by seq.
std::vector<Event> chain_after(Session &session, const InstitutionId &institution, const DeviceId &device,
                               const ChainId &chain, record::Sequence after, std::int64_t limit);

} // namespace xueshi::registry::store
