#include <optional>

#include <fmt/format.h>

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/journal/salvage/adopt.hpp"
#include "firmware/core/journal/verify.hpp"
#include "firmware/core/stick/export.hpp"
#include "firmware/core/stick/receipt_file.hpp"
#include "firmware/xueshictl/commands.hpp"
#include "firmware/xueshictl/times.hpp"

namespace xueshi::xueshictl {

namespace {

/// The receipt asked for, or the one that lies there.
Expected<std::optional<identity::Receipt>> receipt_for(const Places &places, const VerifyOrder &order) {
    if (order.receipt.empty() && !order.journal.empty()) { // what lies there is not about another journal
        return std::optional<identity::Receipt>();
    }
    if (order.receipt.empty() && order.registry_key.empty()) {
        auto receipt = acked::read_receipt(places.sync);
        if (!receipt && receipt.error().code != ErrorCode::not_found) {
            return tl::unexpected(receipt.error());
        }
        return receipt ? std::optional(std::move(*receipt)) : std::nullopt;
    }
    const auto file = order.receipt.empty() ? places.sync / "acked.json" : order.receipt;
    const auto key_file = order.registry_key.empty() ? places.sync / "registry_key.pem" : order.registry_key;
    const auto key = stick::read_key_file(key_file);
    if (!key) {
        return fail(key, "the registry's key, which the receipt needs");
    }
    auto receipt = stick::read_receipt_file(file, *key);
    return receipt ? Expected<std::optional<identity::Receipt>>(std::move(*receipt)) : tl::unexpected(receipt.error());
}

void print_former(const std::vector<journal::FormerChain> &former) {
    for (const auto &chain : former) {
        fmt::print("  此前的链 former chain {} ({}): through event {}\n", chain.description.chain.str(), chain.why,
                   chain.head.seq);
    }
}

std::string list_of(const std::vector<std::pair<record::Sequence, record::Sequence>> &ranges) {
    constexpr std::size_t kShown = 20;
    std::string text;
    for (std::size_t i = 0; i < ranges.size() && i < kShown; ++i) {
        const auto [first, last] = ranges[i];
        text += (i > 0 ? ", " : "") + (first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last));
    }
    return ranges.size() > kShown ? fmt::format("{} and {} more", text, ranges.size() - kShown) : text;
}

} // namespace

Expected<void> verify(const Places &places, const VerifyOrder &order) {
    const auto receipt = receipt_for(places, order);
    if (!receipt) {
        return tl::unexpected(receipt.error());
    }
    std::optional<identity::PublicKey> key;
    if (!order.key.empty()) {
        auto read = stick::read_key_file(order.key);
        if (!read) {
            return fail(read, "the device's key");
        }
        key.emplace(std::move(*read));
    }
    const auto path = order.journal.empty() ? places.state / "journal.db" : order.journal;
    const auto found = journal::verify_journal(path, *receipt, key ? &*key : nullptr);
    if (!found) {
        return tl::unexpected(found.error());
    }
    if (found->first_bad) {
        const auto &bad = *found->first_bad;
        return fail(bad.error.code,
                    fmt::format("日志已损坏或被改动 the journal does not hold at seq {}{}: {}", bad.seq,
                                bad.chain.empty() ? "" : " of former chain " + bad.chain.str(), bad.error.message));
    }
    fmt::print("日志完好 the journal holds: {} events, device {}, head {}\n", found->head.seq,
               found->description.device.str(), hex(found->head.hash));
    print_former(found->former);
    if (*receipt) {
        fmt::print("  与登记平台的回执相符 agrees with the registry's receipt through event {}\n",
                   (*receipt)->through_seq);
    }
    return print_times(places, order, path, *receipt);
}

Expected<void> salvage(const Places &places, const std::filesystem::path &key_file) {
    const auto lock_file = places.state / "journal.db.lock";
    const auto lock = LockFile::acquire(lock_file);
    if (!lock) {
        return fail(ErrorCode::conflict, "stop xueshi-terminald first: " + lock.error().message);
    }
    if (auto given = give_to_owner_of_directory(lock_file); !given) {
        return given;
    }
    journal::SalvageOptions options;
    options.journal = places.state / "journal.db";
    options.destination = places.state / journal::kSalvagedName;
    if (!key_file.empty()) {
        const auto key = stick::read_key_file(key_file);
        if (!key) {
            return fail(key, "the device's key");
        }
        options.public_key_pem = key->pem();
    }
    const auto result = journal::salvage(options);
    if (!result) {
        return tl::unexpected(result.error());
    }
    for (const auto &chain : result->earlier) {
        fmt::print("已抢救 salvaged: chain {}: {} events through seq {}\n", chain.chain.str(), chain.kept,
                   chain.head.seq);
        if (!chain.lost.empty()) {
            fmt::print("  丢失 lost: {}\n", list_of(chain.lost));
        }
    }
    if (result->unreadable_pages > 0) {
        fmt::print("  磁盘读不出的页 pages that the disk could not read: {}\n", result->unreadable_pages);
    }
    fmt::print("下次启动时生效 {} is taken over when xueshi-terminald starts; the damaged journal is kept\n",
               options.destination.string());
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
    const auto read = reader->visit(
        after, [&writer](const record::StoredEvent &event, const record::EventBody &) { return writer->add(event); });
    if (!read) {
        return read;
    }
    const auto end = writer->finish();
    if (!end) {
        return tl::unexpected(end.error());
    }
    fmt::print("已导出 exported: {} events through seq {} to {}\n", end->count, end->head_seq, file.string());
    return {};
}

} // namespace xueshi::xueshictl
