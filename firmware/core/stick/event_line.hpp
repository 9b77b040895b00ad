#pragma once

#include "firmware/core/stick/export.hpp"

namespace xueshi::stick {

inline constexpr std::string_view kFormat = "xueshi-events-v1";
/// Every byte of a body may need an escape; the other fields of a line stay far below 8 KiB.
inline constexpr std::size_t kMaxLineBytes = 2 * record::kMaxBodyBytes + 8 * 1024;
inline constexpr std::int64_t kMaxEvents = 10'000'000; ///< decades of one terminal

json::Object to_json(const ExportDescription &description);
json::Object to_json(const record::StoredEvent &event);
json::Object to_json(const ExportEnd &end);

Expected<ExportDescription> description_from_json(const json::Value &line);
Expected<record::StoredEvent> event_from_json(const json::Value &line);
bool is_end(const json::Value &line);
Expected<ExportEnd> end_from_json(const json::Value &line);

} // namespace xueshi::stick
