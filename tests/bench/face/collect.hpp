#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "firmware/core/base/error.hpp"
#include "firmware/face/face.hpp"

namespace xueshi::bench {

/// One picture of a set after the shipped pipeline.
struct Sample {
    std::string person;  ///< "nuaa/0003", "lfw/Some_Name"
    std::string session; ///< pictures of one session are near copies of each other
    bool live = true;    ///< false: a photographed print
    float liveness = 0;
    face::Embedding embedding; ///< empty: refused for quality
};

struct Collection {
    std::vector<Sample> samples;  ///< live, on frames of 640 x 360 with a face of about 100 pixels
    std::vector<Sample> liveness; ///< live and print, the set's own crops: a grey surround would decide by itself
    int pictures = 0, without_face = 0, refused = 0;
    double detect_ms = 0, observe_ms = 0; ///< mean wall time a picture
};

/// Runs the pipeline over NUAA and at most `lfw_people` persons of LFW in `faces`.
Expected<Collection> collect(face::Pipeline &pipeline, const std::filesystem::path &faces, int lfw_people);

} // namespace xueshi::bench
