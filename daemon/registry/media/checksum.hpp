#pragma once

#include "daemon/wire/media.hpp"

namespace xueshi::registry::media {

/// The checksum of a body that comes in pieces.
class ChecksumStream {
public:
    explicit ChecksumStream(wire::ChecksumAlgorithm algorithm);
    /// Goes on from the same bytes.
    ChecksumStream(const ChecksumStream &other);
    ChecksumStream &operator=(const ChecksumStream &other);
    ~ChecksumStream();

    void update(ByteView bytes);
    /// Of what came until now; the stream may go on.
    Bytes digest() const;

private:
    void *context_; ///< OpenSSL's EVP_MD_CTX
};

} // namespace xueshi::registry::media
