#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"

namespace xueshi::camera {

inline constexpr std::int64_t kLongestWordMs = 30'000;

/// The loudspeaker, in a thread of its own: one sentence at a time, the newest cuts off the last. A device that is
/// missing or busy is logged once and tried again with each sentence. Thread-safe.
class Speaker {
public:
    /// How it ended: `cancelled` by a newer one or the end of the speaker, else what file or device said. Called once a
    /// sentence, from any thread: hand over and return.
    using Said = std::function<void(const Expected<void> &)>;

    /// `device`: as aplay names it.
    explicit Speaker(std::string device);
    Speaker(const Speaker &) = delete;
    Speaker &operator=(const Speaker &) = delete;
    /// Cuts off what is being said.
    ~Speaker();

    /// Plays the files one after the other, whatever GStreamer decodes, each kLongestWordMs at most. Never waits.
    void say(std::vector<std::filesystem::path> files, Said said);

private:
    struct Sentence {
        std::vector<std::filesystem::path> files;
        Said said;
    };
    void run();
    std::optional<Sentence> take();
    bool is_cut_off();
    Expected<void> speak(const std::vector<std::filesystem::path> &files);
    void report(const Expected<void> &spoken);

    const std::string device_;
    bool fails_ = false; ///< of the own thread
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Sentence> next_;
    bool ending_ = false;
    std::thread thread_; ///< last: it uses all of these
};

} // namespace xueshi::camera
