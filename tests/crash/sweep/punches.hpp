#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "firmware/core/record/event.hpp"

namespace xueshi::test::faults {

inline constexpr int kPunches = 50;
inline constexpr int kFiles = 4;

/// What the script said was done; lies in memory that its process shares.
struct Report {
    record::Sequence seq[kPunches]; ///< 0: not acknowledged
    bool tried[kPunches];
    int roster;       ///< the newest acknowledged version, from 1; 0: none
    int roster_begun; ///< the newest that was begun
    int enrolled;     ///< samples of the one person by the newest acknowledged enrolment
    int enrolled_begun;
    bool finished;
    char text[400]; ///< of the judge
};

/// Made before anything fails, so that the judge knows them.
std::vector<record::EventDraft> make_drafts();
std::string roster_text(int version);

/// 50 punches with clips, checkpoints, enrolments and replaced files, by the product's own code. What fails is tried
/// again twice, with the same id, as the product's callers do.
void run_script(const std::filesystem::path &directory, const std::vector<record::EventDraft> &drafts, Report &report);

enum class Verdict { good, false_success, corrupt };
/// Opens what is left, holds it against the report and tries again whatever was not acknowledged. `found` counts the
/// events that were there although nobody was told so.
Verdict judge(const std::filesystem::path &directory, const std::vector<record::EventDraft> &drafts, Report &report,
              int &found);

} // namespace xueshi::test::faults
