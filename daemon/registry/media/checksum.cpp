#include "daemon/registry/media/checksum.hpp"

#include <cassert>

#include <openssl/evp.h>

namespace xueshi::registry::media {

namespace {

EVP_MD_CTX *as_context(void *context) {
    return static_cast<EVP_MD_CTX *>(context);
}

} // namespace

ChecksumStream::ChecksumStream(wire::ChecksumAlgorithm algorithm) : context_(EVP_MD_CTX_new()) {
    [[maybe_unused]] const int ready = EVP_DigestInit_ex(
        as_context(context_), algorithm == wire::ChecksumAlgorithm::sha1 ? EVP_sha1() : EVP_sha256(), nullptr);
    assert(ready == 1);
}

ChecksumStream::~ChecksumStream() {
    EVP_MD_CTX_free(as_context(context_));
}

void ChecksumStream::update(ByteView bytes) {
    EVP_DigestUpdate(as_context(context_), bytes.data(), bytes.size());
}

Bytes ChecksumStream::finish() {
    Bytes digest(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    EVP_DigestFinal_ex(as_context(context_), digest.data(), &size);
    digest.resize(size);
    return digest;
}

} // namespace xueshi::registry::media
