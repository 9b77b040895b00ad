#include <doctest/doctest.h>
#include <glib.h>

#include "firmware/fingerprint/libfprint/print.hpp"

using namespace xueshi;
using namespace xueshi::fingerprint;

namespace {

/// As fp_print_serialize writes it; `data` is GVariant text of the last member.
Bytes serialised(const std::string &data) {
    const std::string text =
        "(int32 2, 'virtual_image', '0', false, byte 0, @ms nothing, @ms nothing, int32 0, @a{sv} {}, <" + data + ">)";
    GError *error = nullptr;
    GVariant *variant = g_variant_parse(nullptr, text.c_str(), nullptr, nullptr, &error);
    REQUIRE_MESSAGE(variant != nullptr, error->message);
    Bytes bytes{'F', 'P', '3'};
    const auto *start = static_cast<const std::uint8_t *>(g_variant_get_data(variant));
    bytes.insert(bytes.end(), start, start + g_variant_get_size(variant));
    g_variant_unref(variant);
    return bytes;
}

} // namespace

TEST_CASE("serialised print: x, y and theta of each impression, angles in 0..359") {
    const auto impressions =
        parse_serialized_print(serialised("@(a(aiaiai)) ([([10, 20], [30, 40], [-90, 180]), ([1], [2], [3])],)"));
    REQUIRE(impressions);
    CHECK(*impressions == std::vector<Impression>{{{10, 30, 270}, {20, 40, 180}}, {{1, 2, 3}}});
}

TEST_CASE("serialised print: other contents are refused") {
    for (const char *data :
         {"@(a(aiaiai)) ([],)", "@(a(aiaiai)) ([([1, 2], [3], [4, 5])],)", "@(a(aiaiai)) ([([-1], [3], [4])],)",
          "@(a(aiaiai)) ([([1], [5001], [4])],)", "'chip data'"}) {
        const auto impression = parse_serialized_print(serialised(data));
        REQUIRE_FALSE(impression);
        CHECK(impression.error().code == ErrorCode::corrupt);
    }
    CHECK_FALSE(parse_serialized_print({}));
    CHECK_FALSE(parse_serialized_print(as_bytes("FP2xxxx")));
    CHECK_FALSE(parse_serialized_print(as_bytes("FP3" + std::string(65 * 1024, 'x'))));
}

TEST_CASE("serialised print: shortened or flipped bytes do no harm") {
    const Bytes whole = serialised("@(a(aiaiai)) ([([10, 20], [30, 40], [50, 60])],)");
    for (std::size_t i = 0; i < whole.size(); ++i) {
        (void)parse_serialized_print(ByteView(whole).first(i));
        Bytes changed = whole;
        changed[i] ^= 0xff;
        (void)parse_serialized_print(changed);
    }
    CHECK(parse_serialized_print(whole));
}
