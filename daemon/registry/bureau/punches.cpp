#include <algorithm>
#include <map>

#include "daemon/registry/bureau/rows.hpp"
#include "daemon/registry/counting/chain_clock.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::registry::bureau {

namespace {

/// A punch as bureaus see it. What the terminal showed (class, lesson, direction) is its word; the plan decides.
struct PunchRow {
    store::Event event;
    record::EventBody body;
    record::Punch punch;
    std::string name;
    counting::TimeBracket when; ///< what the chain says about its time
};

Expected<std::vector<PunchRow>> rows_of(store::Session &session, const std::vector<store::Event> &events,
                                        const ClassId &only) {
    std::vector<PunchRow> rows;
    std::map<PersonId, std::string> names;
    std::map<ChainId, counting::ChainClock> clocks; // a chain is read only when a clock of it was not good
    for (const store::Event &event : events) {
        const auto body = record::read_body(event.event.body);
        if (!body) {
            return fail(ErrorCode::corrupt, "a stored body does not read back: " + body.error().message);
        }
        const auto punch = record::punch_from_json(body->data);
        if (!punch || (!only.empty() && punch->training_class != only)) {
            continue; // flagged as malformed at the ingest; the chain has it
        }
        auto name = names.find(punch->person);
        if (name == names.end()) {
            const auto known = store::person_name(session, event.institution, punch->person);
            name = names.emplace(punch->person, known.value_or("")).first;
        }
        counting::TimeBracket when{body->at.wall_ms, body->at.wall_ms, counting::TimeBasis::clock};
        if (body->at.quality != ClockQuality::synchronised) {
            auto clock = clocks.find(event.chain);
            if (clock == clocks.end()) {
                clock = clocks
                            .emplace(event.chain,
                                     counting::read_chain_clock(session, event.institution, event.device, event.chain))
                            .first;
            }
            when = clock->second.bracket(event.event.seq);
        }
        rows.push_back(PunchRow{event, *body, *punch, name->second, when});
    }
    return rows;
}

template <typename Out>
void write_row(const PunchRow &row, Out &out) {
    write_event(row.event, row.body, out);
    out.text("time_basis", to_string(row.when.basis));
    out.number("earliest_ms", std::max<std::int64_t>(row.when.earliest_ms, 0)); // 0: no good time came before it
    out.number("latest_ms", row.when.latest_ms);
    out.number("after_ms", row.event.after_ms); // by our own nonces and receipts, whatever the device's clock says
    out.number("before_ms", row.event.received_ms);
    out.text("person", row.punch.person.str());
    out.text("name", row.name);
    out.text("room", row.punch.room.str());
    out.text("class", row.punch.training_class.str());
    out.text("lesson", row.punch.lesson.str());
    out.text("direction", to_string(row.punch.direction));
    out.text("evidence", to_string(row.punch.evidence));
    out.text("clip", row.punch.clip.str());
    out.text("matched_by", row.punch.by_reader ? "reader" : row.punch.model.empty() ? "person" : "terminal");
    out.number("score_millionths", row.punch.score_millionths);
    out.text("source", to_string(row.body.source.kind));
    out.text("driver", row.body.source.driver);
    out.text("key_level", row.body.key_level);
    out.text("flags", row.event.flags);
    out.text("hash", hex(row.event.event.hash));
    out.number("received_ms", row.event.received_ms);
}

} // namespace

Expected<http::Response> get_punches(const Context &context, store::Session &session, Call &call) {
    const auto cursor = cursor_of(session, call);
    if (!cursor) {
        return tl::unexpected(cursor.error());
    }
    const auto events = store::events_after(session, cursor->institution.id, to_string(record::EventKind::punch),
                                            cursor->after, cursor->limit);
    const auto rows = rows_of(session, events, ClassId(query_of(call.request, "class")));
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return page(context, call, "punches", *rows, events.empty() ? cursor->after : events.back().position);
}

} // namespace xueshi::registry::bureau
