#pragma once

#include <filesystem>
#include <optional>

#include "firmware/core/identity/signed_document.hpp"
#include "firmware/core/journal/reader.hpp"

namespace xueshi::journal {

/// What does not hold. `seq` 0: the file as a whole.
struct Finding {
    record::Sequence seq = 0;
    Error error;
};

struct Verification {
    Description description;
    Head head; ///< the last event up to which all holds
    std::optional<Finding> first_bad;
};

/// Walks the whole journal: every body, link and signature, the database's own structure, and, when given, the
/// registry's receipt (opened by the caller), which alone shows a journal that was rolled back or made anew under
/// another key. An Error means that nobody could look; what was found is in the result. Reads while the writer writes.
Expected<Verification> verify_journal(const std::filesystem::path &path,
                                      const std::optional<identity::Receipt> &receipt = std::nullopt);

} // namespace xueshi::journal
