#include "firmware/fingerprint/uart/prints.hpp"

#include <algorithm>
#include <optional>

namespace xueshi::fingerprint::uart {
namespace {

constexpr std::uint8_t kMarkPage = 15; // the last: other programs begin with the first
constexpr std::string_view kMarkBegins = "xueshi";
constexpr std::size_t kMarkBytes = 8;
constexpr std::uint8_t kSpare = 2; // buffer

bool is_mark(const Bytes &note) {
    return as_text(note).starts_with(kMarkBegins);
}

std::string name_of(const Bytes &note) {
    return hex(ByteView(note).subspan(kMarkBegins.size(), kMarkBytes));
}

bool is_gone(const Error &error) {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
}

/// What lies at a page; nothing: no template.
Expected<std::optional<Sha256>> digest_at(Module &module, std::uint16_t page) {
    if (const auto loaded = module.load(kSpare, page); !loaded) {
        return loaded.error().code == ErrorCode::not_found ? Expected<std::optional<Sha256>>(std::nullopt)
                                                           : tl::unexpected(loaded.error());
    }
    const auto bytes = module.read_template(kSpare);
    return bytes ? Expected<std::optional<Sha256>>(sha256(*bytes)) : tl::unexpected(bytes.error());
}

} // namespace

Expected<std::string> mark_of(Module &module) {
    auto note = module.read_note(kMarkPage);
    if (note && !is_mark(*note)) {
        Bytes mark(kMarkBegins.begin(), kMarkBegins.end());
        const Bytes random = random_bytes(kMarkBytes);
        mark.insert(mark.end(), random.begin(), random.end());
        const auto written = module.write_note(kMarkPage, mark);
        note = written ? module.read_note(kMarkPage) : tl::unexpected(written.error());
    }
    if (!note && is_gone(note.error())) {
        return tl::unexpected(note.error());
    }
    return note && is_mark(*note) ? name_of(*note) : "0";
}

/// That another print lies there is a grave thing to say: only when it was read twice.
Expected<bool> holds(Module &module, const Place &place) {
    const auto first = digest_at(module, place.page);
    const bool other = first && *first && **first != place.digest;
    const auto digest = other ? digest_at(module, place.page) : first;
    if (!digest || !other) {
        return digest ? Expected<bool>(first->has_value()) : tl::unexpected(digest.error());
    }
    if (*digest && **digest != place.digest && *digest != *first) {
        return fail(ErrorCode::io, "the fingerprint module gives another template each time");
    }
    return *digest && **digest == place.digest;
}

Expected<Place> keep_model(Module &module) {
    const auto page = module.free_page();
    if (!page) {
        return tl::unexpected(page.error());
    }
    if (const auto stored = module.store(1, *page); !stored) {
        return tl::unexpected(stored.error());
    }
    const auto first = digest_at(module, *page);
    const auto again = first ? digest_at(module, *page) : first;
    if (again && *first && *first == *again) {
        return Place{*page, **first};
    }
    if (const auto erased = module.erase(*page, 1); !erased) {
        return tl::unexpected(erased.error());
    }
    return again ? fail(ErrorCode::unsupported, "this fingerprint module does not give back what it stored")
                 : tl::unexpected(again.error());
}

Expected<void> forget(Module &module, const Place &place) {
    const auto there = holds(module, place);
    if (!there || !*there) {
        return there ? Expected<void>() : tl::unexpected(there.error());
    }
    if (const auto erased = module.erase(place.page, 1); !erased) {
        return erased;
    }
    const auto still = holds(module, place);
    if (still && *still) {
        return fail(ErrorCode::io, "the fingerprint module said that a print is erased, and has it still");
    }
    return still ? Expected<void>() : tl::unexpected(still.error());
}

} // namespace xueshi::fingerprint::uart
