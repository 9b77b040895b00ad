#include <algorithm>
#include <iterator>
#include <optional>

#include "daemon/registry/bureau/rows.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::registry::bureau {

namespace {

/// Somebody asks the bureau to decide: a trainee who was there and not recognised, or a teacher for another plan.
struct RequestRow {
    store::Event event;
    record::EventBody body;
    std::string kind;            ///< "pending_claim", "change"
    record::PendingClaim claim;  ///< of a pending claim
    std::string name;            ///< of its person
    record::ChangeRequest asked; ///< of a change
};

template <typename Out>
void write_row(const RequestRow &row, Out &out) {
    const bool claims = row.kind == record::to_string(record::EventKind::pending_claim);
    write_event(row.event, row.body, out);
    out.text("kind", row.kind);
    out.text("class", claims ? row.claim.training_class.str() : row.asked.training_class.str());
    out.text("lesson", claims ? row.claim.lesson.str() : row.asked.lesson.str());
    out.text("person", row.claim.person.str());
    out.text("name", row.name);
    out.text("room", row.claim.room.str());
    out.text("reason", claims ? record::to_string(row.claim.reason) : "");
    out.text("note", row.claim.note);
    out.text("clip", row.claim.clip.str());
    out.text("change", claims ? "" : record::to_string(row.asked.change));
    out.number("begin_ms", row.asked.begin_ms);
    out.text("begin", row.asked.begin_ms == 0 ? "" : utc_time(row.asked.begin_ms));
    out.text("operator", row.asked.operator_name);
    out.text("hash", hex(row.event.event.hash));
    out.number("received_ms", row.event.received_ms);
}

/// Both kinds in the order of ingest, at most the cursor's limit.
std::vector<store::Event> events_of(store::Session &session, const Cursor &cursor) {
    const auto of_kind = [&](record::EventKind kind) {
        return store::events_after(session, cursor.institution.id, to_string(kind), cursor.after, cursor.limit);
    };
    auto claims = of_kind(record::EventKind::pending_claim);
    auto actions = of_kind(record::EventKind::operator_action);
    std::vector<store::Event> all;
    std::ranges::merge(std::make_move_iterator(claims.begin()), std::make_move_iterator(claims.end()),
                       std::make_move_iterator(actions.begin()), std::make_move_iterator(actions.end()),
                       std::back_inserter(all), {}, &store::Event::position, &store::Event::position);
    all.resize(std::min(all.size(), static_cast<std::size_t>(cursor.limit)));
    return all;
}

/// Nothing: another action of an operator, or malformed, which the ingest flagged and the chain has.
std::optional<RequestRow> row_of(store::Session &session, store::Event event, record::EventBody body) {
    RequestRow row{std::move(event), std::move(body), {}, {}, {}, {}};
    if (row.body.kind == record::to_string(record::EventKind::pending_claim)) {
        auto claim = record::pending_claim_from_json(row.body.data);
        if (!claim) {
            return std::nullopt;
        }
        row.kind = row.body.kind;
        row.claim = std::move(*claim);
        row.name = store::person_name(session, row.event.institution, row.claim.person).value_or("");
        return row;
    }
    auto asked = record::change_request_from_json(row.body.data);
    if (!asked) {
        return std::nullopt;
    }
    row.kind = "change";
    row.asked = std::move(*asked);
    return row;
}

} // namespace

Expected<http::Response> get_requests(const Context &context, store::Session &session, Call &call) {
    const auto cursor = cursor_of(session, call);
    if (!cursor) {
        return tl::unexpected(cursor.error());
    }
    const auto only = query_of(call.request, "class");
    const auto events = events_of(session, *cursor);
    std::vector<RequestRow> rows;
    for (const auto &event : events) {
        auto body = record::read_body(event.event.body);
        if (!body) {
            return fail(ErrorCode::corrupt, "a stored body does not read back: " + body.error().message);
        }
        auto row = row_of(session, event, std::move(*body));
        if (row &&
            (only.empty() || row->claim.training_class.str() == only || row->asked.training_class.str() == only)) {
            rows.push_back(std::move(*row));
        }
    }
    return page(context, call, "requests", rows, events.empty() ? cursor->after : events.back().position);
}

} // namespace xueshi::registry::bureau
