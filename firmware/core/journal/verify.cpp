#include "firmware/core/journal/verify.hpp"

#include <fmt/format.h>

#include "firmware/core/identity/chain.hpp"
#include "firmware/core/journal/rows.hpp"

namespace xueshi::journal {
namespace {

constexpr std::size_t kBatch = 1'000; // a batch is a read transaction: a longer one keeps the WAL from being reused
constexpr std::size_t kBatchBytes = 16 * 1024 * 1024;

std::optional<Finding> finding(record::Sequence seq, ErrorCode code, std::string what) {
    return Finding{seq, Error{code, std::move(what)}};
}

std::optional<Finding> check_description(const Description &description, const identity::PublicKey &key,
                                         const std::optional<identity::Receipt> &receipt) {
    if (description.suite != 1) {
        return finding(0, ErrorCode::unsupported, fmt::format("suite {} is not supported", description.suite));
    }
    if (identity::device_id(key) != description.device) {
        return finding(0, ErrorCode::corrupt, "the device's id does not belong to its key");
    }
    if (receipt && (receipt->device != description.device || receipt->chain != description.chain)) {
        return finding(
            0, ErrorCode::conflict,
            fmt::format("the receipt is for device {}, chain {}", receipt->device.str(), receipt->chain.str()));
    }
    return std::nullopt;
}

std::optional<Finding> check_receipt(const record::StoredEvent &event,
                                     const std::optional<identity::Receipt> &receipt) {
    if (receipt && receipt->through_seq == event.seq && receipt->head_hash != event.hash) {
        return finding(event.seq, ErrorCode::conflict,
                       fmt::format("event {}: the registry holds another one", event.seq));
    }
    return std::nullopt;
}

Expected<std::optional<Finding>> walk(sqlite::Database &database, identity::ChainVerifier &verifier,
                                      const std::optional<identity::Receipt> &receipt) {
    for (;;) {
        const auto events = read_rows(database, verifier.head_seq(), kBatch, kBatchBytes);
        if (!events && events.error().code != ErrorCode::corrupt && events.error().code != ErrorCode::io) {
            return tl::unexpected<Error>(events.error());
        }
        if (!events) {
            return finding(verifier.head_seq() + 1, events.error().code, events.error().message);
        }
        if (events->empty()) {
            return std::nullopt;
        }
        for (const record::StoredEvent &event : *events) {
            if (const auto fed = verifier.feed(event); !fed) {
                return finding(verifier.head_seq() + 1, fed.error().code, fed.error().message);
            }
            if (auto differs = check_receipt(event, receipt)) {
                return differs;
            }
        }
    }
}

/// The table's walk does not read the index; this does.
Expected<std::optional<Finding>> check_structure(sqlite::Database &database) {
    auto check = sqlite::Statement::prepare(database, "PRAGMA integrity_check(1)");
    if (!check) {
        return tl::unexpected<Error>(check.error());
    }
    const auto row = check->step();
    const std::string text = row && *row ? check->text(0) : row ? "no answer" : row.error().message;
    return text == "ok" ? std::nullopt : finding(0, ErrorCode::corrupt, text);
}

Expected<std::optional<Finding>> check_all(sqlite::Database &database, const identity::PublicKey &key,
                                           const std::optional<identity::Receipt> &receipt, Verification &result) {
    if (auto wrong = check_description(result.description, key, receipt)) {
        return wrong;
    }
    identity::ChainVerifier verifier(key, result.description.device, result.description.chain);
    auto found = walk(database, verifier, receipt);
    result.head = {verifier.head_seq(), verifier.head_hash()};
    if (!found || *found) {
        return found;
    }
    if (receipt && receipt->through_seq > verifier.head_seq()) {
        return finding(verifier.head_seq() + 1, ErrorCode::conflict,
                       fmt::format("rolled back: the registry holds events up to {}, the journal ends at {}",
                                   receipt->through_seq, verifier.head_seq()));
    }
    return check_structure(database);
}

} // namespace

Expected<Verification> verify_journal(const std::filesystem::path &path,
                                      const std::optional<identity::Receipt> &receipt) {
    auto database = sqlite::Database::open(path, sqlite::Mode::read_only);
    if (!database) {
        return fail(database, "journal");
    }
    auto description = read_description(*database);
    if (!description) {
        return fail(description, path.string());
    }
    Verification result{std::move(*description), {}, std::nullopt};
    const auto key = identity::PublicKey::from_pem(result.description.public_key_pem);
    if (!key) {
        result.first_bad = finding(0, key.error().code, key.error().message);
        return result;
    }
    auto found = check_all(*database, *key, receipt, result);
    if (!found) {
        return fail(found, path.string());
    }
    result.first_bad = std::move(*found);
    return result;
}

} // namespace xueshi::journal
