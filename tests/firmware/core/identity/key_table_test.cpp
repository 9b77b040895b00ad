#include "firmware/core/identity/key_table.hpp"

#include <map>
#include <random>

#include <doctest/doctest.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "firmware/core/identity/chain.hpp"
#include "firmware/core/identity/freed_by.hpp"
#include "firmware/core/identity/key_file.hpp"
#include "tests/support/event_chain.hpp"

using namespace xueshi;
using namespace xueshi::identity;

namespace {

using Number = std::unique_ptr<BIGNUM, FreedBy<BN_free>>;
using Point = std::unique_ptr<EC_POINT, FreedBy<EC_POINT_free>>;

/// Numbers modulo P-256's order, and points of the curve: enough to make signatures that no signer makes.
struct Curve {
    std::unique_ptr<EC_GROUP, FreedBy<EC_GROUP_free>> group{EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)};
    std::unique_ptr<BN_CTX, FreedBy<BN_CTX_free>> scratch{BN_CTX_new()};

    const BIGNUM *order() const { return EC_GROUP_get0_order(group.get()); }
    static Number number(unsigned long value) {
        Number made(BN_new());
        BN_set_word(made.get(), value);
        return made;
    }
    Number times(const Number &a, const Number &b) const {
        Number made(BN_new());
        BN_mod_mul(made.get(), a.get(), b.get(), order(), scratch.get());
        return made;
    }
    Number negative(const Number &a) const {
        Number made(BN_new());
        BN_mod_sub(made.get(), order(), a.get(), order(), scratch.get());
        return made;
    }
    Number inverse(const Number &a) const { return Number(BN_mod_inverse(nullptr, a.get(), order(), scratch.get())); }
    /// a G + b P, without P: a G.
    Point point(const Number &a, const Number *b = nullptr, const EC_POINT *of = nullptr) const {
        Point made(EC_POINT_new(group.get()));
        EC_POINT_mul(group.get(), made.get(), a.get(), of, b == nullptr ? nullptr : b->get(), scratch.get());
        return made;
    }
    Number x_of(const Point &of) const {
        Number x(BN_new());
        EC_POINT_get_affine_coordinates(group.get(), of.get(), x.get(), nullptr, scratch.get());
        BN_nnmod(x.get(), x.get(), order(), scratch.get());
        return x;
    }
    PublicKey key(const Point &of) const {
        Bytes octets(65);
        EC_POINT_point2oct(group.get(), of.get(), POINT_CONVERSION_UNCOMPRESSED, octets.data(), octets.size(),
                           scratch.get());
        std::string curve = "P-256";
        OSSL_PARAM parameters[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve.data(), 0),
            OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size()),
            OSSL_PARAM_construct_end()};
        EVP_PKEY *made = nullptr;
        const std::unique_ptr<EVP_PKEY_CTX, FreedBy<EVP_PKEY_CTX_free>> context(
            EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
        REQUIRE(EVP_PKEY_fromdata_init(context.get()) == 1);
        REQUIRE(EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters) == 1);
        const KeyHandle owned(made);
        return PublicKey::from_pem(public_key_pem(owned.get()).value()).value();
    }
};

void add_integer(Bytes &der, const Number &number) {
    const std::unique_ptr<ASN1_INTEGER, FreedBy<ASN1_INTEGER_free>> integer(
        BN_to_ASN1_INTEGER(number.get(), nullptr)); // of negative ones too
    Bytes one(static_cast<std::size_t>(i2d_ASN1_INTEGER(integer.get(), nullptr)));
    unsigned char *end = one.data();
    i2d_ASN1_INTEGER(integer.get(), &end);
    der.insert(der.end(), one.begin(), one.end());
}

/// SEQUENCE { r, s }. OpenSSL's own writer refuses numbers that no signature has.
Bytes der(const Number &r, const Number &s) {
    Bytes made{0x30, 0};
    add_integer(made, r);
    add_integer(made, s);
    made[1] = static_cast<unsigned char>(made.size() - 2);
    return made;
}

Sha256 digest_of(const Number &number) {
    Sha256 digest{};
    BN_bn2binpad(number.get(), digest.data(), static_cast<int>(digest.size()));
    return digest;
}

/// What OpenSSL's own check says.
bool openssl_holds(const PublicKey &key, const Sha256 &digest, ByteView signature) {
    const auto read = read_public_key(key.pem()).value();
    const std::unique_ptr<EVP_PKEY_CTX, FreedBy<EVP_PKEY_CTX_free>> context(EVP_PKEY_CTX_new(read.get(), nullptr));
    REQUIRE(EVP_PKEY_verify_init(context.get()) == 1);
    return EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
}

bool table_holds(const PublicKey &key, const Sha256 &digest, ByteView signature) {
    const auto table = KeyTable::make(key);
    REQUIRE(table != nullptr);
    const KeyTable::Signed one{digest, signature};
    return table->holds({&one, 1}).front();
}

} // namespace

