#include "firmware/core/journal/salvage/adopt.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/identity/chain.hpp"
#include "firmware/core/journal/verify.hpp"
#include "firmware/core/record/bodies.hpp"

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
    return identity::check_event(key, description.device, description.chain, events->front()).has_value();
}

/// Why the journal that is still there is better than what the salvage made of it; empty: it is not. An event that is
/// damaged is nothing that it knows: its place may be readable while its body is not.
std::string why_refused(const std::filesystem::path &journal, const ChainId &salvaged,
                        const std::vector<FormerChain> &former, const identity::PublicKey &key) {
    auto reader = JournalReader::open(journal);
    if (!reader) {
        return {}; // it is damaged: that is why there is a salvage
    }
    const ChainId &chain = reader->description().chain;
    if (chain == salvaged) {
        return "the journal already is the salvaged one";
    }
    const auto head = reader->head();
    const auto known = std::ranges::find(former, chain, [](const FormerChain &one) { return one.description.chain; });
    const record::Sequence kept = known == former.end() ? 0 : known->head.seq;
    if (head && head->seq > kept && (holds(*reader, key, head->seq) || holds(*reader, key, kept + 1))) {
        return fmt::format("the journal goes to event {}, of which the salvage has {}", head->seq, kept);
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

struct Judged {
    ChainId chain;       ///< the salvage's new one
    std::string refused; ///< why the journal is better; empty: it is not
};

/// A salvage has no log, so it is read as what it is for the moment: a plain file.
Expected<Judged> judge(const std::filesystem::path &waiting, const std::filesystem::path &journal,
                       const identity::PublicKey &key) {
    auto verification = verify_journal(waiting, std::nullopt, &key);
    if (!verification) {
        return tl::unexpected<Error>(verification.error());
    }
    if (verification->first_bad) {
        return tl::unexpected<Error>(verification->first_bad->error);
    }
    if (verification->former.empty()) {
        return fail(ErrorCode::corrupt, "it names no earlier chain");
    }
    const ChainId &chain = verification->description.chain;
    return Judged{chain, why_refused(journal, chain, verification->former, key)};
}

Expected<void> rename_durably(const std::filesystem::path &from, const std::filesystem::path &to) {
    if (file_system().rename(from.c_str(), to.c_str()) != 0) {
        return tl::unexpected<Error>(error_from_errno(errno, "rename " + from.string()));
    }
    return fsync_directory(to.parent_path());
}

/// Under the lock. False: the journal is better, and the salvage is out of the way.
Expected<bool> adopt(const std::filesystem::path &waiting, const std::filesystem::path &journal,
                     const identity::PublicKey &key) {
    const auto judged = judge(waiting, journal, key);
    if (!judged) {
        return tl::unexpected<Error>(judged.error());
    }
    if (!judged->refused.empty()) {
        log::error("salvage_refused", {{"why", judged->refused}, {"kept_as", kRefusedName}});
        return rename_durably(waiting, waiting.parent_path() / kRefusedName).map([] { return false; });
    }
    return set_aside(journal, judged->chain).and_then([&] { return rename_durably(waiting, journal); }).map([] {
        return true;
    });
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
    auto adopted = adopt(waiting, journal, key);
    return adopted ? adopted : fail(adopted, "adopt " + waiting.string());
}

Expected<void> begin_new_chain(const std::filesystem::path &directory, const identity::PublicKey &key) {
    SalvageOptions options;
    options.journal = directory / "journal.db";
    options.destination = directory / kSalvagedName;
    options.public_key_pem = key.pem();
    options.why = record::kRolledBack;
    const auto written = salvage(options);
    if (!written && written.error().code == ErrorCode::not_found) { // nothing is in it that could be taken over
        const auto lock = LockFile::acquire(options.journal.string() + ".lock");
        return lock ? set_aside(options.journal, ChainId(Uuid::v4().str())) : tl::unexpected<Error>(lock.error());
    }
    if (!written) {
        return fail(written, "begin a new chain");
    }
    const auto adopted = adopt_salvage(directory, key);
    if (!adopted) {
        return tl::unexpected<Error>(adopted.error());
    }
    return *adopted ? Expected<void>() : fail(ErrorCode::corrupt, "not all that the journal has could be taken over");
}

} // namespace xueshi::journal
