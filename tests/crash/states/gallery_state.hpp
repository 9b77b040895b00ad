#pragma once

#include "firmware/gallery/gallery.hpp"
#include "tests/crash/states/script.hpp"

namespace xueshi::test::crash {

inline const std::string kGalleryModel = "model-1";
inline constexpr int kGalleryPersons = 4;

inline PersonId gallery_person(int number) {
    return PersonId("person-" + std::to_string(number));
}

inline Expected<GalleryState> look_at_gallery(gallery::Gallery &gallery) {
    GalleryState state;
    for (const char *factor : {"face", "finger"}) {
        const auto templates = gallery.load(factor, kGalleryModel);
        if (!templates) {
            return tl::unexpected<Error>(templates.error());
        }
        for (const gallery::StoredTemplate &stored : *templates) {
            state.insert(stored.person.str() + "|" + factor + "|" + stored.finger + "|" + hex(sha256(stored.bytes)));
        }
    }
    for (int i = 0; i < kGalleryPersons; ++i) {
        const auto consent = gallery.has_consent(gallery_person(i), "face");
        if (!consent) {
            return tl::unexpected<Error>(consent.error());
        }
        if (*consent) {
            state.insert(gallery_person(i).str() + "|consent");
        }
    }
    return state;
}

} // namespace xueshi::test::crash
