#include "firmware/core/base/csv.hpp"

namespace xueshi {

void Csv::separate() {
    if (row_begun_) {
        out_ += ',';
    }
    row_begun_ = true;
}

Csv &Csv::text(std::string_view value) {
    separate();
    std::string cell;
    if (!value.empty() && std::string_view("=+-@\t\r\n").find(value.front()) != std::string_view::npos) {
        cell = '\'';
    }
    bool quoted = false;
    for (const char c : value) {
        quoted = quoted || c == '"' || c == ',' || c == '\r' || c == '\n';
        cell += c == '"' ? "\"\"" : std::string(1, c);
    }
    out_ += quoted ? "\"" + cell + "\"" : cell;
    return *this;
}

Csv &Csv::number(std::int64_t value) {
    separate();
    out_ += std::to_string(value);
    return *this;
}

void Csv::end_row() {
    out_ += "\r\n";
    row_begun_ = false;
}

} // namespace xueshi
