#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/registry/bureau/selection.hpp"
#include "daemon/registry/store/events.hpp"
#include "firmware/core/base/csv.hpp"
#include "firmware/core/record/event.hpp"

/// Internal to the room: pulls that are given as JSON and as CSV from one list of columns. `write_row(row, out)` names
/// them in their order: out.text(name, value), out.number(name, value).
namespace xueshi::registry::bureau {

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

/// One page: as JSON under `name` with `next`, the cursor of the next pull; as CSV with that in a header.
template <typename Row>
http::Response page(const Context &context, const Call &call, std::string_view name, const std::vector<Row> &rows,
                    std::int64_t next) {
    if (wants_csv(call.request)) {
        Csv csv;
        CsvHead head{csv};
        write_row(Row{}, head);
        csv.text("demonstration").end_row();
        for (const Row &row : rows) {
            CsvOut out{csv};
            write_row(row, out);
            csv.text(is_demonstration(context.policy) ? "true" : "false").end_row();
        }
        auto response = csv_response(csv.str());
        response.headers["Xueshi-Next"] = std::to_string(next);
        return response;
    }
    json::Array all;
    for (const Row &row : rows) {
        JsonOut out;
        write_row(row, out);
        all.push_back(std::move(out.object));
    }
    json::Object body;
    body[name] = std::move(all);
    body["next"] = next;
    return json_response(context, std::move(body));
}

/// The columns that every event has.
template <typename Out>
void write_event(const store::Event &event, const record::EventBody &body, Out &out) {
    out.number("position", event.position);
    out.text("institution", event.institution.str());
    out.text("device", event.device.str());
    out.text("chain", event.chain.str());
    out.number("seq", event.event.seq);
    out.text("id", event.event.id.str());
    out.number("wall_ms", body.at.wall_ms);
    out.text("time", utc_time(body.at.wall_ms));
    out.text("clock", to_string(body.at.quality));
}

} // namespace xueshi::registry::bureau
