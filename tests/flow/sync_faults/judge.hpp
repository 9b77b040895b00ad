#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace xueshi::test::sync_faults {

/// What is wrong at the registry after a schedule, when every program has ended.
struct Verdict {
    std::int64_t punches = 0; ///< acknowledged by the terminal
    std::int64_t events = 0;  ///< of the journal
    std::int64_t clips = 0;
    std::int64_t lost = 0;       ///< acknowledged punches or journal's events that the registry does not hold
    std::int64_t doubled = 0;    ///< punches that it holds more than once
    std::int64_t foreign = 0;    ///< events that it holds and no device signed so
    std::int64_t disordered = 0; ///< events that do not follow each other as signed and as taken in
    std::int64_t refused = 0;    ///< good events that it set aside
    std::int64_t clips_wrong = 0;
    std::int64_t receipts_wrong = 0;   ///< acked.json does not say what the registry holds
    std::vector<std::string> findings; ///< the first of each, in words

    std::int64_t wrong() const {
        return lost + doubled + foreign + disordered + refused + clips_wrong + receipts_wrong;
    }
};

/// Compares byte for byte: what the terminal acknowledged, its journal, the registry's database and objects.
/// `directory` has terminal/, sync/ and registry/.
Verdict judge(const std::filesystem::path &directory);

} // namespace xueshi::test::sync_faults
