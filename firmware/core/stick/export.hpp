#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "firmware/core/base/file.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/core/stick/line_reader.hpp"

namespace xueshi::stick {

/// The first line of an export (stick_format.md): whose events follow, and behind which one they begin.
struct ExportDescription {
    DeviceId device;
    ChainId chain;
    int suite = 1;
    std::string public_key_pem;
    record::Sequence after_seq = 0; ///< 0: from the start of the chain
    Sha256 after_hash{};            ///< hash of the event after_seq; zeros at the start
    bool operator==(const ExportDescription &) const = default;
};

/// Where an export ends.
struct ExportEnd {
    std::int64_t count = 0;
    record::Sequence head_seq = 0;
    Sha256 head_hash{};
};

/// Writes an export; a file appears under its name only by `finish`. The events are not verified here.
class ExportWriter {
public:
    static Expected<ExportWriter> create(const std::filesystem::path &path, const ExportDescription &description);
    /// Into `text`, which outlives it.
    static Expected<ExportWriter> into(std::string &text, const ExportDescription &description);
    /// In order, without a gap (invalid_argument).
    Expected<void> add(const record::StoredEvent &event);
    Expected<ExportEnd> finish();

private:
    ExportWriter(std::optional<DurableFile> file, std::string *text, ExportEnd end)
        : file_(std::move(file)), text_(text), end_(end) {}
    Expected<void> write_line(const json::Value &line);

    std::optional<DurableFile> file_;
    std::string *text_; ///< when there is no file
    ExportEnd end_;
};

/// Reads an export from outside: everything is checked before it is handed on.
class ExportReader {
public:
    /// Reads the first line. Error: denied for a symbolic link or no regular file; unsupported for another format or
    /// suite; corrupt when the device's id does not follow from the key. Whether the key is a known device's is for
    /// the caller to check with `description()`.
    static Expected<ExportReader> open(const std::filesystem::path &path);
    static Expected<ExportReader> over(std::string text);
    const ExportDescription &description() const { return description_; }

    using Handler = std::function<Expected<void>(const record::StoredEvent &, const record::EventBody &)>;
    /// Hands on each event after its body, link and signature were verified; an error of the handler ends it. Error:
    /// corrupt or denied with the line's number; also when the end is missing or disagrees. Call once.
    Expected<ExportEnd> read(const Handler &handler);
    /// For a receiver that judges each event itself, as one that came over the network: only their form is checked, and
    /// that the end is there. At most `count` (too_large). Call once, instead of `read`.
    Expected<std::vector<record::StoredEvent>> unverified(std::size_t count);

private:
    ExportReader(LineReader lines, ExportDescription description)
        : lines_(std::move(lines)), description_(std::move(description)) {}
    static Expected<ExportReader> begin(LineReader lines);
    Expected<ExportEnd> read_end(const json::Value &line, const ExportEnd &found);

    LineReader lines_;
    ExportDescription description_;
};

} // namespace xueshi::stick
