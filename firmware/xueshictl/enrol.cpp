#include <algorithm>
#include <cctype>
#include <cstdio>
#include <iterator>

#include <fmt/format.h>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/xueshictl/commands.hpp"
#include "firmware/xueshictl/connection.hpp"
#include "firmware/xueshictl/consent.hpp"

namespace xueshi::xueshictl {

namespace {

using Paths = std::vector<std::filesystem::path>;

constexpr std::uint64_t kMaxPhotographBytes = 10u << 20;
constexpr int kFaceTimeoutMs = 120'000; // ten photographs on a slow board
constexpr int kFingerTimeoutMs = 90'000;

bool is_photograph(const std::filesystem::path &path) {
    auto extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

/// In a folder of photographs this one is the document's portrait and no sample.
bool is_document(const std::filesystem::path &path) {
    return path.stem() == "document";
}

Expected<Paths> entries(const std::filesystem::path &directory, bool directories) {
    std::error_code error;
    Paths found;
    for (const auto &entry : std::filesystem::directory_iterator(directory, error)) {
        if (directories ? entry.is_directory() : entry.is_regular_file() && is_photograph(entry.path())) {
            found.push_back(entry.path());
        }
    }
    if (error) {
        return tl::unexpected(error_from_errno(error.value(), directory.string()));
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// Files as they are, folders as the photographs in them.
Expected<Paths> photographs_of(const Paths &from) {
    Paths photographs;
    for (const auto &path : from) {
        if (!std::filesystem::is_directory(path)) {
            photographs.push_back(path);
            continue;
        }
        const auto found = entries(path, false);
        if (!found) {
            return found;
        }
        std::copy_if(found->begin(), found->end(), std::back_inserter(photographs),
                     [](const auto &file) { return !is_document(file); });
    }
    if (photographs.empty()) {
        return fail(ErrorCode::not_found, fmt::format("no photograph (.jpg, .jpeg, .png) in {}",
                                                      from.empty() ? "--from" : from.front().string()));
    }
    return photographs;
}

Expected<json::Array> read_photographs(const Paths &paths) {
    json::Array photographs;
    for (const auto &path : paths) {
        const auto file = read_file(path, kMaxPhotographBytes);
        if (!file) {
            return fail(file, path.string());
        }
        photographs.emplace_back(base64(as_bytes(*file)));
    }
    return photographs;
}

void print_outcome(const std::string &trainee, const json::Object &result) {
    fmt::print("{}: 已录入 enrolled, {} 个样本 samples\n", trainee, number_of(result, "samples"));
    if (const auto *remarks = result.if_contains("remarks"); remarks != nullptr && remarks->is_array()) {
        for (const auto &remark : remarks->get_array()) {
            fmt::print("  未使用 not used: {}\n", std::string_view(remark.as_string()));
        }
    }
    std::fflush(stdout);
}

std::filesystem::path document_of(const FaceOrder &order) {
    if (!order.document.empty() || order.from.size() != 1 || !std::filesystem::is_directory(order.from.front())) {
        return order.document;
    }
    const auto files = entries(order.from.front(), false);
    const auto found = files ? std::find_if(files->begin(), files->end(), is_document) : Paths::const_iterator();
    return files && found != files->end() ? *found : std::filesystem::path();
}

/// What binds the face to its person.
Expected<void> add_binding(json::Object &arguments, const FaceOrder &order) {
    if (const auto document = document_of(order); !document.empty()) {
        const auto file = read_file(document, kMaxPhotographBytes);
        if (!file) {
            return fail(file, document.string());
        }
        arguments["document"] = base64(as_bytes(*file));
        fmt::print("证件照片比对后请删除 after the comparison, delete {}\n", document.string());
    }
    json::Array witnesses;
    for (const auto &witness : order.witnesses) {
        witnesses.push_back(to_arguments(Whom{witness, order.whom.training_class}));
    }
    if (!witnesses.empty()) {
        arguments["witnesses"] = std::move(witnesses);
    }
    if (order.any_pose) {
        arguments["any_pose"] = true;
    }
    return {};
}

/// The flag is for the factor alone: other purposes are consented to by themselves.
Expected<void> consent_to(const Places &places, const Whom &whom, const char *factor) {
    ConsentOrder order;
    order.whom = whom;
    order.purposes = {factor};
    return consent(places, order);
}

Expected<void> enrol_one_face(const Places &places, const FaceOrder &order) {
    auto arguments = to_arguments(order.whom);
    if (order.camera) {
        arguments["from"] = "camera";
    } else {
        const auto paths = photographs_of(order.from);
        if (!paths) {
            return tl::unexpected(paths.error());
        }
        auto photographs = read_photographs(*paths);
        if (!photographs) {
            return tl::unexpected(photographs.error());
        }
        arguments["photographs"] = std::move(*photographs);
    }
    if (auto bound = add_binding(arguments, order); !bound) {
        return bound;
    }
    if (order.allow_similar) {
        arguments["allow_similar"] = true;
    }
    if (order.consent) {
        if (auto consented = consent_to(places, order.whom, "face"); !consented) {
            return consented;
        }
    }
    const auto result = call(places, "enrol_face", std::move(arguments), kFaceTimeoutMs);
    if (!result) {
        return fail(result, order.whom.trainee);
    }
    print_outcome(order.whom.trainee, *result);
    return {};
}

} // namespace

Expected<void> enrol_faces(const Places &places, const FaceOrder &order) {
    if (!order.whom.trainee.empty()) {
        return enrol_one_face(places, order);
    }
    if (order.camera || order.from.size() != 1) {
        return fail(ErrorCode::invalid_argument, "without --trainee, --from is one folder with a subfolder a number");
    }
    const auto folders = entries(order.from.front(), true);
    if (!folders) {
        return tl::unexpected(folders.error());
    }
    if (folders->empty()) {
        return fail(ErrorCode::not_found, order.from.front().string() + " has no subfolders named by roster number");
    }
    // One bad folder does not keep the others out; the error at the end counts them.
    std::size_t failed = 0;
    for (const auto &folder : *folders) {
        auto one = order;
        one.whom.trainee = folder.filename().string();
        one.from = {folder};
        if (const auto enrolled = enrol_one_face(places, one); !enrolled) {
            ++failed;
            fmt::print(stderr, "{}\n", enrolled.error().message);
        }
    }
    if (failed > 0) {
        return fail(ErrorCode::invalid_argument, fmt::format("{} of {} were not enrolled", failed, folders->size()));
    }
    return {};
}

Expected<void> enrol_finger(const Places &places, const FingerOrder &order) {
    auto arguments = to_arguments(order.whom);
    arguments["finger"] = order.finger;
    if (order.allow_similar) {
        arguments["allow_similar"] = true;
    }
    if (order.consent) {
        if (auto consented = consent_to(places, order.whom, "finger"); !consented) {
            return consented;
        }
    }
    const auto result = call(places, "enrol_finger", std::move(arguments), kFingerTimeoutMs);
    if (!result) {
        return fail(result, order.whom.trainee);
    }
    print_outcome(order.whom.trainee, *result);
    return {};
}

Expected<void> erase(const Places &places, const Whom &whom, const std::string &reason, const std::string &finger) {
    auto arguments = to_arguments(whom);
    arguments["reason"] = reason;
    if (!finger.empty()) {
        arguments["finger"] = finger;
    }
    const auto result = call(places, "erase", std::move(arguments), kFaceTimeoutMs);
    if (!result) {
        return tl::unexpected(result.error());
    }
    fmt::print("{}: 已删除{}模板 {} templates erased\n", whom.trainee, finger.empty() ? "全部" : finger,
               finger.empty() ? "all" : finger);
    print_left_in_reader(*result);
    return {};
}

} // namespace xueshi::xueshictl
