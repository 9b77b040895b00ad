#pragma once

#include "daemon/wire/media.hpp"

namespace xueshi::registry::media {

/// The checksum of a body that comes in pieces.
class ChecksumStream {
public:
    explicit ChecksumStream(wire::ChecksumAlgorithm algorithm);
    ChecksumStream(const ChecksumStream &) = delete;
    ChecksumStream &operator=(const ChecksumStream &) = delete;
    ~ChecksumStream();

    void update(ByteView bytes);
    /// Ends the stream; the object is spent.
    Bytes finish();

private:
    void *context_; ///< OpenSSL's EVP_MD_CTX
};

} // namespace xueshi::registry::media
