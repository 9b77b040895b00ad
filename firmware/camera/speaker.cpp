#include "firmware/camera/speaker.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "firmware/camera/gst/pipeline.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::camera {

namespace {

using std::chrono::milliseconds;

// One channel, 16 bits: what every word is brought to, so that a sentence goes to the device as one piece.
constexpr std::int64_t kRate = 48'000, kBytesASecond = 2 * kRate;
constexpr std::string_view kSound = "audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=48000";
constexpr auto kDecodeTimeout = milliseconds(5'000);
/// So soon a newer sentence is heard of.
constexpr auto kPiece = milliseconds(20);
/// What a device may be slower than the sound is long, before it is taken for stuck.
constexpr auto kSlack = milliseconds(5'000);

/// Whole: a few seconds of speech.
Expected<Bytes> decode(const std::filesystem::path &file) {
    auto decoding = gst::Pipeline::parse(fmt::format(
        "filesrc name=file ! decodebin ! audioconvert ! audioresample ! {} ! appsink name=sound sync=false", kSound));
    if (!decoding) {
        return tl::unexpected(decoding.error());
    }
    decoding->set_text("file", "location", file.string());
    if (auto started = decoding->play(); !started) {
        return tl::unexpected(started.error());
    }
    const auto out = decoding->element("sound");
    Bytes sound;
    while (sound.size() <= kLongestWordMs * kBytesASecond / 1'000) {
        const auto sample = gst::pull(*decoding, out, kDecodeTimeout);
        if (!sample) {
            return tl::unexpected(sample.error());
        }
        if (!*sample) {
            return sound;
        }
        const auto more = gst::bytes_of(*sample);
        sound.insert(sound.end(), more.begin(), more.end());
    }
    return fail(ErrorCode::too_large, "too long for a word");
}

Expected<gst::Pipeline> open_device(const std::string &device) {
    auto playing = gst::Pipeline::parse(fmt::format("appsrc name=sound format=time caps={} ! audioconvert ! "
                                                    "audioresample ! alsasink name=loudspeaker",
                                                    kSound));
    if (!playing) {
        return playing;
    }
    playing->set_text("loudspeaker", "device", device);
    if (auto started = playing->play(); !started) {
        return tl::unexpected(started.error());
    }
    return playing;
}

} // namespace

Speaker::Speaker(std::string device) : device_(std::move(device)) {
    gst::initialise(); // before there is a thread more
    thread_ = std::thread([this] { run(); });
}

Speaker::~Speaker() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Speaker::say(std::vector<std::filesystem::path> files, Said said) {
    std::optional<Sentence> replaced;
    {
        const std::lock_guard lock(mutex_);
        replaced = std::exchange(next_, Sentence{std::move(files), std::move(said)});
    }
    changed_.notify_one();
    if (replaced) {
        replaced->said(fail(ErrorCode::cancelled, "a newer sentence came before it"));
    }
}

void Speaker::run() {
    while (auto sentence = take()) {
        const auto spoken = speak(sentence->files);
        report(spoken);
        sentence->said(spoken);
    }
}

std::optional<Speaker::Sentence> Speaker::take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return next_ || ending_; });
    return std::exchange(next_, std::nullopt); // also at the end: it is told that it is cut off
}

bool Speaker::is_cut_off() {
    const std::lock_guard lock(mutex_);
    return next_ || ending_;
}

Expected<void> Speaker::speak(const std::vector<std::filesystem::path> &files) {
    const auto cut_off = fail(ErrorCode::cancelled, "a newer sentence cut it off");
    if (is_cut_off()) {
        return cut_off;
    }
    auto playing = open_device(device_);
    if (!playing) {
        return tl::unexpected(playing.error());
    }
    const auto in = playing->element("sound");
    std::int64_t length_ms = 0;
    for (const auto &file : files) { // the first is heard while the others are decoded
        const auto sound = decode(file);
        if (!sound) {
            return fail(sound, file.filename().string());
        }
        // Without a time: one that comes late on a busy board is to be heard whole all the same.
        if (auto pushed = gst::push(in, *sound); !pushed) {
            return pushed;
        }
        length_ms += static_cast<std::int64_t>(sound->size()) * 1'000 / kBytesASecond;
        if (is_cut_off()) {
            return cut_off;
        }
    }
    gst::end_stream(in);
    const auto latest = std::chrono::steady_clock::now() + milliseconds(length_ms) + kSlack;
    while (std::chrono::steady_clock::now() < latest) {
        const auto report = playing->wait(kPiece);
        if (report.outcome == gst::Pipeline::Outcome::ended) {
            return {};
        }
        if (report.outcome == gst::Pipeline::Outcome::failed) {
            return tl::unexpected(report.error);
        }
        if (is_cut_off()) {
            return cut_off;
        }
    }
    return fail(ErrorCode::timeout, "the device takes no sound");
}

/// Once until it works again.
void Speaker::report(const Expected<void> &spoken) {
    const bool cut_off = !spoken && spoken.error().code == ErrorCode::cancelled;
    if (cut_off || fails_ == !spoken) {
        return;
    }
    fails_ = !spoken;
    if (spoken) {
        log::info("loudspeaker_works_again", {{"device", device_}});
    } else {
        log::warning("loudspeaker_fails",
                     {{"device", device_}, log::Field(spoken.error()), {"next", "tried again with each prompt"}});
    }
}

} // namespace xueshi::camera
