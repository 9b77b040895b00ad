#include <fmt/format.h>

#include "firmware/core/identity/chain.hpp"
#include "firmware/core/stick/event_line.hpp"
#include "firmware/core/stick/export.hpp"

namespace xueshi::stick {
namespace {

/// The next line as JSON. Error: corrupt when there is none.
Expected<json::Value> next_value(LineReader &lines) {
    const auto line = lines.next();
    if (!line) {
        return tl::unexpected<Error>(line.error());
    }
    if (!*line) {
        return fail(ErrorCode::corrupt, fmt::format("line {}: missing; the export is cut off", lines.number() + 1));
    }
    const auto value = json::parse(**line, json::Limits{.bytes = kMaxLineBytes, .depth = 2});
    if (!value) {
        return fail(ErrorCode::corrupt, fmt::format("line {}: {}", lines.number(), value.error().message));
    }
    return *value;
}

tl::unexpected<Error> at_line(const LineReader &lines, const Error &error) {
    const ErrorCode code = error.code == ErrorCode::invalid_argument ? ErrorCode::corrupt : error.code;
    return fail(code, fmt::format("line {}: {}", lines.number(), error.message));
}

} // namespace

Expected<ExportReader> ExportReader::open(const std::filesystem::path &path) {
    auto lines = LineReader::open(path, kMaxLineBytes);
    return lines ? begin(std::move(*lines)) : fail(lines, "export");
}

Expected<ExportReader> ExportReader::over(std::string text) {
    return begin(LineReader::over(std::move(text), kMaxLineBytes));
}

Expected<ExportReader> ExportReader::begin(LineReader lines) {
    const auto first = next_value(lines);
    if (!first) {
        return fail(first, "export");
    }
    auto description = description_from_json(*first);
    if (!description) {
        return at_line(lines, description.error());
    }
    const auto key = identity::PublicKey::from_pem(description->public_key_pem);
    if (!key) {
        return at_line(lines, key.error());
    }
    if (identity::device_id(*key) != description->device) {
        return fail(ErrorCode::corrupt, "line 1: the device's id does not follow from its key");
    }
    if (key->suite() != description->suite) {
        return fail(ErrorCode::corrupt, fmt::format("line 1: suite {} does not belong to its key", description->suite));
    }
    return ExportReader(std::move(lines), std::move(*description));
}

Expected<ExportEnd> ExportReader::read(const Handler &handler) {
    const auto key = identity::PublicKey::from_pem(description_.public_key_pem);
    if (!key) {
        return tl::unexpected<Error>(key.error());
    }
    identity::ChainVerifier verifier(*key, description_.device, description_.chain, description_.after_seq,
                                     description_.after_hash);
    for (std::int64_t count = 0; count <= kMaxEvents; ++count) {
        const auto value = next_value(lines_);
        if (!value) {
            return tl::unexpected<Error>(value.error());
        }
        if (is_end(*value)) {
            return read_end(*value, ExportEnd{count, verifier.head_seq(), verifier.head_hash()});
        }
        const auto event = event_from_json(*value);
        if (!event) {
            return at_line(lines_, event.error());
        }
        const auto body = verifier.feed(*event);
        if (!body) {
            return at_line(lines_, body.error());
        }
        if (const auto handled = handler(*event, *body); !handled) {
            return tl::unexpected<Error>(handled.error());
        }
    }
    return fail(ErrorCode::too_large, fmt::format("export: over {} events", kMaxEvents));
}

Expected<std::vector<record::StoredEvent>> ExportReader::unverified(std::size_t count) {
    std::vector<record::StoredEvent> events;
    for (;;) {
        const auto value = next_value(lines_);
        if (!value) {
            return tl::unexpected<Error>(value.error());
        }
        if (is_end(*value)) {
            const ExportEnd found{static_cast<std::int64_t>(events.size()),
                                  events.empty() ? description_.after_seq : events.back().seq,
                                  events.empty() ? description_.after_hash : events.back().hash};
            const auto end = read_end(*value, found);
            return end ? Expected<std::vector<record::StoredEvent>>(std::move(events))
                       : tl::unexpected<Error>(end.error());
        }
        auto event = event_from_json(*value);
        if (!event) {
            return at_line(lines_, event.error());
        }
        if (events.size() == count) {
            return fail(ErrorCode::too_large, fmt::format("line {}: over {} events", lines_.number(), count));
        }
        events.push_back(std::move(*event));
    }
}

Expected<ExportEnd> ExportReader::read_end(const json::Value &line, const ExportEnd &found) {
    const auto end = end_from_json(line);
    if (!end) {
        return at_line(lines_, end.error());
    }
    if (end->count != found.count || end->head_seq != found.head_seq || end->head_hash != found.head_hash) {
        return at_line(lines_, Error{ErrorCode::corrupt, "the end names another count or head"});
    }
    const auto more = lines_.next();
    if (!more || *more) {
        return fail(ErrorCode::corrupt, fmt::format("line {}: something follows the end", lines_.number() + 1));
    }
    return end;
}

} // namespace xueshi::stick
