#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace xueshi {

/// Writes CSV (RFC 4180, UTF-8; rows end with CR LF). A text cell that a spreadsheet would take for a formula gets an
/// apostrophe in front (F32).
class Csv {
public:
    Csv &text(std::string_view value);
    Csv &number(std::int64_t value);
    void end_row();
    const std::string &str() const { return out_; }

private:
    void separate();
    std::string out_;
    bool row_begun_ = false;
};

} // namespace xueshi
