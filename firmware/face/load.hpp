#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "firmware/face/detect.hpp"
#include "firmware/face/embed.hpp"
#include "firmware/face/liveness.hpp"
#include "firmware/face/manifest.hpp"
#include "firmware/face/search.hpp"

namespace xueshi::face {

// One model of the manifest as its stage. Error: not_found, corrupt, unsupported (no such provider); each names the
// model.

Expected<std::unique_ptr<Detector>> load_detector(const Manifest &manifest, const std::filesystem::path &files,
                                                  const std::string &name);
Expected<std::unique_ptr<Embedder>> load_embedder(const Manifest &manifest, const std::filesystem::path &files,
                                                  const std::string &name);
Expected<std::unique_ptr<Liveness>> load_liveness(const Manifest &manifest, const std::filesystem::path &files,
                                                  const std::string &name);

/// How the embeddings of these members, joined in this order, are compared.
Expected<Comparison> comparison_of(const Manifest &manifest, const std::vector<WeightedModel> &members);
/// Names and starts of the sums: another file makes other templates.
Expected<std::string> describe_embedding(const Manifest &manifest, const std::vector<WeightedModel> &members);
/// The first way to judge liveness whose files are all there. Error: not_found when none is.
Expected<LivenessChoice> choose_liveness(const Manifest &manifest, const std::filesystem::path &files);

} // namespace xueshi::face
