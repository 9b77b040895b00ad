#include "daemon/registry/filing/roster_file.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include <fmt/format.h>

#include "daemon/registry/filing/csv.hpp"
#include "daemon/registry/filing/id_number.hpp"
#include "daemon/registry/filing/text.hpp"

namespace xueshi::registry::filing {
namespace {

enum Column : std::size_t { number, name, id_number, kColumns };
constexpr std::array<std::array<std::string_view, 2>, kColumns> kTitles{
    {{"number", "编号"}, {"name", "姓名"}, {"id_number", "身份证号码"}}};

tl::unexpected<Error> wrong(std::size_t line, std::string_view why) {
    return fail(ErrorCode::invalid_argument, fmt::format("line {}: {}", line, why));
}

/// Where each column stands in a row.
class Header {
public:
    static Expected<Header> read(const CsvRow &row) {
        Header header;
        header.columns_.fill(kNowhere);
        for (std::size_t at = 0; at < row.cells.size(); ++at) {
            const auto known = std::ranges::find_if(
                kTitles, [&](const auto &titles) { return std::ranges::find(titles, row.cells[at]) != titles.end(); });
            if (known == kTitles.end()) {
                return wrong(row.line, fmt::format("column {} is none of {}", at + 1, kAllowed));
            }
            auto &place = header.columns_[static_cast<std::size_t>(known - kTitles.begin())];
            if (place != kNowhere) {
                return wrong(row.line, fmt::format("column {} ({}) stands twice", at + 1, known->front()));
            }
            place = at;
        }
        for (std::size_t column = 0; column < kColumns; ++column) {
            if (header.columns_[column] == kNowhere) {
                return wrong(row.line,
                             fmt::format("column {} is missing; needed are {}", kTitles[column].front(), kAllowed));
            }
        }
        return header;
    }

    const std::string &cell(const CsvRow &row, Column column) const { return row.cells[columns_[column]]; }
    tl::unexpected<Error> wrong_cell(const CsvRow &row, Column column, std::string_view why) const {
        return wrong(row.line, fmt::format("column {} ({}): {}", columns_[column] + 1, kTitles[column].front(), why));
    }

private:
    static constexpr std::size_t kNowhere = kMaxCells;
    static constexpr std::string_view kAllowed = "number, name, id_number (编号, 姓名, 身份证号码)";
    std::array<std::size_t, kColumns> columns_{};
};

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool is_blank(std::string_view text) {
    constexpr std::string_view kWideSpace = "\xE3\x80\x80"; // U+3000
    while (!text.empty() && (text.front() == ' ' || text.starts_with(kWideSpace))) {
        text.remove_prefix(text.front() == ' ' ? 1 : kWideSpace.size());
    }
    return text.empty();
}

Expected<RosterRow> read_row(const Header &header, const CsvRow &row, bool may_hide, std::int64_t now_ms) {
    if (row.cells.size() != kColumns) {
        return wrong(row.line, fmt::format("has {} columns; the first line has {}", row.cells.size(),
                                           static_cast<std::size_t>(kColumns)));
    }
    RosterRow result{header.cell(row, number), header.cell(row, name), {}};
    for (const auto &[column, limit] : {std::pair{number, kMaxNumberCharacters}, std::pair{name, kMaxNameCharacters}}) {
        const auto &text = header.cell(row, column);
        if (is_blank(text)) {
            if (column == name && may_hide) {
                result.name.clear();
                continue;
            }
            return header.wrong_cell(row, column, "is empty");
        }
        if (characters(text) > limit || has_control(text)) {
            return header.wrong_cell(row, column, fmt::format("must be at most {} characters, no controls", limit));
        }
    }
    if (may_hide && is_blank(header.cell(row, id_number))) {
        return result;
    }
    auto checked = check_id_number(header.cell(row, id_number), now_ms);
    if (!checked) {
        return header.wrong_cell(row, id_number, checked.error().message);
    }
    result.id_number = std::move(*checked);
    return result;
}

/// Lines by what must be unique.
class Duplicates {
public:
    /// 0: not seen before.
    std::size_t line_before(const std::string &value, std::size_t line) {
        const auto [entry, made] = lines_.try_emplace(value, line);
        return made ? 0 : entry->second;
    }

private:
    std::map<std::string, std::size_t> lines_;
};

Expected<std::vector<RosterRow>> read_rows(const std::vector<CsvRow> &csv, const RosterRules &rules,
                                           std::int64_t now_ms) {
    if (csv.empty()) {
        return wrong(1, "the file is empty");
    }
    const auto header = Header::read(csv.front());
    if (!header) {
        return tl::unexpected<Error>(header.error());
    }
    std::vector<RosterRow> rows;
    Duplicates numbers, id_numbers;
    for (const auto &csv_row : std::span(csv).subspan(1)) {
        auto row = read_row(*header, csv_row, rules.may_hide_identities, now_ms);
        if (!row) {
            return tl::unexpected<Error>(row.error());
        }
        if (const auto before = numbers.line_before(row->number, csv_row.line)) {
            return header->wrong_cell(csv_row, number, fmt::format("already used in line {}", before));
        }
        const auto before = row->id_number.empty() ? 0 : id_numbers.line_before(row->id_number, csv_row.line);
        if (before != 0) {
            return header->wrong_cell(csv_row, id_number, fmt::format("the trainee already stands in line {}", before));
        }
        const auto limit = rules.may_exceed_60 ? kMaxTrainees : training::kUsualClassSize;
        if (rows.size() == limit) {
            return wrong(csv_row.line, fmt::format("trainee {}: {}", limit + 1,
                                                   rules.may_exceed_60 ? "too many for one class"
                                                                       : "more than 60 need approval_number in "
                                                                         "[class] of the plan (art. 14)"));
        }
        rows.push_back(std::move(*row));
    }
    if (rows.empty()) {
        return wrong(csv.front().line, "no trainee follows the names of the columns");
    }
    return rows;
}

} // namespace

Expected<std::vector<RosterRow>> read_roster(std::string_view bytes, const RosterRules &rules, std::int64_t now_ms) {
    if (bytes.size() > kMaxRosterBytes) {
        return fail(ErrorCode::too_large, fmt::format("larger than {} bytes", kMaxRosterBytes));
    }
    const auto text = to_utf8(bytes);
    if (!text) {
        return tl::unexpected<Error>(text.error());
    }
    const auto csv = read_csv(*text);
    if (!csv) {
        return tl::unexpected<Error>(csv.error());
    }
    return read_rows(*csv, rules, now_ms);
}

} // namespace xueshi::registry::filing
