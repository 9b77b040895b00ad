#pragma once

#include <optional>

#include "tests/support/face_samples.hpp"

namespace xueshi::test {

/// Loaded once: three networks take a moment.
inline face::Pipeline &pipeline() {
    static const auto loaded = [] {
        auto result = face::Pipeline::load(kModelManifest, kModelFiles, 2);
        REQUIRE_MESSAGE(result, (result ? "" : result.error().message));
        return std::move(*result);
    }();
    return *loaded;
}

/// The largest face; nullopt: none.
inline std::optional<face::Observation> observe(const camera::Frame &frame) {
    const auto found = pipeline().detect(frame);
    REQUIRE(found);
    if (found->empty()) {
        return std::nullopt;
    }
    auto observation = pipeline().observe(frame, found->front());
    REQUIRE_MESSAGE(observation, (observation ? "" : observation.error().message));
    return std::move(*observation);
}

} // namespace xueshi::test
