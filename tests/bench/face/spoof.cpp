#include <iostream>

#include <fmt/format.h>

#include "tests/bench/face/pairs.hpp"
#include "tests/bench/face/sets.hpp"

namespace xueshi::bench {

namespace {

/// image_F1 is a print, image_F2 a screen, any other image_F a fake; image_T is live. Empty: no sample.
std::string species_of(const std::filesystem::path &picture) {
    const std::string name = picture.stem().string();
    if (name.starts_with("image_F")) {
        return name == "image_F1" ? "print" : name == "image_F2" ? "screen" : "fake";
    }
    return name.starts_with("image_T") ? "live" : "";
}

} // namespace

Expected<Spoof> look_at_spoof(Looker &looker, const std::filesystem::path &folder) {
    const auto files = entries_of(folder);
    if (!files) {
        return tl::unexpected(files.error());
    }
    Spoof spoof;
    for (const auto &file : *files) {
        const std::string name = species_of(file);
        auto look = name.empty() ? Look{} : looker.look(file, 0, false);
        if (!look.readable) {
            continue;
        }
        look.person = "spoof/" + file.stem().string(); // of whom they are is not said
        const float live = face::probability(look.liveness);
        std::cout << fmt::format(
            "PAD sample {} ({}): {}\n", file.filename().string(), name,
            look.usable()
                ? fmt::format("{}, liveness {:.2f}",
                              live >= looker.pipeline().liveness_threshold() ? "taken for live" : "refused", live)
            : look.found ? "no sample: " + std::string(face::to_string(look.flaw))
                         : "no sample: no_face");
        spoof[name].push_back(std::move(look));
    }
    if (spoof.empty()) {
        return fail(ErrorCode::not_found,
                    folder.string() + ": no readable picture image_F... (print, screen) or image_T... (live)");
    }
    return spoof;
}

} // namespace xueshi::bench
