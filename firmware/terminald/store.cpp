#include "firmware/terminald/store.hpp"

#include <chrono>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/service.hpp"
#include "firmware/core/identity/seal.hpp"
#include "firmware/core/identity/tpm_key.hpp"
#include "firmware/core/journal/salvage/adopt.hpp"

namespace xueshi::terminald {

namespace {

/// What to do about a damage is said where it is found.
tl::unexpected<Error> advise(Error error) {
    error.message += error.code == ErrorCode::corrupt ? " (run: xueshictl salvage, then start again)" : "";
    return tl::unexpected(std::move(error));
}

/// The whole journal, once for everyone who needs it: a damage in its middle shows here. Gives the gallery's ledger.
Expected<gallery::Ledger> read_journal(const std::filesystem::path &path, Store &store) {
    auto reader = journal::JournalReader::open(path);
    if (!reader) {
        return fail(reader, "open the journal for reading");
    }
    auto ledger = begin_ledger(*reader);
    if (!ledger) {
        return advise(ledger.error());
    }
    auto history = checkin::History::read(*reader, [&](const record::EventBody &body) {
        store.commands.note(body);
        ledger->feed(body);
    });
    if (!history) {
        return advise(history.error());
    }
    store.history = std::move(*history);
    return ledger;
}

Expected<std::unique_ptr<identity::Signer>> open_signer(const Settings &settings) {
    const auto path = settings.state_directory / "signing.key";
    return settings.identity_key == "tpm" ? identity::open_or_create_tpm_signer(path, settings.identity_tpm)
                                          : identity::open_or_create_signer(path, settings.suite);
}

Expected<identity::SealingKey> open_sealing_key(const Settings &settings) {
    const auto path = settings.state_directory / "sealing.key";
    return settings.identity_key == "tpm" ? identity::open_or_create_tpm_sealing_key(path, settings.identity_tpm)
                                          : identity::open_or_create_sealing_key(path);
}

/// A journal whose end is damaged is not written on.
Expected<std::unique_ptr<journal::JournalWriter>> open_journal(const std::filesystem::path &directory,
                                                               const std::filesystem::path &sync,
                                                               const identity::Signer &signer) {
    const auto key = identity::PublicKey::from_pem(signer.public_key_pem());
    if (!key) {
        return tl::unexpected(key.error());
    }
    if (const auto restored = restore_continuity(directory, sync, *key); !restored) {
        return tl::unexpected(restored.error());
    }
    auto journal = journal::JournalWriter::open(directory / "journal.db", signer, journal::kReserve);
    return journal ? std::move(journal) : advise(journal.error());
}

/// Years of records take minutes from a slow card, more when a salvage is taken over: a start that is at work is no
/// wedged one.
void tell_how_long(const std::filesystem::path &directory) {
    constexpr std::chrono::seconds kUsually{300}, kPerMib{1}; // several times what a small board needs
    std::uintmax_t bytes = 0;
    for (const auto name : {std::string_view("journal.db"), journal::kSalvagedName}) {
        std::error_code missing;
        const auto size = std::filesystem::file_size(directory / name, missing);
        bytes += missing ? 0 : size;
    }
    service::starting(kUsually + kPerMib * (bytes >> 20));
}

} // namespace

Expected<Store> Store::open(const Settings &settings) {
    const auto &directory = settings.state_directory;
    const auto &sync = settings.sync_directory;
    if (auto made = make_directory(directory); !made) {
        return fail(made, "state.directory");
    }
    if (auto made = make_directory(directory / "media"); !made) {
        return fail(made, "media directory");
    }
    tell_how_long(directory);
    Store store;
    const auto sealing_key = open_sealing_key(settings);
    if (!sealing_key) {
        return fail(sealing_key, "sealing key");
    }
    auto signer = open_signer(settings); // after: it keeps the way to the TPM, which may let in one at a time
    if (!signer) {
        return fail(signer, "signing key");
    }
    store.signer = std::move(*signer);
    auto journal = open_journal(directory, sync, *store.signer);
    if (!journal) {
        return fail(journal, "journal");
    }
    store.journal = std::move(*journal);
    auto continuity = continuity_of(directory, sync);
    if (!continuity) {
        return tl::unexpected(continuity.error());
    }
    store.continuity = std::move(*continuity);
    const auto ledger = read_journal(directory / "journal.db", store);
    if (!ledger) {
        return tl::unexpected(ledger.error());
    }
    auto gallery = open_gallery(directory, *sealing_key, *store.journal, *ledger, store.continuity.alarm);
    if (!gallery) {
        return tl::unexpected(gallery.error());
    }
    store.gallery = std::move(*gallery);
    return store;
}

} // namespace xueshi::terminald
