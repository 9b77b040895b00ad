#include "firmware/terminald/roster_source.hpp"

#include "firmware/core/base/file.hpp"

namespace xueshi::terminald {

namespace {

constexpr std::uint64_t kMaxKeyBytes = 8'192;
// The payload is escaped once more inside the document.
constexpr std::uint64_t kMaxDocumentBytes = 2 * roster::kMaxRosterBytes + 4'096;

} // namespace

Expected<std::shared_ptr<const roster::Roster>> RosterSource::read() {
    const auto pem = read_file(directory_ / "registry_key.pem", kMaxKeyBytes);
    if (!pem) {
        return fail(pem, "registry's key");
    }
    const auto key = identity::PublicKey::from_pem(*pem);
    if (!key) {
        return fail(key, "registry's key");
    }
    const auto text = read_file(directory_ / "roster.json", kMaxDocumentBytes);
    if (!text) {
        return fail(text, "roster");
    }
    const auto document = identity::read_document(*text, kMaxDocumentBytes);
    if (!document) {
        return fail(document, "roster");
    }
    auto roster = roster::open_roster(*key, *document);
    if (!roster) {
        return fail(roster, "roster");
    }
    if (roster->device != device_) {
        return fail(ErrorCode::denied, "roster: it was made for device " + roster->device.str());
    }
    if (roster->as_of_ms < newest_ms_) {
        return fail(ErrorCode::conflict, "roster: it is older than the one in use");
    }
    newest_ms_ = roster->as_of_ms;
    return std::make_shared<const roster::Roster>(std::move(*roster));
}

} // namespace xueshi::terminald
