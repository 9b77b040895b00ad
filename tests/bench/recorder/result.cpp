#include "tests/bench/recorder/result.hpp"

#include <fmt/format.h>

namespace xueshi::bench {

std::vector<std::string> Filmed::missed() const {
    std::vector<std::string> missed;
    const auto expect = [&](bool met, const std::string &otherwise) {
        if (!met) {
            missed.push_back(otherwise);
        }
    };
    expect(faces > 0, "no face was recognised beside it");
    expect(frames > 0, "nothing was filmed");
    expect(clips > 0, "no clip was saved");
    expect(unsaved == 0, fmt::format("{} clips were not saved", unsaved));
    expect(bare_percent > 0, "the bare line was not measured");
    expect(ratio() <= 1.15, fmt::format("{:.2f}x the bare line", ratio()));
    expect(dropped == 0, fmt::format("{} frames dropped", dropped));
    expect(slowest_clip_ms <= 3'000, fmt::format("a clip closed after {} ms", slowest_clip_ms));
    return missed;
}

} // namespace xueshi::bench
