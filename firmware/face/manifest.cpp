#include "firmware/face/manifest.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"

namespace xueshi::face {

namespace {

constexpr std::uint64_t kModelLimit = 512ULL << 20;
constexpr std::size_t kMaxModels = 64;
constexpr std::size_t kMaxCues = 64;
constexpr int kMaxDimension = 4096;

double number(json::ObjectReader &reader, std::string_view key, double otherwise, double min, double max) {
    const auto *value = reader.optional(key);
    if (value == nullptr) {
        return otherwise;
    }
    if (!value->is_number()) {
        reader.error(key, "is no number");
        return otherwise;
    }
    const auto result = value->to_number<double>();
    if (!std::isfinite(result) || result < min || result > max) {
        reader.error(key, fmt::format("is outside {} to {}", min, max));
    }
    return result;
}

/// Of what was measured nothing can be assumed.
double measured(json::ObjectReader &reader, std::string_view key, double min, double max) {
    if (reader.optional(key) == nullptr) {
        reader.error(key, "is missing; it has to be measured (models/README.md)");
        return max;
    }
    return number(reader, key, max, min, max);
}

/// Empty when it is no list of at most `limit` finite numbers.
std::vector<double> numbers(const json::Value &value, std::size_t limit) {
    std::vector<double> result;
    if (!value.is_array() || value.as_array().size() > limit) {
        return result;
    }
    for (const auto &part : value.as_array()) {
        if (!part.is_number() || !std::isfinite(part.to_number<double>())) {
            return {};
        }
        result.push_back(part.to_number<double>());
    }
    return result;
}

std::array<double, 3> three(json::ObjectReader &reader, std::string_view key) {
    std::array<double, 3> result{};
    const auto &values = reader.array(key, 3);
    for (std::size_t i = 0; i < result.size(); ++i) {
        if (i >= values.size() || !values[i].is_number() || !std::isfinite(values[i].to_number<double>())) {
            reader.error(key, "is not a list of three numbers");
            return result;
        }
        result[i] = values[i].to_number<double>();
    }
    return result;
}

Expected<InputRecipe> parse_input(const json::Value &value, const std::string &path) {
    json::ObjectReader reader(value, path);
    InputRecipe recipe;
    recipe.width = static_cast<int>(reader.integer("width", 16, 1024));
    recipe.height = static_cast<int>(reader.integer("height", 16, 1024));
    const auto channels = reader.string("channels");
    if (channels != "rgb" && channels != "bgr") {
        reader.error("channels", "is neither rgb nor bgr");
    }
    recipe.rgb = channels == "rgb";
    recipe.channels_last = reader.optional_boolean("channels_last").value_or(false);
    recipe.mean = three(reader, "mean");
    recipe.scale = three(reader, "scale");
    if (auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    return recipe;
}

void parse_file(json::ObjectReader &reader, Model &model) {
    model.file = reader.string("file", 128);
    model.sha256 = reader.string("sha256", 64);
    model.bytes = static_cast<std::uint64_t>(reader.integer("bytes", 1, kModelLimit));
    if (model.file.empty() || model.file.find('/') != std::string::npos || model.file.front() == '.') {
        reader.error("file", "is no plain file name");
    }
}

std::vector<CueWeight> parse_cues(json::ObjectReader &reader) {
    std::vector<CueWeight> cues;
    if (reader.optional("cues") == nullptr) {
        return cues;
    }
    for (const auto &value : reader.array("cues", kMaxCues)) {
        const auto three = numbers(value, 3);
        if (three.size() != 3 || !(three[1] > 0)) {
            reader.error("cues", "is no list of [mean, spread above 0, weight]");
            return {};
        }
        cues.push_back({three[0], three[1], three[2]});
    }
    return cues;
}

std::vector<float> parse_centre(json::ObjectReader &reader, int dimension) {
    std::vector<float> centre;
    if (const auto *value = reader.optional("centre")) {
        for (const double part : numbers(*value, kMaxDimension)) {
            centre.push_back(static_cast<float>(part));
        }
        if (centre.size() != static_cast<std::size_t>(dimension)) {
            reader.error("centre", "is no list of as many numbers as dimension says");
        }
    }
    return centre;
}

Expected<Model> parse_model(const json::Value &value, const std::string &path) {
    json::ObjectReader reader(value, path);
    Model model;
    model.name = reader.string("name", 64);
    model.role = reader.string("role", 32);
    model.provider = reader.string("provider", 32);
    model.cues = parse_cues(reader);
    if (model.cues.empty()) {
        parse_file(reader, model);
    }
    model.dimension = static_cast<int>(reader.optional_integer("dimension", 1, kMaxDimension).value_or(0));
    model.spread = model.role == "embed" ? measured(reader, "spread", 1e-4, 2) : number(reader, "spread", 1, 1e-4, 2);
    model.centre = parse_centre(reader, model.dimension);
    model.optional = reader.optional_boolean("optional").value_or(false);
    model.crop = number(reader, "crop", 1, 0.5, 8);
    model.live_class = static_cast<int>(reader.optional_integer("live_class", 0, 15).value_or(0));
    model.flip_add = reader.optional_boolean("flip_add").value_or(false);
    for (const auto *for_people_and_scripts : {"licence", "origins", "measured_on"}) {
        reader.ignore(for_people_and_scripts);
    }
    if (const auto *input = reader.optional("input")) {
        auto recipe = parse_input(*input, reader.path("input"));
        if (!recipe) {
            return tl::unexpected(recipe.error());
        }
        model.input = *recipe;
    }
    if (auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    return model;
}

std::vector<WeightedModel> parse_sum(json::ObjectReader &reader, std::string_view key) {
    std::vector<WeightedModel> sum;
    for (const auto &value : reader.array(key, 4)) {
        json::ObjectReader member(value, reader.path(key));
        WeightedModel weighted;
        weighted.name = member.string("model", 64);
        weighted.weight = number(member, "weight", 1, 0.001, 1000);
        if (auto done = member.finish(); !done) {
            reader.error(key, done.error().message);
        }
        sum.push_back(std::move(weighted));
    }
    if (sum.empty()) {
        reader.error(key, "names no model");
    }
    return sum;
}

std::vector<LivenessChoice> parse_liveness(json::ObjectReader &reader) {
    std::vector<LivenessChoice> choices;
    for (const auto &value : reader.array("liveness", 4)) {
        json::ObjectReader choice(value, reader.path("liveness"));
        LivenessChoice parsed;
        parsed.models = parse_sum(choice, "models");
        parsed.bias = number(choice, "bias", 0, -100, 100);
        parsed.threshold = measured(choice, "threshold", 0, 1);
        if (auto done = choice.finish(); !done) {
            reader.error("liveness", done.error().message);
        }
        choices.push_back(std::move(parsed));
    }
    if (choices.empty()) {
        reader.error("liveness", "names no model");
    }
    return choices;
}

Expected<PipelineChoice> parse_pipeline(const json::Value &value) {
    json::ObjectReader reader(value, "pipeline");
    PipelineChoice choice;
    choice.detect = reader.string("detect", 64);
    choice.embed = parse_sum(reader, "embed");
    choice.liveness = parse_liveness(reader);
    choice.match_threshold = measured(reader, "match_threshold", -1, 1);
    choice.match_margin = measured(reader, "match_margin", 0, 1);
    reader.ignore("measured_on");
    if (auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    return choice;
}

} // namespace

Expected<Model> Manifest::find(std::string_view role, std::string_view name) const {
    const auto found = std::find_if(models.begin(), models.end(),
                                    [&](const Model &model) { return model.role == role && model.name == name; });
    if (found == models.end()) {
        return fail(ErrorCode::not_found, fmt::format("the manifest has no model \"{}\" with role {}", name, role));
    }
    return *found;
}

Expected<Manifest> parse_manifest(std::string_view text) {
    json::Limits limits;
    limits.bytes = 256 << 10;
    const auto value = json::parse(text, limits);
    if (!value) {
        return tl::unexpected(value.error());
    }
    json::ObjectReader reader(*value, "");
    reader.integer("format", 1, 1);
    reader.ignore("packages");
    reader.ignore("samples");
    Manifest manifest;
    std::size_t index = 0;
    for (const auto &entry : reader.array("models", kMaxModels)) {
        auto model = parse_model(entry, fmt::format("models[{}]", index++));
        if (!model) {
            return tl::unexpected(model.error());
        }
        if (manifest.find(model->role, model->name)) {
            return fail(ErrorCode::invalid_argument, fmt::format("models[{}]: there is a {} model \"{}\" already",
                                                                 index - 1, model->role, model->name));
        }
        manifest.models.push_back(std::move(*model));
    }
    const auto *choice = reader.optional("pipeline");
    if (choice == nullptr) {
        reader.error("pipeline", "is missing");
    }
    if (auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    auto pipeline = parse_pipeline(*choice);
    if (!pipeline) {
        return tl::unexpected(pipeline.error());
    }
    manifest.pipeline = std::move(*pipeline);
    return manifest;
}

Expected<std::string> read_model(const std::filesystem::path &files, const Model &model) {
    auto bytes = read_file(files / model.file, kModelLimit);
    if (!bytes) {
        if (bytes.error().code == ErrorCode::not_found) {
            return fail(ErrorCode::not_found, fmt::format("model {} is missing: run scripts/fetch_models", model.file));
        }
        return tl::unexpected(bytes.error().with_context("model " + model.file));
    }
    if (bytes->size() != model.bytes || hex(sha256(as_bytes(*bytes))) != model.sha256) {
        return fail(ErrorCode::corrupt, fmt::format("model {} is not the file the manifest names (sha256 differs): "
                                                    "run scripts/fetch_models",
                                                    model.file));
    }
    return bytes;
}

} // namespace xueshi::face
