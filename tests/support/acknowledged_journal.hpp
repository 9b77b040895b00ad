#pragma once

#include <doctest/doctest.h>

#include <map>

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/base/file.hpp"
#include "tests/support/journal_on_disk.hpp"

namespace xueshi::test {

/// A terminal's journal with the sync directory beside it, and the registry that acknowledges it.
class AcknowledgedJournal : public JournalOnDisk {
public:
    AcknowledgedJournal() {
        REQUIRE(make_directory(sync()));
        REQUIRE(write_file_durably(sync() / "registry_key.pem", registry_->public_key_pem()));
    }

    std::filesystem::path state() const { return directory().path(); }
    std::filesystem::path sync() const { return directory() / "sync"; }
    identity::PublicKey key() const { return identity::PublicKey::from_pem(signer().public_key_pem()).value(); }
    ChainId chain() const { return journal::JournalReader::open(path()).value().description().chain; }

    /// As syncd leaves it when the registry has taken everything in.
    void acknowledge() { acknowledge(*registry_); }
    void acknowledge(const identity::Signer &by) {
        const auto head = writer().head().value();
        identity::Receipt receipt;
        receipt.device = writer().description().device;
        receipt.chain = writer().description().chain;
        receipt.through_seq = receipt.count = head.seq;
        receipt.head_hash = head.hash;
        receipt.wall_ms = clock().now().wall_ms + 500;
        acked::Acked acked;
        acked.chain = receipt.chain;
        acked.seq = head.seq;
        acked.receipt = identity::sign_receipt(by, receipt).value();
        REQUIRE(write_file_durably(sync() / "acked.json", acked::write_acked(acked)));
    }

    /// The files as they lie there; the writer goes on.
    using Copy = std::map<std::string, std::string>;
    Copy take_copy() {
        close();
        Copy copy;
        for (const std::string suffix : {"", "-wal", "-shm"}) {
            copy[suffix] = read_file(path().string() + suffix, 1U << 30).value();
        }
        open();
        return copy;
    }
    /// The writer is closed then.
    void put_back(const Copy &copy) {
        close();
        for (const auto &[suffix, content] : copy) {
            REQUIRE(write_file_durably(path().string() + suffix, content));
        }
    }

private:
    TemporaryDirectory registry_directory_;
    std::unique_ptr<identity::Signer> registry_ =
        identity::open_or_create_signer(registry_directory_ / "registry.key").value();
};

} // namespace xueshi::test
