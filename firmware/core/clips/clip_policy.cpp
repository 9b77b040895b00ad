#include "firmware/core/clips/clip_policy.hpp"

#include <algorithm>

#include "firmware/core/base/file.hpp"

namespace xueshi::clips {

Expected<ClipUpload> parse_clip_upload(std::string_view text) {
    for (const ClipUpload upload : {ClipUpload::never, ClipUpload::consented, ClipUpload::all}) {
        if (text == to_string(upload)) {
            return upload;
        }
    }
    return fail(ErrorCode::invalid_argument, "clips are uploaded never, consented or all");
}

std::string_view to_string(ClipUpload upload) {
    return upload == ClipUpload::never ? "never" : upload == ClipUpload::all ? "all" : "consented";
}

namespace {

template <typename Id>
json::Array write_ids(const std::set<Id> &ids) {
    json::Array out;
    for (const Id &id : ids) {
        out.emplace_back(id.str());
    }
    return out;
}

template <typename Id>
std::set<Id> read_ids(json::ObjectReader &reader, std::string_view key, std::size_t max_count) {
    std::set<Id> ids;
    for (const json::Value &id : reader.array(key, max_count)) {
        if (!id.is_string()) {
            reader.error(key, "text expected");
            break;
        }
        ids.insert(Id(std::string(id.get_string())));
    }
    return ids;
}

} // namespace

json::Object to_json(const ClipPolicy &policy) {
    json::Object out;
    out["upload"] = to_string(policy.upload);
    out["confidential"] = write_ids(policy.confidential);
    out["asked"] = write_ids(policy.asked);
    return out;
}

Expected<ClipPolicy> read_policy(const json::Value &value) {
    constexpr std::size_t kMaxClasses = 10'000;
    json::ObjectReader reader(value, "clip_policy");
    const auto upload = parse_clip_upload(reader.string("upload", 16));
    ClipPolicy policy;
    policy.confidential = read_ids<ClassId>(reader, "confidential", kMaxClasses);
    if (reader.optional("asked") != nullptr) { // a syncd from before this field told none
        policy.asked = read_ids<MediaId>(reader, "asked", kMaxAsked);
    }
    if (const auto done = reader.finish(); !done || !upload) {
        return tl::unexpected(!done ? done.error() : upload.error());
    }
    policy.upload = *upload;
    return policy;
}

Expected<std::optional<ClipPolicy>> told_policy(const std::filesystem::path &sync) {
    constexpr std::uint64_t kMaxStatusBytes = 256 * 1024;
    const auto text = read_file(sync / "status.json", kMaxStatusBytes);
    const auto status = text ? json::parse(*text) : tl::unexpected(text.error());
    const json::Object *members = status ? status->if_object() : nullptr;
    const json::Value *told = members != nullptr ? members->if_contains("clip_policy") : nullptr;
    if (told == nullptr) {
        return std::nullopt;
    }
    auto policy = read_policy(*told);
    return policy ? Expected<std::optional<ClipPolicy>>(std::move(*policy)) : fail(policy, "status.json of syncd");
}

namespace {

/// Also what no event gives a class to, such as a stranger while the clock was unset: it may be of such a class.
bool may_be_confidential(const ClipPolicy &policy, const std::vector<ClipSubject> &subjects) {
    const bool of_any =
        subjects.empty() || std::ranges::any_of(subjects, [&](const ClipSubject &subject) {
            return subject.training_class.empty() || policy.confidential.contains(subject.training_class);
        });
    return !policy.confidential.empty() && of_any;
}

} // namespace

std::string_view withheld_because(const ClipPolicy &policy, const std::vector<ClipSubject> &subjects, Asked asked) {
    if (policy.upload == ClipUpload::never && asked == Asked::no) {
        return "policy";
    }
    if (may_be_confidential(policy, subjects)) {
        return "confidential";
    }
    if (std::ranges::any_of(subjects, [](const ClipSubject &subject) { return subject.person.empty(); })) {
        return "unknown_person";
    }
    const bool agreed = !subjects.empty() && std::all_of(subjects.begin(), subjects.end(),
                                                         [](const ClipSubject &subject) { return subject.consented; });
    return policy.upload == ClipUpload::all || agreed ? "" : "consent";
}

} // namespace xueshi::clips
