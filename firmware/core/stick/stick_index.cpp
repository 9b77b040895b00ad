#include "firmware/core/stick/stick_index.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/core/record/canonical_json.hpp"
#include "firmware/core/stick/outside_file.hpp"

namespace xueshi::stick {
namespace {

constexpr std::string_view kFormat = "xueshi-stick-v1";
constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;
constexpr std::uint64_t kMaxIndexBytes = 128u << 20;
constexpr std::size_t kMaxName = 128;

json::Object to_json(const SealedFile &file) {
    json::Object out;
    out["file"] = file.file;
    out["bytes"] = file.bytes;
    out["sha256"] = hex(file.sha256);
    return out;
}

void read_fields(json::ObjectReader &reader, SealedFile &file) {
    file.file = reader.string("file", kMaxName);
    file.bytes = reader.integer("bytes", 0, kMaxSealedBytes);
    const auto digest = parse_sha256(reader.string("sha256", 64));
    if (reader.ok() && !is_plain_name(file.file)) {
        reader.error("file", "no plain file name");
    }
    if (reader.ok() && !digest) {
        reader.error("sha256", digest.error().message);
    }
    file.sha256 = digest.value_or(Sha256{});
}

template <typename File>
Expected<std::vector<File>> read_files(json::ObjectReader &index, std::string_view key) {
    std::vector<File> files;
    for (const json::Value &value : index.array(key, kMaxFiles)) {
        json::ObjectReader reader(value, fmt::format("{}[{}]", key, files.size()));
        File file;
        read_fields(reader, file);
        if constexpr (requires { file.event; }) {
            const auto event = Uuid::parse(reader.string("event", 36));
            if (reader.ok() && !event) {
                reader.error("event", event.error().message);
            }
            file.event = event.value_or(Uuid());
        }
        if (const auto done = reader.finish(); !done) {
            return tl::unexpected<Error>(done.error());
        }
        files.push_back(std::move(file));
    }
    return files;
}

Expected<StickIndex> parse_index(std::string_view text) {
    const auto value = json::parse(text, json::Limits{.bytes = kMaxIndexBytes, .depth = 3});
    if (!value) {
        return tl::unexpected<Error>(value.error());
    }
    json::ObjectReader reader(*value, "index");
    if (reader.string("format", kMaxName) != kFormat && reader.ok()) {
        return fail(ErrorCode::unsupported, "no " + std::string(kFormat) + " folder");
    }
    StickIndex index;
    index.device = DeviceId(reader.string("device", 64));
    index.made_ms = reader.integer("made_ms", 0, kLargestInteger);
    auto events = read_files<SealedFile>(reader, "events");
    auto clips = read_files<SealedClip>(reader, "clips");
    if (!events || !clips) {
        return tl::unexpected<Error>(!events ? events.error() : clips.error());
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    index.events = std::move(*events);
    index.clips = std::move(*clips);
    return index;
}

} // namespace

Expected<void> write_index(const std::filesystem::path &folder, const StickIndex &index) {
    json::Array events, clips;
    for (const SealedFile &file : index.events) {
        events.push_back(to_json(file));
    }
    for (const SealedClip &clip : index.clips) {
        json::Object one = to_json(clip);
        one["event"] = clip.event.str();
        clips.push_back(std::move(one));
    }
    json::Object out;
    out["format"] = kFormat;
    out["device"] = index.device.str();
    out["made_ms"] = index.made_ms;
    out["events"] = std::move(events);
    out["clips"] = std::move(clips);
    const auto text = record::canonical_json(out);
    return text ? write_file_durably(folder / kIndexFile, *text) : tl::unexpected<Error>(text.error());
}

Expected<StickIndex> read_index(const std::filesystem::path &folder) {
    const auto text = read_outside_file(folder / kIndexFile, kMaxIndexBytes);
    if (!text) {
        return text.error().code == ErrorCode::not_found
                   ? fail(ErrorCode::not_found, folder.string() + ": the export did not finish; export once more")
                   : tl::unexpected<Error>(text.error());
    }
    auto index = parse_index(*text);
    if (!index) {
        const bool other = index.error().code == ErrorCode::unsupported;
        return fail(other ? ErrorCode::unsupported : ErrorCode::corrupt,
                    (folder / kIndexFile).string() + ": " + index.error().message);
    }
    return index;
}

Expected<std::string> read_sealed(const std::filesystem::path &folder, const SealedFile &file) {
    auto bytes = read_outside_file(folder / file.file, static_cast<std::uint64_t>(kMaxSealedBytes));
    if (!bytes) {
        return tl::unexpected<Error>(bytes.error());
    }
    if (static_cast<std::int64_t>(bytes->size()) != file.bytes || sha256(as_bytes(*bytes)) != file.sha256) {
        return fail(ErrorCode::corrupt, (folder / file.file).string() + ": damaged on the stick; export once more");
    }
    return bytes;
}

std::string answer_folder(const DeviceId &device) {
    return "xueshi-answer-" + device.str();
}

std::string receipt_answer(const ChainId &chain) {
    return "receipt-" + chain.str() + ".json";
}

std::string clip_receipt_answer(std::int64_t made_ms, std::size_t first) {
    return fmt::format("clips-{}-{}.json", made_ms, first);
}

AnswerKind answer_kind(std::string_view file_name) {
    if (!is_plain_name(file_name)) {
        return AnswerKind::none;
    }
    if (file_name == kRosterAnswer) {
        return AnswerKind::roster;
    }
    if (!file_name.ends_with(".json")) {
        return AnswerKind::none;
    }
    return file_name.starts_with("receipt-") ? AnswerKind::receipt
           : file_name.starts_with("clips-") ? AnswerKind::clip_receipt
                                             : AnswerKind::none;
}

Expected<std::vector<std::filesystem::path>> answers_in(const std::filesystem::path &folder) {
    std::vector<std::pair<AnswerKind, std::filesystem::path>> found;
    std::error_code error;
    for (auto entry = std::filesystem::directory_iterator(folder, error); !error && entry != end(entry);
         entry.increment(error)) {
        const auto kind = answer_kind(entry->path().filename().string());
        if (kind != AnswerKind::none) {
            found.emplace_back(kind, entry->path());
        }
    }
    if (error) {
        return fail(ErrorCode::io, folder.string() + ": " + error.message());
    }
    std::sort(found.begin(), found.end());
    std::vector<std::filesystem::path> files;
    files.reserve(found.size());
    for (auto &[kind, path] : found) {
        files.push_back(std::move(path));
    }
    return files;
}

} // namespace xueshi::stick
