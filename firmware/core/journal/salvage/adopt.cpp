#include "firmware/core/journal/salvage/adopt.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/identity/chain.hpp"
#include "firmware/core/journal/verify.hpp"

namespace xueshi::journal {
namespace {

constexpr std::array<std::string_view, 3> kLogFirst{"-wal", "-shm", ""}; // a log must never meet another database

/// Its own bytes hold, wherever it stands.
bool holds(JournalReader &reader, const identity::PublicKey &key, record::Sequence seq) {
    const auto events = reader.read(seq - 1, 1);
    if (!events || events->empty() || events->front().seq != seq) {
        return false;
    }
    const Description &description = reader.description();
    identity::ChainVerifier verifier(key, description.device, description.chain, seq - 1, events->front().prev);
    return verifier.feed(events->front()).has_value();
}

/// The journal that is still there must not know more than what the salvage made of it. An event that is damaged is
/// nothing that it knows: its place may be readable while its body is not.
Expected<void> check_nothing_newer(const std::filesystem::path &journal, const JournalReader &salvaged,
                                   const std::vector<FormerChain> &former, const identity::PublicKey &key) {
    auto reader = JournalReader::open(journal);
    if (!reader) {
        return {}; // it is damaged: that is why there is a salvage
    }
    const ChainId &chain = reader->description().chain;
    if (chain == salvaged.description().chain) {
        return fail(ErrorCode::conflict, "the journal already is the salvaged one");
    }
    const auto head = reader->head();
    const auto known = std::ranges::find(former, chain, [](const FormerChain &one) { return one.description.chain; });
    const record::Sequence kept = known == former.end() ? 0 : known->head.seq;
    if (head && head->seq > kept && (holds(*reader, key, head->seq) || holds(*reader, key, kept + 1))) {
        return fail(ErrorCode::conflict,
                    fmt::format("the journal goes to event {}, of which the salvage has {}", head->seq, kept));
    }
    return {};
}

Expected<void> set_aside(const std::filesystem::path &journal, const ChainId &chain) {
    const auto aside = journal.parent_path() / fmt::format("journal.before-{}.db", chain.str());
    for (const std::string_view suffix : kLogFirst) {
        const std::string from = journal.string() + std::string(suffix), to = aside.string() + std::string(suffix);
        if (file_system().rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT) {
            return tl::unexpected<Error>(error_from_errno(errno, "rename " + from));
        }
    }
    return fsync_directory(journal.parent_path());
}

/// A salvage has no log, so it is read as what it is for the moment: a plain file.
Expected<Description> check(const std::filesystem::path &waiting, const std::filesystem::path &journal,
                            const identity::PublicKey &key) {
    auto verification = verify_journal(waiting, std::nullopt, &key);
    if (!verification) {
        return tl::unexpected<Error>(verification.error());
    }
    if (verification->first_bad) {
        return tl::unexpected<Error>(verification->first_bad->error);
    }
    auto reader = JournalReader::open(waiting);
    if (!reader) {
        return tl::unexpected<Error>(reader.error());
    }
    const auto former = reader->former_chains();
    if (!former || former->empty()) {
        return former ? fail(ErrorCode::corrupt, "it names no earlier chain") : tl::unexpected<Error>(former.error());
    }
    if (auto newer = check_nothing_newer(journal, *reader, *former, key); !newer) {
        return tl::unexpected<Error>(newer.error());
    }
    return reader->description();
}

} // namespace

Expected<bool> adopt_salvage(const std::filesystem::path &directory, const identity::PublicKey &key) {
    const auto waiting = directory / kSalvagedName, journal = directory / "journal.db";
    std::error_code ignored;
    if (!std::filesystem::exists(waiting, ignored)) {
        return false;
    }
    const auto lock = LockFile::acquire(journal.string() + ".lock");
    if (!lock) {
        return fail(lock, "adopt a salvage");
    }
    const auto description = check(waiting, journal, key);
    if (!description) {
        return fail(description, "adopt " + waiting.string());
    }
    if (const auto kept = set_aside(journal, description->chain); !kept) {
        return fail(kept, "adopt a salvage");
    }
    if (file_system().rename(waiting.c_str(), journal.c_str()) != 0) {
        return tl::unexpected<Error>(error_from_errno(errno, "rename " + waiting.string()));
    }
    if (const auto durable = fsync_directory(directory); !durable) {
        return fail(durable, "adopt a salvage");
    }
    return true;
}

Expected<void> begin_new_chain(const std::filesystem::path &directory, const identity::PublicKey &key) {
    SalvageOptions options;
    options.journal = directory / "journal.db";
    options.destination = directory / kSalvagedName;
    options.public_key_pem = key.pem();
    options.why = "rolled_back";
    const auto written = salvage(options);
    if (!written && written.error().code == ErrorCode::not_found) { // nothing is in it that could be taken over
        const auto lock = LockFile::acquire(options.journal.string() + ".lock");
        return lock ? set_aside(options.journal, ChainId(Uuid::v4().str())) : tl::unexpected<Error>(lock.error());
    }
    if (!written) {
        return fail(written, "begin a new chain");
    }
    const auto adopted = adopt_salvage(directory, key);
    return adopted ? Expected<void>() : tl::unexpected<Error>(adopted.error());
}

} // namespace xueshi::journal
