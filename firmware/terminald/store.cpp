#include "firmware/terminald/store.hpp"

#include "firmware/core/base/file.hpp"
#include "firmware/core/identity/seal.hpp"

namespace xueshi::terminald {

namespace {

Expected<checkin::History> read_history(const std::filesystem::path &journal) {
    auto reader = journal::JournalReader::open(journal);
    if (!reader) {
        return fail(reader, "open the journal for reading");
    }
    return checkin::History::read(*reader);
}

} // namespace

Expected<Store> Store::open(const std::filesystem::path &directory) {
    if (auto made = make_directory(directory); !made) {
        return fail(made, "state.directory");
    }
    if (auto made = make_directory(directory / "media"); !made) {
        return fail(made, "media directory");
    }
    Store store;
    auto signer = identity::open_or_create_signer(directory / "signing.key");
    if (!signer) {
        return fail(signer, "signing key");
    }
    store.signer = std::move(*signer);
    auto sealing_key = identity::open_or_create_sealing_key(directory / "sealing.key");
    if (!sealing_key) {
        return fail(sealing_key, "sealing key");
    }
    auto journal = journal::JournalWriter::open(directory / "journal.db", *store.signer);
    if (!journal) {
        return fail(journal, "journal");
    }
    store.journal = std::move(*journal);
    auto gallery = gallery::Gallery::open(directory / "gallery.db", *sealing_key, store.journal->description().device);
    if (!gallery) {
        return fail(gallery, "gallery");
    }
    store.gallery = std::move(*gallery);
    auto history = read_history(directory / "journal.db");
    if (!history) {
        return tl::unexpected(history.error());
    }
    store.history = std::move(*history);
    return store;
}

} // namespace xueshi::terminald
