#include "firmware/camera/speaker.hpp"

#include <doctest/doctest.h>

#include <chrono>

#include "tests/support/captured_log.hpp"
#include "tests/support/loudspeaker.hpp"
#include "tests/support/receiver.hpp"
#include "tests/support/sound.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using camera::Speaker;

namespace {

/// How sentences ended, in that order; an empty text is one that was said.
class Ends {
public:
    Speaker::Said keep() {
        return [this](const Expected<void> &said) {
            received_.keep(said ? std::string() : std::string(to_string(said.error().code)));
        };
    }
    std::vector<std::string> wait_for(std::size_t count) {
        REQUIRE(received_.wait_for(count));
        return received_.copy();
    }

private:
    test::Received<std::string> received_;
};

} // namespace

TEST_CASE("speaker: the words of a sentence are heard from the ALSA device") {
    const test::TemporaryDirectory directory;
    test::Loudspeaker loudspeaker(directory.path());
    // Other rates and channels, as a recorded human voice may have them.
    test::write_wav(directory / "one.wav", 1'000, 8'000);
    test::write_wav(directory / "two.wav", 1'000, 16'000, 22'050, 2);
    Ends ends;
    Speaker speaker("loudspeaker");
    speaker.say({directory / "one.wav"}, ends.keep());
    CHECK(ends.wait_for(1)[0].empty());
    CHECK(loudspeaker.take_loudest() == doctest::Approx(8'000).epsilon(0.02));
    speaker.say({directory / "one.wav", directory / "two.wav"}, ends.keep());
    CHECK(ends.wait_for(2)[1].empty());
    CHECK(loudspeaker.take_loudest() == doctest::Approx(16'000).epsilon(0.02));
}

TEST_CASE("speaker: the newest sentence cuts off the last, the end of the speaker any") {
    const test::TemporaryDirectory directory;
    test::Loudspeaker loudspeaker(directory.path());
    test::write_wav(directory / "long.wav", 25'000, 8'000);
    test::write_wav(directory / "short.wav", 100, 8'000);
    const std::vector<std::filesystem::path> much(20, directory / "long.wav");
    Ends ends;
    {
        Speaker speaker("loudspeaker");
        speaker.say(much, ends.keep());
        speaker.say(much, ends.keep());
        speaker.say({directory / "short.wav"}, ends.keep());
        CHECK(ends.wait_for(3) == std::vector<std::string>{"cancelled", "cancelled", ""});
        speaker.say(much, ends.keep());
    }
    CHECK(ends.wait_for(4)[3] == "cancelled");
}

TEST_CASE("speaker: a device that is missing holds nobody up, is logged once, and is tried again with each sentence") {
    const test::TemporaryDirectory directory;
    test::write_wav(directory / "word.wav", 100, 8'000);
    Ends ends;
    const test::CapturedLog log;
    Speaker speaker("hw:CARD=none");
    for (std::size_t i = 1; i <= 3; ++i) {
        const auto before = std::chrono::steady_clock::now();
        speaker.say({directory / "word.wav"}, ends.keep());
        CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(1));
        CHECK_FALSE(ends.wait_for(i)[i - 1].empty());
    }
    CHECK(log.count("warning loudspeaker_fails") == 1);
}

TEST_CASE("speaker: a device that comes is heard, and logged") {
    const test::TemporaryDirectory directory;
    test::write_wav(directory / "word.wav", 1'000, 8'000);
    Ends ends;
    const test::CapturedLog log;
    {
        Speaker speaker("loudspeaker");
        speaker.say({directory / "word.wav"}, ends.keep());
        CHECK_FALSE(ends.wait_for(1)[0].empty());
        test::Loudspeaker loudspeaker(directory.path());
        speaker.say({directory / "word.wav"}, ends.keep());
        CHECK(ends.wait_for(2)[1].empty());
        CHECK(loudspeaker.take_loudest() > 7'000);
    }
    CHECK(log.count("warning loudspeaker_fails") == 1);
    CHECK(log.count("info loudspeaker_works_again") == 1);
}

TEST_CASE("speaker: a file that is none, is no sound, or is too long for a word is told") {
    const test::TemporaryDirectory directory;
    test::Loudspeaker loudspeaker(directory.path());
    std::ofstream(directory / "text.ogg") << "no sound at all";
    test::write_wav(directory / "endless.wav", 31'000, 8'000);
    Ends ends;
    Speaker speaker("loudspeaker");
    speaker.say({directory / "none.ogg"}, ends.keep());
    CHECK(ends.wait_for(1)[0] == "not_found");
    speaker.say({directory / "text.ogg"}, ends.keep());
    CHECK_FALSE(ends.wait_for(2)[1].empty());
    speaker.say({directory / "endless.wav"}, ends.keep());
    CHECK(ends.wait_for(3)[2] == "too_large");
}
