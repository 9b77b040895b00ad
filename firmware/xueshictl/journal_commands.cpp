#include <optional>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/journal/verify.hpp"
#include "firmware/core/stick/export.hpp"
#include "firmware/xueshictl/commands.hpp"

namespace xueshi::xueshictl {

namespace {

constexpr std::size_t kEventsAtOnce = 512;

} // namespace

Expected<void> verify(const Places &places) {
    const auto found = journal::verify_journal(places.state / "journal.db");
    if (!found) {
        return tl::unexpected(found.error());
    }
    if (found->first_bad) {
        return fail(found->first_bad->error.code,
                    fmt::format("日志已损坏或被改动 the journal does not hold at seq {}: {}", found->first_bad->seq,
                                found->first_bad->error.message));
    }
    fmt::print("日志完好 the journal holds: {} events, device {}, head {}\n", found->head.seq,
               found->description.device.str(), hex(found->head.hash));
    return {};
}

Expected<void> export_events(const Places &places, const std::filesystem::path &file, std::int64_t after) {
    auto reader = journal::JournalReader::open(places.state / "journal.db");
    if (!reader) {
        return tl::unexpected(reader.error());
    }
    stick::ExportDescription description;
    description.device = reader->description().device;
    description.chain = reader->description().chain;
    description.suite = reader->description().suite;
    description.public_key_pem = reader->description().public_key_pem;
    description.after_seq = after;
    if (after > 0) {
        const auto before = reader->read(after - 1, 1);
        if (!before || before->empty() || before->front().seq != after) {
            return fail(ErrorCode::not_found, fmt::format("the journal has no event {}", after));
        }
        description.after_hash = before->front().hash;
    }
    auto writer = stick::ExportWriter::create(file, description);
    if (!writer) {
        return tl::unexpected(writer.error());
    }
    while (true) {
        const auto events = reader->read(after, kEventsAtOnce);
        if (!events) {
            return tl::unexpected(events.error());
        }
        if (events->empty()) {
            break;
        }
        for (const auto &event : *events) {
            if (auto added = writer->add(event); !added) {
                return added;
            }
        }
        after = events->back().seq;
    }
    const auto end = writer->finish();
    if (!end) {
        return tl::unexpected(end.error());
    }
    fmt::print("已导出 exported: {} events through seq {} to {}\n", end->count, end->head_seq, file.string());
    return {};
}

} // namespace xueshi::xueshictl
