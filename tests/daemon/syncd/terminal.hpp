#pragma once

#include "tests/daemon/sync/journal_bench.hpp"
#include "tests/support/control_stand_in.hpp"

namespace xueshi::test {

/// terminald as far as syncd knows it: a journal and a control socket.
class TerminalStandIn {
public:
    JournalBench journal;
    std::filesystem::path socket = journal.directory / "control.sock";

    explicit TerminalStandIn(identity::Suite suite = identity::Suite::p256_sha256)
        : journal(suite), control_(socket, *journal.signer, opened(journal)) {}
    std::vector<std::string> verbs() { return control_.verbs(); }

private:
    static ChainId opened(JournalBench &journal) {
        journal.open();
        return journal.writer->description().chain;
    }

    ControlStandIn control_;
};

} // namespace xueshi::test
