#include <fmt/format.h>

#include "firmware/core/record/canonical_json.hpp"
#include "firmware/core/stick/event_line.hpp"
#include "firmware/core/stick/export.hpp"

namespace xueshi::stick {

Expected<ExportWriter> ExportWriter::create(const std::filesystem::path &path, const ExportDescription &description) {
    auto file = DurableFile::create(path);
    if (!file) {
        return fail(file, "export");
    }
    ExportWriter writer(std::move(*file), nullptr, ExportEnd{0, description.after_seq, description.after_hash});
    if (const auto written = writer.write_line(to_json(description)); !written) {
        return fail(written, "export");
    }
    return writer;
}

Expected<ExportWriter> ExportWriter::into(std::string &text, const ExportDescription &description) {
    ExportWriter writer(std::nullopt, &text, ExportEnd{0, description.after_seq, description.after_hash});
    if (const auto written = writer.write_line(to_json(description)); !written) {
        return fail(written, "export");
    }
    return writer;
}

Expected<void> ExportWriter::write_line(const json::Value &line) {
    auto text = record::canonical_json(line);
    if (!text) {
        return tl::unexpected<Error>(text.error());
    }
    *text += '\n';
    if (file_) {
        return file_->write(as_bytes(*text));
    }
    *text_ += *text;
    return {};
}

Expected<void> ExportWriter::add(const record::StoredEvent &event) {
    if (event.seq != end_.head_seq + 1) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("export: event {} expected, {} given", end_.head_seq + 1, event.seq));
    }
    if (end_.count >= kMaxEvents) {
        return fail(ErrorCode::too_large, fmt::format("export: over {} events", kMaxEvents));
    }
    if (auto written = write_line(to_json(event)); !written) {
        return written;
    }
    end_ = {end_.count + 1, event.seq, event.hash};
    return {};
}

Expected<ExportEnd> ExportWriter::finish() {
    auto done = write_line(to_json(end_)).and_then([&] { return file_ ? file_->commit() : Expected<void>(); });
    if (!done) {
        return fail(done, "export");
    }
    return end_;
}

} // namespace xueshi::stick
