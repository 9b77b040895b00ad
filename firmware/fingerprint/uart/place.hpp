#pragma once

#include <cstdint>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"

namespace xueshi::fingerprint::uart {

/// Where a module keeps a print, and what lies there: the data of a ReaderPrint. `page u16, SHA-256`, big-endian.
struct Place {
    std::uint16_t page = 0;
    Sha256 digest{}; ///< of the template as the module gives it back
};
Bytes write_place(const Place &place);
Expected<Place> read_place(ByteView bytes);

} // namespace xueshi::fingerprint::uart
