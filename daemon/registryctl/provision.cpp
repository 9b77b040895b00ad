#include "daemon/registryctl/provision.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "daemon/registry/filing/csv.hpp"
#include "daemon/registry/filing/text.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::registryctl {

namespace filing = registry::filing;

namespace {

constexpr std::array<std::string_view, 3> kColumns{"label", "institution", "room"};
constexpr std::size_t kMaxCellBytes = 64; // what the registry takes as an id

/// Where each of kColumns is.
Expected<std::array<std::size_t, kColumns.size()>> read_head(const filing::CsvRow &head) {
    std::array<std::size_t, kColumns.size()> places{};
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
        const auto found = std::ranges::find(head.cells, kColumns[i]);
        if (found == head.cells.end()) {
            return fail(ErrorCode::invalid_argument,
                        fmt::format("line {}: no column {}; the first line must name label, institution and room",
                                    head.line, kColumns[i]));
        }
        places[i] = static_cast<std::size_t>(found - head.cells.begin());
    }
    return places;
}

/// Ids and labels end in a file that spreadsheets open: no separators, no quotes, nothing that begins a formula.
bool is_plain(std::string_view cell) {
    return !cell.empty() && cell.size() <= kMaxCellBytes && std::string_view("=+-@").find(cell.front()) == cell.npos &&
           std::ranges::none_of(cell, [](unsigned char c) { return c < ' ' || c == ',' || c == '"' || c == 0x7F; });
}

Expected<std::string> make_token(Api &api, const PlannedTerminal &terminal, std::int64_t valid_hours) {
    json::Object body;
    body["institution"] = terminal.institution;
    body["room"] = terminal.room;
    body["valid_hours"] = valid_hours;
    const auto answer = api.post("/v1/device-tokens", body);
    if (!answer) {
        return fail(answer, terminal.label);
    }
    json::ObjectReader reader(*answer, "answer");
    const auto *token = reader.optional("token");
    const auto *expires = reader.optional("expires_ms");
    if (token == nullptr || !token->is_string() || expires == nullptr || !expires->is_int64()) {
        return fail(ErrorCode::corrupt, terminal.label + ": the registry's answer has no token");
    }
    return fmt::format("{},{},{},{},{}\n", terminal.label, terminal.institution, terminal.room,
                       std::string_view(token->get_string()), utc_time(expires->get_int64()));
}

} // namespace

Expected<std::vector<PlannedTerminal>> read_planned_terminals(std::string_view bytes) {
    const auto text = filing::to_utf8(bytes);
    const auto rows = text ? filing::read_csv(*text) : tl::unexpected<Error>(text.error());
    if (!rows) {
        return tl::unexpected<Error>(rows.error());
    }
    if (rows->size() < 2) {
        return fail(ErrorCode::invalid_argument, "the list names no terminal");
    }
    const auto places = read_head(rows->front());
    if (!places) {
        return tl::unexpected<Error>(places.error());
    }
    std::vector<PlannedTerminal> terminals;
    terminals.reserve(rows->size() - 1);
    std::set<std::string> labels;
    for (auto row = rows->begin() + 1; row != rows->end(); ++row) {
        std::array<std::string, kColumns.size()> cells;
        for (std::size_t i = 0; i < kColumns.size(); ++i) {
            cells[i] = (*places)[i] < row->cells.size() ? row->cells[(*places)[i]] : std::string();
            if (!is_plain(cells[i])) {
                return fail(ErrorCode::invalid_argument,
                            fmt::format("line {}, column {}: 1 to {} bytes without commas, quotes and control "
                                        "characters, not beginning with = + - @",
                                        row->line, kColumns[i], kMaxCellBytes));
            }
        }
        if (!labels.insert(cells[0]).second) {
            return fail(ErrorCode::invalid_argument,
                        fmt::format("line {}: label {} is there twice", row->line, cells[0]));
        }
        terminals.push_back({cells[0], cells[1], cells[2]});
    }
    return terminals;
}

Expected<std::string> provision(Api &api, const std::filesystem::path &list, const std::filesystem::path &tokens,
                                std::int64_t valid_hours) {
    const auto bytes = read_file(list, kMaxProvisionBytes);
    if (!bytes) {
        return fail(bytes, list.string());
    }
    const auto terminals = read_planned_terminals(*bytes);
    if (!terminals) {
        return fail(terminals, list.string());
    }
    if (std::error_code none; std::filesystem::exists(tokens, none)) {
        return fail(ErrorCode::already_exists, tokens.string() + " is there already: name another file");
    }
    std::string out = "label,institution,room,token,expires\n";
    std::size_t made = 0;
    for (const PlannedTerminal &terminal : *terminals) {
        const auto line = make_token(api, terminal, valid_hours);
        if (!line && made > 0) { // those that were made are good: they are not lost with the rest
            const auto kept = write_file_durably(tokens, out, 0600);
            return fail(line.error().code,
                        kept ? fmt::format("{}: {}; the {} tokens before it are in {}", terminal.label,
                                           line.error().message, made, tokens.string())
                             : kept.error().message);
        }
        if (!line) {
            return fail(line, terminal.label);
        }
        out += *line;
        ++made;
    }
    if (const auto written = write_file_durably(tokens, out, 0600); !written) {
        return tl::unexpected<Error>(written.error());
    }
    return fmt::format("{} tokens, each good once, in {}\n", terminals->size(), tokens.string());
}

} // namespace xueshi::registryctl