TEST_CASE("key table: of signatures, changed in any byte or not, it says what OpenSSL says") {
    const test::TemporaryDirectory directory;
    const auto signer = open_or_create_signer(directory / "signing.key").value();
    const auto key = PublicKey::from_pem(signer->public_key_pem()).value();
    std::vector<Sha256> digests;
    std::vector<Bytes> signatures;
    std::mt19937 random(1);
    for (unsigned i = 0; i < 300; ++i) {
        const std::string text = "message " + std::to_string(i);
        digests.push_back(sha256(as_bytes(text)));
        signatures.push_back(signer->sign(as_bytes(text)).value());
        Bytes &signature = signatures.back();
        switch (i % 6) {
        case 0:
            signature[random() % signature.size()] ^= static_cast<unsigned char>(1U << random() % 8U);
            break;
        case 1:
            digests.back()[random() % 32U] ^= 1;
            break;
        case 2:
            signature.resize(random() % signature.size());
            break;
        case 3:
            signature.insert(signature.begin() + static_cast<std::ptrdiff_t>(random() % signature.size()), 0);
            break;
        default: // as signed
            break;
        }
    }
    std::vector<KeyTable::Signed> messages;
    for (std::size_t i = 0; i < digests.size(); ++i) {
        messages.push_back({digests[i], signatures[i]});
    }
    const auto table = KeyTable::make(key);
    REQUIRE(table != nullptr);
    const std::vector<bool> holds = table->holds(messages);
    for (std::size_t i = 0; i < messages.size(); ++i) {
        CAPTURE(i);
        CHECK(holds[i] == (i % 6 >= 4));
        CHECK(holds[i] == openssl_holds(key, digests[i], signatures[i]));
    }
    CHECK(table->holds({}).empty());
}

TEST_CASE("key table: numbers that no signature has are refused") {
    const Curve curve;
    const auto secret = Curve::number(123'456'789), nonce = Curve::number(987'654'321), z = Curve::number(42);
    const auto key = curve.key(curve.point(secret));
    const Number r = curve.x_of(curve.point(nonce));
    Number sum = curve.times(r, secret);
    BN_mod_add(sum.get(), sum.get(), z.get(), curve.order(), curve.scratch.get());
    const Number s = curve.times(curve.inverse(nonce), sum);
    const Sha256 digest = digest_of(z);
    REQUIRE(table_holds(key, digest, der(r, s)));
    CHECK(table_holds(key, digest, der(r, curve.negative(s)))); // the second spelling of ECDSA: it holds too

    const auto beyond = [&](const Number &number) {
        Number made(BN_dup(number.get()));
        BN_add(made.get(), made.get(), curve.order());
        return made;
    };
    const auto minus = [](const Number &number) {
        Number made(BN_dup(number.get()));
        BN_set_negative(made.get(), 1);
        return made;
    };
    const Number zero = Curve::number(0), order(BN_dup(curve.order()));
    for (const Bytes &wrong : {der(zero, s), der(r, zero), der(zero, zero), der(order, s), der(r, order),
                               der(beyond(r), s), der(r, beyond(s)), der(minus(r), s), der(r, minus(s)), der(s, r)}) {
        CAPTURE(hex(wrong));
        CHECK_FALSE(openssl_holds(key, digest, wrong));
        CHECK_FALSE(table_holds(key, digest, wrong));
    }
}

TEST_CASE("key table: of a good signature only the one DER spelling is taken") {
    const test::TemporaryDirectory directory;
    const auto signer = open_or_create_signer(directory / "signing.key").value();
    const auto key = PublicKey::from_pem(signer->public_key_pem()).value();
    const Sha256 digest = sha256(as_bytes("message"));
    const Bytes good = signer->sign(as_bytes("message")).value();
    REQUIRE(table_holds(key, digest, good));
    Bytes longer = good; // a byte behind the end
    longer.push_back(0);
    Bytes long_sequence = good; // 30 81 LENGTH
    long_sequence.insert(long_sequence.begin() + 1, 0x81);
    Bytes long_integer = good; // 02 81 LENGTH of r
    long_integer.insert(long_integer.begin() + 3, 0x81);
    ++long_integer[1];
    Bytes padded = good; // a zero before r
    padded.insert(padded.begin() + 4, 0);
    ++padded[1];
    ++padded[3];
    for (const Bytes &wrong : {longer, long_sequence, long_integer, padded, Bytes{}}) {
        CAPTURE(hex(wrong));
        CHECK_FALSE(openssl_holds(key, digest, wrong));
        CHECK_FALSE(table_holds(key, digest, wrong));
    }
}

