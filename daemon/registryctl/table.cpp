#include "daemon/registryctl/table.hpp"

#include <algorithm>
#include <cstdint>

namespace xueshi::registryctl {

namespace {

/// The code point that begins at `i`, which moves behind it; broken UTF-8 gives U+FFFD.
char32_t next_code_point(std::string_view text, std::size_t &i) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    char32_t point = more == 3 ? lead & 0x07U : more == 2 ? lead & 0x0fU : more == 1 ? lead & 0x1fU : lead;
    for (int n = 0; n < more; ++n) {
        if (i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U) {
            return 0xfffd;
        }
        point = (point << 6U) | (static_cast<unsigned char>(text[i++]) & 0x3fU);
    }
    return more == 0 && lead >= 0x80 ? 0xfffd : point;
}

/// Unicode Standard Annex #11, Wide and Fullwidth: the blocks that names and titles use.
bool is_wide(char32_t point) {
    return (point >= 0x1100 && point <= 0x115f) || (point >= 0x2e80 && point <= 0xa4cf) ||
           (point >= 0xac00 && point <= 0xd7a3) || (point >= 0xf900 && point <= 0xfaff) ||
           (point >= 0xfe30 && point <= 0xfe4f) || (point >= 0xff00 && point <= 0xff60) ||
           (point >= 0xffe0 && point <= 0xffe6) || (point >= 0x20000 && point <= 0x3fffd);
}

/// A name from outside must not move the cursor.
std::string printable(std::string_view text) {
    std::string clean;
    for (const char c : text) {
        clean += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
    return clean;
}

} // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < text.size();) {
        width += is_wide(next_code_point(text, i)) ? 2 : 1;
    }
    return width;
}

std::string format_table(const std::vector<std::vector<std::string>> &rows) {
    std::vector<std::size_t> widths;
    for (const auto &row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], display_width(printable(row[column])));
        }
    }
    std::string out;
    for (std::size_t line = 0; line < rows.size(); ++line) {
        std::string text;
        for (std::size_t column = 0; column < rows[line].size(); ++column) {
            const std::string cell = printable(rows[line][column]);
            text += cell + std::string(widths[column] - display_width(cell) + 2, ' ');
        }
        text.erase(text.find_last_not_of(' ') + 1);
        out += text + "\n";
        if (line == 0) {
            for (const std::size_t width : widths) {
                out += std::string(width, '-') + "  ";
            }
            out.erase(out.find_last_not_of(' ') + 1);
            out += "\n";
        }
    }
    return out;
}

} // namespace xueshi::registryctl
