#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "firmware/core/base/error.hpp"
#include "firmware/core/base/unique_fd.hpp"
#include "firmware/fingerprint/uart/packet.hpp"
#include "firmware/fingerprint/uart/protocol.hpp"

namespace xueshi::fingerprint::uart {

/// A module that speaks the protocol byte for byte on a pseudo terminal: for trials and the demonstration without one.
/// Its fingers are numbers. Thread-safe.
class Simulator {
public:
    struct Options {
        std::uint32_t password = 0, address = kAnyAddress;
        std::uint16_t capacity = 200;
        bool ring = false;   ///< an R503
        bool notepad = true; ///< false: a module that does not know this order
    };
    /// What goes wrong, each until it has happened so often.
    struct Faults {
        int silent = 0;                                ///< answers not given
        int wrong_sum = 0;                             ///< answers whose sum is wrong
        int spoilt_data = 0;                           ///< packets of a template whose sum is wrong
        int noise = 0;                                 ///< packets with noise before them
        bool in_bytes = false;                         ///< every byte by itself
        bool doubled = false;                          ///< an answer to an older order before each
        std::vector<std::chrono::milliseconds> busy{}; ///< so long before each of the next answers
    };

    static Expected<std::unique_ptr<Simulator>> start(const Options &options);
    ~Simulator();

    const std::string &device() const { return device_; } ///< what ModuleOptions::device takes
    void lay(std::optional<int> finger, Confirmation quality = Confirmation::ok);
    void set_faults(const Faults &faults);
    void vanish(); ///< the line breaks; by whoever made it
    /// The module that vanished, with all that it stores, on another line: device() is new.
    Expected<void> come_back();
    /// As if somebody had stored a finger with another machine.
    void put(std::uint16_t page, int finger);
    std::size_t stored() const;
    std::size_t orders() const { return orders_; }

private:
    explicit Simulator(const Options &options) : options_(options) {}

    Expected<void> open_line();
    void run();
    void answer(const Packet &order);
    Bytes obey(ByteView order);
    Bytes take_image();
    Bytes search(ByteView order) const;
    Bytes parameters() const;
    Bytes index(std::uint8_t table) const;
    Bytes note(ByteView order);
    void send(const Packet &packet);
    void write_all(ByteView bytes) const;
    void take_data(const Packet &packet);

    Options options_;
    std::string device_;
    UniqueFd line_, other_end_; ///< the other end is kept open, so that a closed module may be opened again
    mutable std::mutex mutex_;
    Faults faults_;
    std::optional<int> finger_, image_;
    Confirmation quality_ = Confirmation::ok;
    std::map<int, Bytes> buffers_;         ///< templates in buffer 1 and 2
    std::map<std::uint16_t, Bytes> store_; ///< by page
    std::map<std::uint8_t, Bytes> notes_;
    int downloading_ = 0, uploading_ = 0; ///< buffer; 0: none
    Bytes incoming_;
    bool verified_ = false;
    std::atomic<bool> quit_{false};
    std::atomic<std::size_t> orders_{0};
    std::thread thread_;
};

} // namespace xueshi::fingerprint::uart
