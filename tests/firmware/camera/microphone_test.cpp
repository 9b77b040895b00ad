#include <doctest/doctest.h>

#include <cstdlib>

#include "firmware/camera/microphone.hpp"
#include "tests/support/sound.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

TEST_CASE("microphone: sound comes as AAC frames in step with the clock, and with its level") {
    const auto clock = make_system_clock(TimeSource::host);
    const auto before = clock->now();
    test::SoundReceiver receiver;
    camera::SoundOptions options;
    options.kind = camera::SoundKind::test;
    auto microphone = camera::Microphone::create(options, *clock);
    REQUIRE(microphone.has_value());
    REQUIRE((*microphone)->start(receiver.callbacks()).has_value());
    REQUIRE(receiver.wait_for_units(60));
    REQUIRE(receiver.wait_for_levels(5));
    (*microphone)->stop();
    const auto after = clock->now();
    const auto units = receiver.units();
    for (std::size_t i = 0; i < units.size(); ++i) {
        REQUIRE(units[i].data.size() > 7);
        CHECK(units[i].data[0] == 0xFF); // ADTS syncword
        CHECK((units[i].data[1] & 0xF6) == 0xF0);
        CHECK(units[i].captured.boot_ms >= before.boot_ms);
        CHECK(units[i].captured.boot_ms <= after.boot_ms);
        if (i > 0) {
            CHECK(std::abs(units[i].pts_ns - units[i - 1].pts_ns - units[i].duration_ns) < 1'000'000);
        }
    }
    // A sine of a fifth of full scale: 20 log10(0.2 / sqrt 2).
    CHECK(receiver.levels().back().dbfs == doctest::Approx(-17.0).epsilon(0.02));
    CHECK(receiver.errors().empty());
    CHECK((*microphone)->driver() == "test");
}

TEST_CASE("microphone: digital silence is -100 dB, and a file that ends is a microphone that is lost") {
    const test::TemporaryDirectory directory;
    const auto clock = make_system_clock(TimeSource::host);
    test::write_wav(directory / "silence.wav", 1'000, 0);
    camera::SoundOptions options;
    options.kind = camera::SoundKind::file;
    options.file = directory / "silence.wav";
    test::SoundReceiver receiver;
    auto microphone = std::move(*camera::Microphone::create(options, *clock));
    REQUIRE(microphone->start(receiver.callbacks()).has_value());
    REQUIRE(receiver.wait_for_errors(1));
    microphone->stop();
    CHECK(receiver.errors()[0].code == ErrorCode::unavailable);
    REQUIRE(receiver.levels().size() > 5);
    for (const auto &level : receiver.levels()) {
        CHECK(level.dbfs == -100);
    }
}

TEST_CASE("microphone: sound of any rate and channels keeps its pitch and its loudness") {
    const test::TemporaryDirectory directory;
    const auto clock = make_system_clock(TimeSource::host);
    for (const auto &[rate, channels] : {std::pair{8'000u, 1u}, {11'025u, 2u}, {16'000u, 1u}, {44'100u, 2u}}) {
        CAPTURE(rate);
        test::write_wav(directory / "tone.wav", 2'500, 8'000, rate, channels);
        camera::SoundOptions options;
        options.kind = camera::SoundKind::file;
        options.file = directory / "tone.wav";
        test::SoundReceiver receiver;
        auto microphone = std::move(*camera::Microphone::create(options, *clock));
        REQUIRE(microphone->start(receiver.callbacks()).has_value());
        REQUIRE(receiver.wait_for_units(100));
        microphone->stop();
        CHECK(test::heard_hz(receiver.units()) == doctest::Approx(440).epsilon(0.02));
        const auto levels = receiver.levels();
        REQUIRE(levels.size() > 2);
        CHECK(levels[levels.size() / 2].dbfs == doctest::Approx(-15.3).epsilon(0.05));
    }
}

TEST_CASE("F07: a microphone that is not there is an error") {
    const auto clock = make_system_clock(TimeSource::host);
    camera::SoundOptions options;
    options.device = "hw:CARD=none";
    auto usb = camera::Microphone::create(options, *clock);
    REQUIRE(usb.has_value());
    test::SoundReceiver receiver;
    if (const auto started = (*usb)->start(receiver.callbacks()); started.has_value()) {
        CHECK(receiver.wait_for_errors(1));
    }
    CHECK((*usb)->driver() == "alsa");
    options.kind = camera::SoundKind::file;
    CHECK(camera::Microphone::create(options, *clock).error().code == ErrorCode::invalid_argument);
    options.file = "/nonexistent.wav";
    auto file = std::move(*camera::Microphone::create(options, *clock));
    const auto started = file->start(receiver.callbacks());
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error().code == ErrorCode::not_found);
}

TEST_CASE("microphone: what is no sound device is refused") {
    const auto clock = make_system_clock(TimeSource::host);
    camera::SoundOptions options;
    options.bitrate_kbit = 8;
    CHECK(camera::Microphone::create(options, *clock).error().code == ErrorCode::invalid_argument);
    CHECK_FALSE(camera::parse_sound_kind("pulse").has_value());
    CHECK(camera::parse_sound_kind("alsa") == camera::SoundKind::alsa);
}
