#pragma once

#include <algorithm>
#include <stdexcept>
#include <variant>
#include <vector>

#include "firmware/camera/camera.hpp"
#include "firmware/camera/microphone.hpp"
#include "tests/support/camera_receiver.hpp"
#include "tests/support/sound.hpp"

namespace xueshi::test {

using FilmUnit = std::variant<camera::Unit, camera::SoundUnit>;

inline const Instant &captured(const FilmUnit &unit) {
    return std::visit([](const auto &value) -> const Instant & { return value.captured; }, unit);
}

inline constexpr std::size_t kPictures = 71; ///< seven seconds and the one that ends them
inline constexpr std::int64_t kSoundBeforeMs = 400;

/// Seven seconds of a test camera (640x360, 10 a second, the time burned in) and a test microphone, in order: real
/// units, made once.
inline const std::vector<FilmUnit> &classroom_film() {
    static const auto film = [] {
        const auto clock = make_system_clock(TimeSource::host);
        camera::Options options;
        options.kind = camera::Kind::test;
        options.width = 640;
        options.height = 360;
        options.frames_per_second = 10;
        camera::SoundOptions sound;
        sound.kind = camera::SoundKind::test;
        CameraReceiver pictures;
        SoundReceiver sounds;
        auto cam = std::move(*camera::Camera::create(options, *clock));
        auto microphone = std::move(*camera::Microphone::create(sound, *clock));
        camera::Overlay overlay;
        overlay.clock = ClockQuality::synchronised;
        cam->set_overlay(overlay);
        if (!microphone->start(sounds.callbacks()) || !cam->start(pictures.callbacks()) ||
            !pictures.wait_for_units(kPictures) || !sounds.wait_for_units(300)) {
            throw std::runtime_error("no film");
        }
        cam->stop();
        microphone->stop();
        std::vector<FilmUnit> units;
        for (auto &unit : pictures.units()) {
            units.emplace_back(std::move(unit));
        }
        for (auto &unit : sounds.units()) {
            units.emplace_back(std::move(unit));
        }
        std::ranges::stable_sort(units, {}, [](const FilmUnit &unit) { return captured(unit).boot_ms; });
        // However long the camera took to start, there is a little sound before it; and the 71st picture is the last.
        const auto first_ms = pictures.units().front().captured.boot_ms;
        const auto last_ms = pictures.units().at(kPictures - 1).captured.boot_ms;
        std::erase_if(units, [&](const FilmUnit &unit) {
            const auto at = captured(unit).boot_ms;
            return at < first_ms - kSoundBeforeMs || at > last_ms;
        });
        return units;
    }();
    return film;
}

} // namespace xueshi::test
