#include "daemon/registry/media/checksum.hpp"

#include <new>

#include <openssl/evp.h>

namespace xueshi::registry::media {

namespace {

EVP_MD_CTX *as_context(void *context) {
    return static_cast<EVP_MD_CTX *>(context);
}

} // namespace

ChecksumStream::ChecksumStream(wire::ChecksumAlgorithm algorithm) : context_(EVP_MD_CTX_new()) {
    const EVP_MD *digest = algorithm == wire::ChecksumAlgorithm::sha1 ? EVP_sha1() : EVP_sha256();
    if (context_ == nullptr || EVP_DigestInit_ex(as_context(context_), digest, nullptr) != 1) {
        EVP_MD_CTX_free(as_context(context_));
        throw std::bad_alloc(); // digests fail for want of memory only
    }
}

ChecksumStream::ChecksumStream(const ChecksumStream &other) : context_(EVP_MD_CTX_new()) {
    if (context_ == nullptr || EVP_MD_CTX_copy_ex(as_context(context_), as_context(other.context_)) != 1) {
        EVP_MD_CTX_free(as_context(context_));
        throw std::bad_alloc();
    }
}

ChecksumStream &ChecksumStream::operator=(const ChecksumStream &other) {
    if (this != &other && EVP_MD_CTX_copy_ex(as_context(context_), as_context(other.context_)) != 1) {
        throw std::bad_alloc();
    }
    return *this;
}

ChecksumStream::~ChecksumStream() {
    EVP_MD_CTX_free(as_context(context_));
}

void ChecksumStream::update(ByteView bytes) {
    EVP_DigestUpdate(as_context(context_), bytes.data(), bytes.size());
}

Bytes ChecksumStream::digest() const {
    const ChecksumStream copy(*this);
    Bytes digest(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    EVP_DigestFinal_ex(as_context(copy.context_), digest.data(), &size);
    digest.resize(size);
    return digest;
}

} // namespace xueshi::registry::media
