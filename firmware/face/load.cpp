#include "firmware/face/load.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace xueshi::face {

namespace fs = std::filesystem;

namespace {

struct Found {
    Model model;
    std::string bytes;
};

Expected<Found> read(const Manifest &manifest, const fs::path &files, std::string_view role, const std::string &name) {
    auto model = manifest.find(role, name);
    if (!model) {
        return tl::unexpected(model.error());
    }
    Found found{std::move(*model), {}};
    if (!found.model.file.empty()) {
        auto bytes = read_model(files, found.model);
        if (!bytes) {
            return tl::unexpected(bytes.error());
        }
        found.bytes = std::move(*bytes);
    }
    return found;
}

tl::unexpected<Error> no_provider(const Model &model) {
    return fail(ErrorCode::unsupported, fmt::format("model {}: this version has no provider \"{}\" of role {}",
                                                    model.name, model.provider, model.role));
}

} // namespace

Expected<std::unique_ptr<Detector>> load_detector(const Manifest &manifest, const fs::path &files,
                                                  const std::string &name) {
    const auto found = read(manifest, files, "detect", name);
    if (!found) {
        return tl::unexpected(found.error());
    }
    if (found->model.provider == "centerface") {
        return make_centerface(found->bytes);
    }
    if (found->model.provider == "blazeface") {
        return make_blazeface(found->bytes);
    }
    if (found->model.provider == "yunet") {
        return make_yunet((files / found->model.file).string());
    }
    return no_provider(found->model);
}

Expected<std::unique_ptr<Embedder>> load_embedder(const Manifest &manifest, const fs::path &files,
                                                  const std::string &name) {
    const auto found = read(manifest, files, "embed", name);
    if (!found) {
        return tl::unexpected(found.error());
    }
    if (found->model.provider == "onnx") {
        return make_onnx_embedder(found->bytes, found->model);
    }
    if (found->model.provider == "dlib") {
        return make_dlib_embedder(found->bytes, found->model);
    }
    return no_provider(found->model);
}

Expected<std::unique_ptr<Liveness>> load_liveness(const Manifest &manifest, const fs::path &files,
                                                  const std::string &name) {
    const auto found = read(manifest, files, "liveness", name);
    if (!found) {
        return tl::unexpected(found.error());
    }
    if (found->model.provider == "onnx") {
        return make_onnx_liveness(found->bytes, found->model);
    }
    if (found->model.provider == "cues") {
        return make_cue_liveness(found->model);
    }
    return no_provider(found->model);
}

Expected<Comparison> comparison_of(const Manifest &manifest, const std::vector<WeightedModel> &members) {
    std::vector<Comparison::Part> parts;
    for (const auto &member : members) {
        const auto model = manifest.find("embed", member.name);
        if (!model) {
            return tl::unexpected(model.error());
        }
        Comparison::Part part;
        part.dimension = static_cast<std::size_t>(model->dimension);
        part.weight = member.weight / model->spread;
        part.centre = model->centre;
        parts.push_back(std::move(part));
    }
    return Comparison(std::move(parts));
}

Expected<std::string> describe_embedding(const Manifest &manifest, const std::vector<WeightedModel> &members) {
    std::string text;
    for (const auto &member : members) {
        const auto model = manifest.find("embed", member.name);
        if (!model) {
            return tl::unexpected(model.error());
        }
        text += fmt::format("{}{}@{}{}", text.empty() ? "" : "+", model->name, model->sha256.substr(0, 8),
                            model->flip_add ? "f" : "");
    }
    return text;
}

Expected<LivenessChoice> choose_liveness(const Manifest &manifest, const fs::path &files) {
    const auto is_there = [&](const WeightedModel &member) {
        const auto model = manifest.find("liveness", member.name);
        return model && (model->file.empty() || !model->optional || fs::exists(files / model->file));
    };
    for (const auto &choice : manifest.pipeline.liveness) {
        if (std::all_of(choice.models.begin(), choice.models.end(), is_there)) {
            return choice;
        }
    }
    return fail(ErrorCode::not_found, "of no way to judge liveness are all files there: run scripts/fetch_models");
}

} // namespace xueshi::face
