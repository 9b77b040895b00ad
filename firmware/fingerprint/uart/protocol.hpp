#pragma once

#include <cstdint>
#include <string_view>

namespace xueshi::fingerprint::uart {

enum class Instruction : std::uint8_t {
    get_image = 0x01,
    image_to_characters = 0x02,
    search = 0x04,
    make_model = 0x05,
    store = 0x06,
    load = 0x07,
    upload = 0x08,   ///< module to host
    download = 0x09, ///< host to module
    erase = 0x0c,
    empty = 0x0d,
    read_parameters = 0x0f,
    verify_password = 0x13,
    write_notepad = 0x18,
    read_notepad = 0x19,
    template_count = 0x1d,
    read_index = 0x1f,
    led_ring = 0x35, ///< R503 only
};

enum class Confirmation : std::uint8_t {
    ok = 0x00,
    packet_error = 0x01,
    no_finger = 0x02,
    image_failed = 0x03,
    too_disorderly = 0x06,
    too_few_features = 0x07,
    no_match = 0x08,
    not_found = 0x09,
    not_the_same_finger = 0x0a,
    bad_page = 0x0b,
    bad_template = 0x0c,
    upload_failed = 0x0d,
    cannot_receive = 0x0e,
    image_upload_failed = 0x0f,
    erase_failed = 0x10,
    empty_failed = 0x11,
    wrong_password = 0x13,
    no_image = 0x15,
    flash_error = 0x18,
};

/// In words, for messages and logs.
std::string_view to_string(Confirmation confirmation);

} // namespace xueshi::fingerprint::uart
