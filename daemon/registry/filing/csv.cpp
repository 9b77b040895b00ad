#include "daemon/registry/filing/csv.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace xueshi::registry::filing {
namespace {

/// One line's cells.
class LineReader {
public:
    LineReader(std::string_view line, char separator) : rest_(line), separator_(separator) {}

    Expected<std::vector<std::string>> read() {
        std::vector<std::string> cells;
        do {
            if (cells.size() == kMaxCells) {
                return bad(cells.size(), fmt::format("more than {} columns", kMaxCells));
            }
            auto cell = rest_.starts_with('"') ? quoted(cells.size()) : plain(cells.size());
            if (!cell) {
                return tl::unexpected<Error>(cell.error());
            }
            cells.push_back(std::move(*cell));
        } while (next());
        return cells;
    }

private:
    static tl::unexpected<Error> bad(std::size_t cell, std::string_view why) {
        return fail(ErrorCode::invalid_argument, fmt::format("column {}: {}", cell + 1, why));
    }

    Expected<std::string> plain(std::size_t cell) {
        const auto text = rest_.substr(0, rest_.find(separator_));
        if (text.find('"') != std::string_view::npos) {
            return bad(cell, "a quote inside a cell that does not begin with one");
        }
        rest_.remove_prefix(text.size());
        return std::string(text);
    }

    Expected<std::string> quoted(std::size_t cell) {
        std::string text;
        rest_.remove_prefix(1);
        for (;;) {
            const auto quote = rest_.find('"');
            if (quote == std::string_view::npos) {
                return bad(cell, "unclosed quote");
            }
            text += rest_.substr(0, quote);
            rest_.remove_prefix(quote + 1);
            if (!rest_.starts_with('"')) {
                break;
            }
            text += '"';
            rest_.remove_prefix(1);
        }
        if (!rest_.empty() && rest_.front() != separator_) {
            return bad(cell, "text after a closing quote");
        }
        return text;
    }

    /// Over the separator; false at the line's end.
    bool next() {
        const bool more = !rest_.empty();
        rest_.remove_prefix(more ? 1 : 0);
        return more;
    }

    std::string_view rest_;
    char separator_;
};

std::string_view take_line(std::string_view &text) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

} // namespace

Expected<std::vector<CsvRow>> read_csv(std::string_view text) {
    const auto first = text.substr(0, text.find('\n'));
    const bool tabs = first.find('\t') != std::string_view::npos && first.find(',') == std::string_view::npos;
    std::vector<CsvRow> rows;
    for (std::size_t line_number = 1; !text.empty(); ++line_number) {
        const auto line = take_line(text);
        if (line.size() > kMaxLineBytes) {
            return fail(ErrorCode::too_large, fmt::format("line {}: longer than {} bytes", line_number, kMaxLineBytes));
        }
        auto cells = LineReader(line, tabs ? '\t' : ',').read();
        if (!cells) {
            return fail(cells.error().code, fmt::format("line {}, {}", line_number, cells.error().message));
        }
        if (std::ranges::all_of(*cells, &std::string::empty)) {
            continue;
        }
        if (rows.size() == kMaxRows) {
            return fail(ErrorCode::too_large, fmt::format("line {}: more than {} rows", line_number, kMaxRows));
        }
        rows.push_back({line_number, std::move(*cells)});
    }
    return rows;
}

} // namespace xueshi::registry::filing
