#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/core/base/error.hpp"

namespace xueshi::face {

/// How a picture becomes a network's input: resized, channels ordered, then (x - mean) * scale for each channel.
struct InputRecipe {
    int width = 0, height = 0;
    bool rgb = false;           ///< pictures are BGR
    bool channels_last = false; ///< height x width x 3 instead of 3 x height x width
    std::array<double, 3> mean{}, scale{1, 1, 1};
};

/// How a cue speaks: weight * (value - mean) / spread.
struct CueWeight {
    double mean = 0, spread = 1, weight = 0;
};

/// One entry of models/manifest.json.
struct Model {
    std::string name, role, provider, file, sha256;
    std::uint64_t bytes = 0;
    std::optional<InputRecipe> input;
    int dimension = 0;           ///< embed: floats it gives
    double crop = 1;             ///< liveness: side of the crop by the face's box
    int live_class = 0;          ///< liveness: which output says live
    bool flip_add = false;       ///< embed: the mirrored crop's embedding is added
    bool optional = false;       ///< may be absent; then nothing that ships needs it
    double spread = 1;           ///< embed: standard deviation of different people's cosines; never assumed
    std::vector<float> centre;   ///< embed: mean embedding, subtracted before comparing; empty: not centred
    std::vector<CueWeight> cues; ///< liveness without a file: how its own cues are weighed
};

/// A member of a sum of networks.
struct WeightedModel {
    std::string name;
    double weight = 1;
};

/// A way to judge liveness.
struct LivenessChoice {
    std::vector<WeightedModel> models;
    double bias = 0;
    double threshold = 1; ///< of the mean over a track, 0..1
};

/// What the terminal runs, and the thresholds measured for exactly that.
struct PipelineChoice {
    std::string detect;
    std::vector<WeightedModel> embed;
    std::vector<LivenessChoice> liveness; ///< the first whose files are all there is used
    double match_threshold = 1, match_margin = 1;
};

struct Manifest {
    std::vector<Model> models;
    PipelineChoice pipeline;

    /// Error: not_found names the model and the role it was looked for in.
    Expected<Model> find(std::string_view role, std::string_view name) const;
};

/// Reads the text of models/manifest.json (limit 256 KiB). Errors name the field.
Expected<Manifest> parse_manifest(std::string_view text);

/// The model's bytes, checked against size and sha256: what was checked is what is loaded. Error: not_found says how to
/// fetch it, corrupt that the file is another one.
Expected<std::string> read_model(const std::filesystem::path &files, const Model &model);

} // namespace xueshi::face
