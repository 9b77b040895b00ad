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
    ChainId chain; ///< the former chain that `seq` is in; empty: the journal's present one
};

struct Verification {
    Description description;
    Head head; ///< the last event up to which all holds
    std::vector<FormerChain> former;
    std::optional<Finding> first_bad;
};

/// Walks the whole journal, former chains first: every body, link and signature; that what is missing of a former chain
/// was declared lost by the signed beginning of a later one; the database's own structure and schema. `receipt` (opened
/// by the caller) alone shows a journal that was rolled back or cut off, `key` one made anew under another key. An
/// Error means that nobody could look; what was found is in the result. Reads while the writer writes, and uses every
/// processor.
Expected<Verification> verify_journal(const std::filesystem::path &path,
                                      const std::optional<identity::Receipt> &receipt = std::nullopt,
                                      const identity::PublicKey *key = nullptr);

} // namespace xueshi::journal
