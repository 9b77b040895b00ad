#pragma once

#include <memory>
#include <span>
#include <vector>

#include "firmware/core/identity/keys.hpp"

namespace xueshi::identity {

/// ECDSA P-256 (FIPS 186-5 section 6.4.2) for somebody who checks thousands of signatures of one key: the same
/// arithmetic of OpenSSL, in less than half of the time of its own check. That knows a table of multiples for the
/// curve's generator only, and inverts once a signature; here the key has such a table too (as the generator of a group
/// of its own), and a batch is inverted at once (P. L. Montgomery, Math. Comp. 48 (1987), section 10.3.1). A table
/// takes as long to make as some 500 checks, and 150 KiB. Where OpenSSL was built without its own P-256 code (64-bit
/// x86 and ARM have it) nothing is won. Thread-safe.
class KeyTable {
public:
    struct Signed {
        Sha256 digest; ///< SHA-256 of the message
        ByteView signature;
    };

    /// Null where there is none to be had: for a key of another suite, without memory, or without the function.
    static std::unique_ptr<KeyTable> make(const PublicKey &key);
    ~KeyTable();

    /// Whether each holds, in their order. `false` may be want of memory too: whoever refuses asks PublicKey::verify.
    std::vector<bool> holds(std::span<const Signed> messages) const;

private:
    struct Impl;
    explicit KeyTable(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace xueshi::identity
