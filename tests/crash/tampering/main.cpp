// What an insider does to a journal is found, at its place; what an honest terminal does never looks like it.
#include <array>
#include <cstdio>
#include <fstream>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "firmware/core/base/json.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/journal/verify.hpp"
#include "tests/crash/tampering/manipulations.hpp"

namespace {

using namespace xueshi;
using namespace xueshi::tamper;

/// scripts/verify_journal, which shares no line with the product: the first bad seq that it names; nothing: it holds.
class Auditor {
public:
    /// `signatures`: which it checks besides the last of each chain.
    std::optional<record::Sequence> ask(const History &history, const std::optional<identity::Receipt> &receipt,
                                        std::string_view signatures) const {
        write("device.pem", history.signer().public_key_pem());
        write("registry.pem", registry_->public_key_pem());
        std::string command = fmt::format("scripts/verify_journal {} --signatures {} --key {}",
                                          history.journal().string(), signatures, path("device.pem"));
        if (receipt) {
            write("receipt.json", identity::write_document(identity::sign_receipt(*registry_, *receipt).value()));
            command += fmt::format(" --receipt {} --registry-key {}", path("receipt.json"), path("registry.pem"));
        }
        const std::unique_ptr<FILE, int (*)(FILE *)> pipe(::popen(command.c_str(), "r"), ::pclose);
        std::array<char, 4096> line{};
        const std::string_view said =
            pipe && std::fgets(line.data(), line.size(), pipe.get()) != nullptr ? line.data() : "";
        if (said.starts_with("verify_journal: holds: ")) {
            return std::nullopt;
        }
        const std::size_t at = said.find("seq ");
        return at == std::string_view::npos ? -1 : std::stoll(std::string(said.substr(at + 4)));
    }

private:
    std::string path(const std::string &name) const { return (directory_ / name).string(); }
    void write(const std::string &name, const std::string &text) const { std::ofstream(path(name)) << text; }

    test::TemporaryDirectory directory_;
    std::unique_ptr<identity::Signer> registry_ = identity::open_or_create_signer(directory_ / "registry.key").value();
};

struct Tally {
    std::int64_t histories = 0, in_sm2 = 0, false_alarms = 0, manipulations = 0, found = 0, wrong_seq = 0;
    std::int64_t audited = 0, auditor_differs = 0;
    std::map<std::string_view, std::int64_t> by_kind;
};

/// Honest pasts raise no finding: without a receipt, and with one of any moment.
void check_honest(History &history, Random &random, Tally &tally) {
    ++tally.histories;
    tally.in_sm2 += history.suite() == identity::Suite::sm2_sm3 ? 1 : 0;
    const auto key = history.key();
    const auto receipt = history.receipt(pick(random, 1, static_cast<std::int64_t>(history.events().size())));
    for (const auto &verification : {journal::verify_journal(history.journal(), std::nullopt, &key),
                                     journal::verify_journal(history.journal(), receipt, &key)}) {
        if (!verification || verification->first_bad) {
            ++tally.false_alarms;
            fmt::print("false alarm: {}\n",
                       verification ? verification->first_bad->error.message : verification.error().message);
        }
    }
}

/// The second verifier comes to the same result, where it looks: it knows no schema and no index.
void audit(const History &history, const std::optional<identity::Receipt> &receipt,
           std::optional<record::Sequence> expected, std::string_view name, Tally &tally) {
    static const Auditor auditor;
    const auto said = auditor.ask(history, receipt, name == "insert_at_end" ? "0" : "all");
    ++tally.audited;
    if (said != expected) {
        ++tally.auditor_differs;
        fmt::print("{}: scripts/verify_journal says seq {}, {} expected\n", name, said.value_or(-2),
                   expected.value_or(-2));
    }
}

void check_found(History &history, Random &random, Tally &tally, bool audited) {
    const auto key = history.key();
    const auto receipt = history.receipt(static_cast<record::Sequence>(history.events().size()));
    history.settle();
    const auto &all = manipulations();
    std::optional<Expectation> expected;
    std::string_view name;
    while (!expected) {
        const Manipulation &manipulation =
            all[static_cast<std::size_t>(pick(random, 0, static_cast<std::int64_t>(all.size()) - 1))];
        name = manipulation.name;
        expected = manipulation.apply(history, random);
    }
    ++tally.manipulations;
    ++tally.by_kind[name];
    const auto verification = journal::verify_journal(
        history.journal(), expected->needs_receipt ? std::optional(receipt) : std::nullopt, &key);
    const bool found = !verification || verification->first_bad;
    const bool right = verification && verification->first_bad && verification->first_bad->seq == expected->seq;
    tally.found += found ? 1 : 0;
    tally.wrong_seq += found && !right ? 1 : 0;
    const bool in_events = expected->seq != 0 || name == "another_key" || name == "former_key";
    if (audited && in_events && name != "zero_page" && name != "flip_bit") { // sqlite3 stops elsewhere in a torn page
        audit(history, expected->needs_receipt ? std::optional(receipt) : std::nullopt, expected->seq, name, tally);
    }
    if (!right) {
        fmt::print("{}: seq {} expected, {}\n", name, expected->seq,
                   !verification             ? "could not look: " + verification.error().message
                   : verification->first_bad ? fmt::format("seq {} found: {}", verification->first_bad->seq,
                                                           verification->first_bad->error.message)
                                             : "nothing found");
    }
}

void write_json(const std::string &file, const Tally &tally, std::uint64_t seed) {
    json::Object kinds;
    for (const auto &[name, count] : tally.by_kind) {
        kinds[name] = count;
    }
    std::ofstream(file) << json::serialize(json::Object{{"seed", seed},
                                                        {"histories", tally.histories},
                                                        {"in_sm2", tally.in_sm2},
                                                        {"false_alarms", tally.false_alarms},
                                                        {"manipulations", tally.manipulations},
                                                        {"found", tally.found},
                                                        {"wrong_seq", tally.wrong_seq},
                                                        {"audited", tally.audited},
                                                        {"auditor_differs", tally.auditor_differs},
                                                        {"kinds", kinds}})
                        << '\n';
}

} // namespace

