#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmware/core/base/error.hpp"
#include "firmware/fingerprint/uart/packet.hpp"
#include "firmware/fingerprint/uart/protocol.hpp"

namespace xueshi::fingerprint::uart {

struct Parameters {
    std::uint16_t status = 0, system = 0; ///< system: which module this is
    std::uint16_t capacity = 0;           ///< templates
    std::uint16_t security = 0;           ///< 1 lenient .. 5 strict
    std::uint32_t address = kAnyAddress;
    std::uint16_t packet_bytes = 128; ///< of template data
    std::uint32_t baud = 57600;
};

struct Found {
    std::uint16_t page = 0, score = 0;
};

enum class Colour : std::uint8_t { red = 1, blue = 2, purple = 3 };
enum class Light : std::uint8_t { breathing = 1, flashing = 2, on = 3, off = 4 };

struct ModuleOptions {
    std::string device; ///< "/dev/ttyS1"
    unsigned baud = 57600;
    std::uint32_t password = 0, address = kAnyAddress;
    std::chrono::milliseconds patience{1000}; ///< for an answer; a search through a full store takes most of it
    int tries = 3;                            ///< a packet that the line spoilt is sent again
};

/// One module on a serial line. Thread-bound; every call waits for the module's answer, at most tries x patience.
/// Errors: unavailable when the module is gone, timeout when it does not answer, denied for a wrong password, no_space
/// for a full store, not_found, unsupported for what it does not know, io for what it refuses.
class Module {
public:
    /// Opens the line and shows the password.
    static Expected<std::unique_ptr<Module>> open(const ModuleOptions &options);
    virtual ~Module() = default;

    virtual const Parameters &parameters() const = 0; ///< as read when opened
    virtual Expected<Parameters> read_parameters() = 0;

    /// False: no finger lies there.
    virtual Expected<bool> take_image() = 0;
    /// Features of the picture into buffer 1 or 2; the confirmation says whether the finger was good enough.
    virtual Expected<Confirmation> extract(std::uint8_t buffer) = 0;
    /// Both buffers into one template; not_the_same_finger is no error.
    virtual Expected<Confirmation> make_model() = 0;
    virtual Expected<void> store(std::uint8_t buffer, std::uint16_t page) = 0;
    virtual Expected<void> load(std::uint8_t buffer, std::uint16_t page) = 0;
    virtual Expected<std::optional<Found>> search(std::uint8_t buffer, std::uint16_t first, std::uint16_t count) = 0;
    virtual Expected<void> erase(std::uint16_t first, std::uint16_t count) = 0;
    virtual Expected<void> empty() = 0;
    virtual Expected<std::uint16_t> template_count() = 0;
    /// The first page that holds nothing; no_space when there is none.
    virtual Expected<std::uint16_t> free_page() = 0;

    /// The notepad: sixteen pages of 32 bytes that outlast a power cut.
    static constexpr std::size_t kNoteBytes = 32;
    virtual Expected<Bytes> read_note(std::uint8_t page) = 0;
    virtual Expected<void> write_note(std::uint8_t page, ByteView note) = 0;

    /// A template out of a buffer, and back into one. Limit: 4 KiB.
    virtual Expected<Bytes> read_template(std::uint8_t buffer) = 0;
    virtual Expected<void> write_template(std::uint8_t buffer, ByteView bytes) = 0;

    /// The ring of the R503; unsupported on the others.
    virtual Expected<void> light(Light light, Colour colour) = 0;
};

} // namespace xueshi::fingerprint::uart
