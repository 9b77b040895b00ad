#include "firmware/terminald/diagnostics.hpp"

#include <array>
#include <cstdint>
#include <system_error>

#include "firmware/core/base/file.hpp"
#include "firmware/terminald/network.hpp"

namespace xueshi::terminald {

namespace {

constexpr std::uint64_t kMostStatusBytes = 64u << 10;

/// Of Terminal's status what tells nothing about a person: named one by one, so that a new field is not passed on.
json::Object impersonal(const json::Object &status) {
    constexpr std::array kFields{"version",        "device",           "chain",          "seq",
                                 "journal_alarm",  "journal_refused",  "clock",          "wall_ms",
                                 "face_model",     "face_error",       "finger_matcher", "templates_refused",
                                 "enrolled_faces", "enrolled_fingers", "room",           "roster_as_of_ms",
                                 "roster_classes", "roster_trainees",  "camera",         "video"};
    json::Object out;
    for (const auto *field : kFields) {
        if (const auto *value = status.if_contains(field)) {
            out[field] = *value;
        }
    }
    if (const auto *reader = status.if_contains("reader"); reader != nullptr && reader->is_object()) {
        out["reader"] = *reader;
        out["reader"].as_object().erase("foreign_fingers");
    }
    return out;
}

json::Object describe_storage(const std::filesystem::path &state) {
    std::error_code error;
    const auto space = std::filesystem::space(state, error);
    std::uintmax_t journal = std::filesystem::file_size(state / "journal.db", error);
    journal = error ? 0 : journal;
    std::uintmax_t media = 0;
    std::int64_t files = 0;
    for (const auto &entry : std::filesystem::directory_iterator(state / "media", error)) {
        std::error_code gone; // retention deletes meanwhile
        const auto size = entry.file_size(gone);
        media += gone ? 0 : size;
        ++files;
    }
    return json::Object{{"capacity_bytes", space.capacity},
                        {"free_bytes", space.available},
                        {"journal_bytes", journal},
                        {"media_bytes", media},
                        {"media_files", files}};
}

} // namespace

Expected<std::string> read_sync_status(const std::filesystem::path &sync) {
    return read_file(sync / "status.json", kMostStatusBytes);
}

json::Object make_diagnostics(const json::Object &status, const std::filesystem::path &state,
                              const std::filesystem::path &sync) {
    auto report = impersonal(status);
    report["made_ms"] = status.at("wall_ms");
    report["storage"] = describe_storage(state);
    report["network"] = describe_network();
    const auto text = read_sync_status(sync);
    const auto value = text ? json::parse(*text) : tl::unexpected<Error>(text.error());
    report["sync"] = value ? *value : json::Value(nullptr);
    return report;
}

} // namespace xueshi::terminald
