// Opens a journal in the folder argv[1] and appends argv[2] events: for strace to look at.

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "firmware/core/base/clock.hpp"
#include "firmware/core/journal/writer/writer.hpp"

using namespace xueshi;

int main(int argc, char **argv) {
    if (argc != 3) {
        std::cerr << "append_punches: a folder and a number expected\n";
        return 2;
    }
    const std::filesystem::path directory = argv[1];
    const auto signer = identity::open_or_create_signer(directory / "signing.key");
    const auto writer = signer ? journal::JournalWriter::open(directory / "journal.db", **signer)
                               : tl::unexpected<Error>(signer.error());
    const Instant now{1'788'200'000'000, "11111111-2222-4333-8444-555555555555", 1, ClockQuality::synchronised};
    for (int i = 0; writer && i < std::atoi(argv[2]); ++i) {
        record::EventDraft draft{Uuid::v7(now.wall_ms), record::EventKind::punch, {}, now, {}};
        draft.data["number"] = i;
        if (!(*writer)->append(draft)) {
            return 1;
        }
    }
    return writer ? 0 : 1;
}