int main(int argc, char **argv) {
    CLI::App app(
        "Manipulates random journals and checks that verify finds it at its place; honest ones raise nothing.");
    std::int64_t histories = 10'000, manipulated = 10'000;
    std::int64_t audit_every = 20;
    std::uint64_t seed = std::random_device{}();
    std::string file;
    app.add_option("--histories", histories, "honest histories to check")->capture_default_str();
    app.add_option("--manipulations", manipulated, "manipulations to find")->capture_default_str();
    app.add_option("--audit-every", audit_every, "asks scripts/verify_journal too, of each so many; 0: never")
        ->capture_default_str();
    app.add_option("--seed", seed, "the run that is printed with this seed again");
    app.add_option("--json", file, "writes the counts there");
    CLI11_PARSE(app, argc, argv);
    log::start("tamper", "error");
    fmt::print("seed {}\n", seed);
    std::fflush(stdout); // it must be known however the run ends
    Random random(seed);
    Tally tally;
    while (tally.histories < histories || tally.manipulations < manipulated) {
        History history(random);
        check_honest(history, random, tally);
        const bool audited = audit_every > 0 && tally.histories % audit_every == 0;
        if (audited) {
            audit(history, history.receipt(1), std::nullopt, "honest", tally);
        }
        if (tally.manipulations < manipulated) {
            check_found(history, random, tally, audited);
        }
        if (tally.histories % 1'000 == 0) {
            fmt::print("{} histories, {} manipulations\n", tally.histories, tally.manipulations);
        }
    }
    if (!file.empty()) {
        write_json(file, tally, seed);
    }
    fmt::print(
        "tamper: {} of {} manipulations found, {} at another seq; {} false alarms in {} honest histories ({} in SM2); "
        "the second verifier differs in {} of {}\n",
        tally.found, tally.manipulations, tally.wrong_seq, tally.false_alarms, tally.histories, tally.in_sm2,
        tally.auditor_differs, tally.audited);
    const bool all = tally.found == tally.manipulations && tally.wrong_seq == 0 && tally.false_alarms == 0;
    return all && tally.auditor_differs == 0 ? 0 : 1;
}
