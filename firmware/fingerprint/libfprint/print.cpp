#include "firmware/fingerprint/libfprint/print.hpp"

#include <memory>
#include <span>

#include <glib.h>

namespace xueshi::fingerprint {
namespace {

constexpr std::string_view kMagic = "FP3";
constexpr std::size_t kMaxBytes = 64 * 1024;
constexpr std::size_t kMaxMinutiae = 200; // NBIS keeps no more
constexpr gsize kMaxImpressions = 16;
constexpr std::int32_t kMaxCoordinate = 5000;

struct Unref {
    void operator()(GVariant *variant) const { g_variant_unref(variant); }
};
using Variant = std::unique_ptr<GVariant, Unref>;

Variant child(const Variant &parent, std::size_t index) {
    return Variant(g_variant_get_child_value(parent.get(), index));
}

std::span<const std::int32_t> integers(const Variant &array) {
    gsize count = 0;
    const auto *values =
        static_cast<const std::int32_t *>(g_variant_get_fixed_array(array.get(), &count, sizeof(std::int32_t)));
    return {values, count};
}

Variant parse_outer(ByteView bytes) {
    g_autoptr(GBytes) copy = g_bytes_new(bytes.data(), bytes.size());
    Variant raw(g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE("(issbymsmsia{sv}v)"), copy, FALSE)));
    return Variant(G_BYTE_ORDER == G_BIG_ENDIAN ? g_variant_byteswap(raw.get()) : g_variant_get_normal_form(raw.get()));
}

tl::unexpected<Error> bad(const char *what) {
    return fail(ErrorCode::corrupt, std::string("serialised print: ") + what);
}

Expected<Impression> read_impression(const Variant &columns) {
    const Variant xs = child(columns, 0), ys = child(columns, 1), thetas = child(columns, 2);
    const auto x = integers(xs), y = integers(ys), theta = integers(thetas);
    if (x.size() != y.size() || x.size() != theta.size() || x.size() > kMaxMinutiae) {
        return bad("columns of minutiae differ in length");
    }
    Impression impression;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (x[i] < 0 || x[i] > kMaxCoordinate || y[i] < 0 || y[i] > kMaxCoordinate) {
            return bad("a minutia outside the picture");
        }
        impression.push_back({x[i], y[i], (theta[i] % 360 + 360) % 360});
    }
    return impression;
}

} // namespace

Expected<std::vector<Impression>> parse_serialized_print(ByteView bytes) {
    if (bytes.size() <= kMagic.size() || bytes.size() > kMaxBytes || !as_text(bytes).starts_with(kMagic)) {
        return bad("no FP3 header");
    }
    const Variant outer = parse_outer(bytes.subspan(kMagic.size()));
    const Variant boxed = child(outer, 9);
    const Variant data(g_variant_get_variant(boxed.get()));
    if (!g_variant_is_of_type(data.get(), G_VARIANT_TYPE("(a(aiaiai))"))) {
        return bad("holds no minutiae");
    }
    const Variant columns = child(data, 0);
    const gsize count = g_variant_n_children(columns.get());
    if (count == 0 || count > kMaxImpressions) {
        return bad("holds no impression, or too many");
    }
    std::vector<Impression> impressions;
    impressions.reserve(count);
    for (gsize i = 0; i < count; ++i) {
        auto impression = read_impression(child(columns, i));
        if (!impression) {
            return tl::unexpected(impression.error());
        }
        impressions.push_back(std::move(*impression));
    }
    return impressions;
}

} // namespace xueshi::fingerprint
