#include <algorithm>
#include <map>

#include "daemon/registry/bureau/selection.hpp"
#include "daemon/registry/counting/chain_clock.hpp"
#include "daemon/registry/store/events.hpp"
#include "firmware/core/base/csv.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::registry::bureau {

namespace {

constexpr std::int64_t kMaxPage = 1'000, kMaxPosition = 1LL << 53;

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

/// The members of PunchRow in the order of both forms; `out` takes texts and numbers.
template <typename Out>
void write_row(const PunchRow &row, Out &out) {
    out.number("position", row.event.position);
    out.text("institution", row.event.institution.str());
    out.text("device", row.event.device.str());
    out.text("chain", row.event.chain.str());
    out.number("seq", row.event.event.seq);
    out.text("id", row.event.event.id.str());
    out.number("wall_ms", row.body.at.wall_ms);
    out.text("time", utc_time(row.body.at.wall_ms));
    out.text("clock", to_string(row.body.at.quality));
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

struct JsonOut {
    json::Object object;
    void text(std::string_view name, std::string_view value) { object[name] = value; }
    void number(std::string_view name, std::int64_t value) { object[name] = value; }
};
struct CsvHead {
    Csv &csv;
    void text(std::string_view name, std::string_view) { csv.text(name); }
    void number(std::string_view name, std::int64_t) { csv.text(name); }
};
struct CsvOut {
    Csv &csv;
    void text(std::string_view, std::string_view value) { csv.text(value); }
    void number(std::string_view, std::int64_t value) { csv.number(value); }
};

http::Response as_csv(const std::vector<PunchRow> &rows, bool demonstration, std::int64_t next) {
    Csv csv;
    CsvHead head{csv};
    write_row(PunchRow{}, head);
    csv.text("demonstration").end_row();
    for (const PunchRow &row : rows) {
        CsvOut out{csv};
        write_row(row, out);
        csv.text(demonstration ? "true" : "false").end_row();
    }
    auto response = csv_response(csv.str());
    response.headers["Xueshi-Next"] = std::to_string(next);
    return response;
}

} // namespace

Expected<http::Response> get_punches(const Context &context, store::Session &session, Call &call) {
    const auto institution = one_institution(session, call);
    const auto after = number_of(call.request, "after", 0, 0, kMaxPosition);
    const auto limit = number_of(call.request, "limit", kMaxPage, 1, kMaxPage);
    if (!institution || !after || !limit) {
        return tl::unexpected(!institution ? institution.error() : !after ? after.error() : limit.error());
    }
    const auto events =
        store::events_after(session, institution->id, to_string(record::EventKind::punch), *after, *limit);
    const std::int64_t next = events.empty() ? *after : events.back().position;
    const auto rows = rows_of(session, events, ClassId(query_of(call.request, "class")));
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    if (wants_csv(call.request)) {
        return as_csv(*rows, is_demonstration(context.policy), next);
    }
    json::Array punches;
    for (const PunchRow &row : *rows) {
        JsonOut out;
        write_row(row, out);
        punches.push_back(std::move(out.object));
    }
    json::Object body;
    body["punches"] = std::move(punches);
    body["next"] = next;
    return json_response(context, std::move(body));
}

} // namespace xueshi::registry::bureau
