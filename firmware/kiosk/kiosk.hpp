#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "firmware/control/server.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/kiosk/desk.hpp"
#include "firmware/kiosk/messages.hpp"
#include "firmware/kiosk/status.hpp"

namespace xueshi::kiosk {

struct Options {
    std::uint16_t port = 8470; ///< on 127.0.0.1; 0: chosen by the system
    std::filesystem::path web_directory = "/usr/share/xueshi/kiosk";
    std::filesystem::path pins_file;
    std::string lan_address; ///< where the local network's admin page is served; empty: nowhere
    std::uint16_t lan_port = 8471;
    std::vector<std::string> languages{"zh-CN", "ko", "en"};
    std::int64_t session_idle_s = 120;
    std::string version, device;
    bool speaks = false; ///< by a loudspeaker of the terminal's: the browser is told not to
    /// Of the preview; 0 frames: there is no kiosk camera.
    int preview_width = 0, preview_height = 0, preview_frames_per_second = 0;
    std::size_t pages = 4; ///< WebSockets at a time
};

/// The screen's server: the page's files, and one session a page that is open. Thread-bound to the loop, but for
/// `offer`, `watched` and `has_pages`.
class Kiosk {
public:
    /// All outlive the kiosk. `control` has the verbs that it shares; `kiosk_pin` is added there.
    struct Parts {
        boost::asio::io_context &context;
        const Clock &clock;
        control::Server &control;
        Desk &desk;
    };
    static std::unique_ptr<Kiosk> make(const Parts &parts, Options options);
    virtual ~Kiosk() = default;

    /// Error: unavailable when the port is taken; may be called again then.
    virtual Expected<void> listen() = 0;
    /// Listens, or logs why not, once for each reason; `tick` tries again.
    virtual void start() = 0;
    virtual std::uint16_t port() const = 0;     ///< 0: it does not listen
    virtual std::uint16_t lan_port() const = 0; ///< the same of the local network's page
    /// A page is open at the terminal: worth making pictures for. Thread-safe.
    virtual bool watched() const = 0;
    /// The same, or one in the local network: worth making a status for. Thread-safe.
    virtual bool has_pages() const = 0;
    virtual void show(const Status &status) = 0;
    virtual void show(const GuidanceShown &guidance) = 0;
    /// To those who test the devices only.
    virtual void show(const SoundShown &sound) = 0;
    virtual void show(const Recorded &recorded) = 0;
    virtual void show(const Refused &refused) = 0;
    /// Keeps the newest picture only; never waits. Thread-safe: the camera's thread calls it.
    virtual void offer(Picture picture) = 0;
    /// About once a second: ends logins that nobody uses, and listens where that failed before.
    virtual void tick() = 0;
    /// Closes all. Then run the loop out before destroying.
    virtual void stop() = 0;
};

} // namespace xueshi::kiosk
