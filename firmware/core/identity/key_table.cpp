#include "firmware/core/identity/key_table.hpp"

#include <algorithm>
#include <optional>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "firmware/core/identity/freed_by.hpp"
#include "firmware/core/identity/key_file.hpp"

namespace xueshi::identity {
namespace {

using Number = std::unique_ptr<BIGNUM, FreedBy<BN_free>>;
using Scratch = std::unique_ptr<BN_CTX, FreedBy<BN_CTX_free>>;
using Group = std::unique_ptr<EC_GROUP, FreedBy<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, FreedBy<EC_POINT_free>>;

struct Signature {
    Number r, s;
};

/// As OpenSSL's own check: the one DER spelling, both numbers from 1 to the order - 1.
std::optional<Signature> read_signature(ByteView der, const BIGNUM *order) {
    const unsigned char *at = der.data();
    const std::unique_ptr<ECDSA_SIG, FreedBy<ECDSA_SIG_free>> read(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    if (!read) {
        return std::nullopt;
    }
    Bytes again(der.size());
    unsigned char *end = again.data();
    if (i2d_ECDSA_SIG(read.get(), nullptr) != static_cast<int>(der.size()) ||
        i2d_ECDSA_SIG(read.get(), &end) != static_cast<int>(der.size()) || !std::ranges::equal(der, again)) {
        return std::nullopt;
    }
    const BIGNUM *r = nullptr, *s = nullptr;
    ECDSA_SIG_get0(read.get(), &r, &s);
    const auto within = [&](const BIGNUM *number) {
        return !BN_is_zero(number) && !BN_is_negative(number) && BN_cmp(number, order) < 0;
    };
    if (!within(r) || !within(s)) {
        return std::nullopt;
    }
    Signature signature{Number(BN_dup(r)), Number(BN_dup(s))};
    return signature.r && signature.s ? std::optional(std::move(signature)) : std::nullopt;
}

/// Each number's inverse by one inversion: of the product of all, which what came before and after each divides.
/// False: without memory. The order is prime and no number is 0.
bool invert(std::span<BIGNUM *const> numbers, const BIGNUM *order, BN_CTX *scratch) {
    std::vector<Number> products; // of all up to each
    for (const BIGNUM *number : numbers) {
        Number product(BN_dup(number));
        if (!product ||
            (!products.empty() && BN_mod_mul(product.get(), products.back().get(), number, order, scratch) != 1)) {
            return false;
        }
        products.push_back(std::move(product));
    }
    const Number rest(numbers.empty() ? BN_new() : BN_mod_inverse(nullptr, products.back().get(), order, scratch));
    const Number number(BN_new());
    if (!rest || !number) {
        return false;
    }
    for (std::size_t i = numbers.size(); i-- > 0;) {
        if (BN_copy(number.get(), numbers[i]) == nullptr ||
            (i > 0 ? BN_mod_mul(numbers[i], rest.get(), products[i - 1].get(), order, scratch) != 1
                   : BN_copy(numbers[i], rest.get()) == nullptr) ||
            BN_mod_mul(rest.get(), rest.get(), number.get(), order, scratch) != 1) {
            return false;
        }
    }
    return true;
}

} // namespace

struct KeyTable::Impl {
    Group curve; ///< its generator is the standard's
    Group key;   ///< its generator is the public key
    const BIGNUM *order() const { return EC_GROUP_get0_order(curve.get()); }

    /// `inverse`: of s. The x of (digest / s) G + (r / s) Q is r.
    bool holds(const Sha256 &digest, const BIGNUM *r, const BIGNUM *inverse, BN_CTX *scratch) const {
        const Number first(BN_bin2bn(digest.data(), static_cast<int>(digest.size()), nullptr)), second(BN_new());
        const Point of_curve(EC_POINT_new(curve.get())), of_key(EC_POINT_new(curve.get()));
        return first && second && of_curve && of_key &&
               BN_mod_mul(first.get(), first.get(), inverse, order(), scratch) == 1 &&
               BN_mod_mul(second.get(), r, inverse, order(), scratch) == 1 &&
               EC_POINT_mul(curve.get(), of_curve.get(), first.get(), nullptr, nullptr, scratch) == 1 &&
               EC_POINT_mul(key.get(), of_key.get(), second.get(), nullptr, nullptr, scratch) == 1 &&
               EC_POINT_add(curve.get(), of_curve.get(), of_curve.get(), of_key.get(), scratch) == 1 &&
               EC_POINT_get_affine_coordinates(curve.get(), of_curve.get(), first.get(), nullptr, scratch) == 1 &&
               BN_nnmod(second.get(), first.get(), order(), scratch) == 1 && BN_cmp(second.get(), r) == 0;
    }
};

KeyTable::KeyTable(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KeyTable::~KeyTable() = default;

std::unique_ptr<KeyTable> KeyTable::make(const PublicKey &key) {
    if (key.suite() != static_cast<int>(Suite::p256_sha256)) {
        return nullptr;
    }
    const auto read = read_public_key(key.pem());
    if (!read) {
        return nullptr;
    }
    Bytes point(65);
    std::size_t size = 0;
    Impl made{Group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)),
              Group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1))};
    const Scratch scratch(BN_CTX_new());
    const Point generator(made.curve ? EC_POINT_new(made.curve.get()) : nullptr);
    const bool ready = made.key && scratch && generator &&
                       EVP_PKEY_get_octet_string_param(read->get(), "pub", point.data(), point.size(), &size) == 1 &&
                       EC_POINT_oct2point(made.curve.get(), generator.get(), point.data(), size, scratch.get()) == 1 &&
                       EC_GROUP_set_generator(made.key.get(), generator.get(), made.order(),
                                              EC_GROUP_get0_cofactor(made.curve.get())) == 1;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" // OpenSSL 3 keeps the tables, and names no successor
    const bool table = ready && EC_GROUP_precompute_mult(made.key.get(), scratch.get()) == 1 &&
                       EC_GROUP_have_precompute_mult(made.key.get()) == 1;
#pragma GCC diagnostic pop
    ERR_clear_error();
    return table ? std::unique_ptr<KeyTable>(new KeyTable(std::make_unique<Impl>(std::move(made)))) : nullptr;
}

std::vector<bool> KeyTable::holds(std::span<const Signed> messages) const {
    std::vector<std::optional<Signature>> signatures;
    std::vector<BIGNUM *> inverses; // each s becomes its own
    for (const Signed &message : messages) {
        const auto &read = signatures.emplace_back(read_signature(message.signature, impl_->order()));
        if (read) {
            inverses.push_back(read->s.get());
        }
    }
    std::vector<bool> holds(messages.size(), false);
    if (const Scratch scratch(BN_CTX_new()); scratch && invert(inverses, impl_->order(), scratch.get())) {
        for (std::size_t i = 0; i < messages.size(); ++i) {
            const auto &read = signatures[i];
            holds[i] = read && impl_->holds(messages[i].digest, read->r.get(), read->s.get(), scratch.get());
        }
    }
    ERR_clear_error();
    return holds;
}

} // namespace xueshi::identity