TEST_CASE("key table: what the two halves of the sum have in common does not mislead it") {
    const Curve curve;
    const auto one = Curve::number(1), nonce = Curve::number(31'337);
    const auto generator = curve.key(curve.point(one)); // the public key is G itself
    const Number r = curve.x_of(curve.point(nonce));
    SUBCASE("twice the same point: z = r, so that both halves are equal") {
        const Number twice = curve.times(r, Curve::number(2));
        const Bytes signature = der(r, curve.times(twice, curve.inverse(nonce)));
        CHECK(openssl_holds(generator, digest_of(r), signature));
        CHECK(table_holds(generator, digest_of(r), signature));
    }
    SUBCASE("nothing is left: z = -r, whatever s is") {
        const Bytes signature = der(r, Curve::number(5));
        CHECK_FALSE(openssl_holds(generator, digest_of(curve.negative(r)), signature));
        CHECK_FALSE(table_holds(generator, digest_of(curve.negative(r)), signature));
    }
    SUBCASE("a digest of nothing but zeros") {
        const Bytes signature = der(r, curve.times(r, curve.inverse(nonce)));
        CHECK(openssl_holds(generator, Sha256{}, signature));
        CHECK(table_holds(generator, Sha256{}, signature));
    }
    SUBCASE("a digest beyond the order") {
        Sha256 most{};
        most.fill(0xff);
        Number z(BN_bin2bn(most.data(), static_cast<int>(most.size()), nullptr));
        BN_mod_add(z.get(), z.get(), r.get(), curve.order(), curve.scratch.get());
        const Bytes signature = der(r, curve.times(z, curve.inverse(nonce)));
        CHECK(openssl_holds(generator, most, signature));
        CHECK(table_holds(generator, most, signature));
    }
}

TEST_CASE("key table: a point whose x is beyond the order is known by what is left of it") {
    const Curve curve;
    const Number z = Curve::number(7), s = Curve::number(11);
    Point beyond(EC_POINT_new(curve.group.get()));
    unsigned long r = 1; // x = order + r, still below the field's prime
    for (;; ++r) {
        Number x(BN_dup(curve.order()));
        BN_add_word(x.get(), r);
        if (EC_POINT_set_compressed_coordinates(curve.group.get(), beyond.get(), x.get(), 0, curve.scratch.get()) ==
            1) {
            break;
        }
    }
    // R = (z / s) G + (r / s) Q, so Q = (s / r) R - (z / r) G.
    const Number per_r = curve.inverse(Curve::number(r));
    const Number of_beyond = curve.times(s, per_r);
    const auto key = curve.key(curve.point(curve.negative(curve.times(z, per_r)), &of_beyond, beyond.get()));
    const Bytes signature = der(Curve::number(r), s);
    CHECK(openssl_holds(key, digest_of(z), signature));
    CHECK(table_holds(key, digest_of(z), signature));
}

TEST_CASE("key table: there is none for SM2, whose events are checked one by one") {
    test::EventChain chain(Suite::sm2_sm3);
    chain.append();
    CHECK(KeyTable::make(chain.key()) == nullptr);
    const auto checked = check_events(chain.key(), nullptr, chain.device(), chain.chain(), chain.events());
    REQUIRE(checked.size() == 1);
    CHECK(checked.front().has_value());
}

TEST_CASE("F05: of many events each that does not hold is named with the reason, with the key's table and without") {
    test::EventChain chain;
    for (int i = 0; i < 40; ++i) {
        chain.append();
    }
    const test::EventChain other;
    auto events = chain.events();
    events[3].signature[12] ^= 4;
    events[5].hash[0] ^= 1;
    events[8].body.back() = ' ';
    events[13].prev[1] ^= 1;
    events[21].signature = events[22].signature;
    events[34].body.back() = ' ';
    events[34].hash = link_hash(events[34].prev, events[34].body);
    events[35].signature = other.signer().sign(signed_message(events[35].prev, events[35].body)).value();
    const std::map<std::size_t, ErrorCode> changed{
        {3, ErrorCode::denied},  {5, ErrorCode::corrupt},  {8, ErrorCode::corrupt}, {13, ErrorCode::corrupt},
        {21, ErrorCode::denied}, {34, ErrorCode::corrupt}, {35, ErrorCode::denied}};
    const auto table = KeyTable::make(chain.key());
    REQUIRE(table != nullptr);
    for (const KeyTable *with : std::initializer_list<const KeyTable *>{nullptr, table.get()}) {
        const auto checked = check_events(chain.key(), with, chain.device(), chain.chain(), events);
        REQUIRE(checked.size() == events.size());
        for (std::size_t i = 0; i < events.size(); ++i) {
            CAPTURE(i);
            const auto change = changed.find(i);
            CHECK(checked[i].has_value() == (change == changed.end()));
            CHECK((checked[i] || checked[i].error().code == change->second));
        }
        CHECK(checked[3].error().message == "event 4: the signature does not hold");
        CHECK(checked[5].error().message == "event 6: hash differs from its content");
    }
}
