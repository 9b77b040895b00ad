#include "firmware/core/base/bytes.hpp"

#include <algorithm>
#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace xueshi {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

std::array<std::int8_t, 256> base64_values() {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < kBase64Digits.size(); ++i) {
        values[static_cast<unsigned char>(kBase64Digits[i])] = static_cast<std::int8_t>(i);
    }
    return values;
}

/// Digest calls fail only when memory is out or OpenSSL is broken: nothing sensible can follow.
void must(int result) {
    if (result != 1) {
        std::abort();
    }
}

} // namespace

std::string hex(ByteView bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text += kHexDigits[byte >> 4];
        text += kHexDigits[byte & 15];
    }
    return text;
}

Expected<Bytes> parse_hex(std::string_view text) {
    if (text.size() % 2 != 0) {
        return fail(ErrorCode::invalid_argument, "hexadecimal text needs an even number of digits");
    }
    Bytes bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) {
            return fail(ErrorCode::invalid_argument, "not a hexadecimal digit");
        }
        bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
    }
    return bytes;
}

Expected<Sha256> parse_sha256(std::string_view text) {
    const auto bytes = parse_hex(text);
    Sha256 digest{};
    if (!bytes || bytes->size() != digest.size()) {
        return fail(ErrorCode::invalid_argument, "64 hexadecimal digits expected");
    }
    std::copy(bytes->begin(), bytes->end(), digest.begin());
    return digest;
}

std::string base64(ByteView bytes) {
    std::string text((bytes.size() + 2) / 3 * 4, '=');
    if (!bytes.empty()) {
        EVP_EncodeBlock(reinterpret_cast<unsigned char *>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
    }
    return text;
}

Expected<Bytes> parse_base64(std::string_view text) {
    static const std::array<std::int8_t, 256> values = base64_values();
    if (text.size() % 4 != 0) {
        return fail(ErrorCode::invalid_argument, "base64 text needs a length that 4 divides");
    }
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
        ++padding;
    }
    Bytes bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text.substr(0, text.size() - padding)) {
        const int value = values[static_cast<unsigned char>(c)];
        if (value < 0) {
            return fail(ErrorCode::invalid_argument, "not a base64 digit");
        }
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<std::uint8_t>(bits >> count));
            bits &= (1U << count) - 1;
        }
    }
    if (bits != 0) {
        return fail(ErrorCode::invalid_argument, "base64 text ends in stray bits");
    }
    return bytes;
}

Sha256 sha256(ByteView bytes) {
    Sha256 digest{};
    must(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr));
    return digest;
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
    must(context_ != nullptr ? EVP_DigestInit_ex(static_cast<EVP_MD_CTX *>(context_), EVP_sha256(), nullptr) : 0);
}
Sha256Stream::Sha256Stream(Sha256Stream &&other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
Sha256Stream &Sha256Stream::operator=(Sha256Stream &&other) noexcept {
    std::swap(context_, other.context_);
    return *this;
}
Sha256Stream::~Sha256Stream() {
    EVP_MD_CTX_free(static_cast<EVP_MD_CTX *>(context_));
}

void Sha256Stream::update(ByteView bytes) {
    must(EVP_DigestUpdate(static_cast<EVP_MD_CTX *>(context_), bytes.data(), bytes.size()));
}

Sha256 Sha256Stream::finish() {
    Sha256 digest{};
    must(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX *>(context_), digest.data(), nullptr));
    return digest;
}

Bytes random_bytes(std::size_t count) {
    Bytes bytes(count);
    std::size_t done = 0;
    while (done < count) {
        const ssize_t got = ::getrandom(bytes.data() + done, count - done, 0);
        if (got < 0 && errno != EINTR) {
            std::abort(); // a kernel without random numbers cannot keep any promise of this program
        }
        done += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    return bytes;
}

std::string random_token(std::size_t count) {
    for (;;) {
        std::string text = base64(random_bytes(count));
        while (!text.empty() && text.back() == '=') {
            text.pop_back();
        }
        for (char &c : text) {
            c = c == '+' ? '-' : c == '/' ? '_' : c;
        }
        if (!text.starts_with('-')) {
            return text;
        }
    }
}

bool equal_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace xueshi
