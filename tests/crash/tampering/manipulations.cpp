#include "tests/crash/tampering/manipulations.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "firmware/core/identity/chain.hpp"

namespace xueshi::tamper {

namespace {

using Outcome = std::optional<Expectation>;
constexpr std::size_t kPage = 4096;

/// SQL past the triggers, which are put back.
class Insider {
public:
    explicit Insider(const History &history)
        : database_(sqlite::Database::open(history.journal(), sqlite::Mode::read_write_create).value()) {
        auto select =
            sqlite::Statement::prepare(database_, "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").value();
        std::string drop;
        while (select.step().value()) {
            drop += "DROP TRIGGER " + select.text(0) + ";";
            restore_ += select.text(1) + ";";
        }
        run(drop);
    }
    Insider(const Insider &) = delete;
    Insider &operator=(const Insider &) = delete;
    ~Insider() { (void)database_.execute(restore_); }

    void run(const std::string &sql) {
        if (const auto done = database_.execute(sql); !done) {
            throw std::runtime_error(sql + ": " + done.error().message);
        }
    }
    void leave_triggers_out() { restore_.clear(); }

private:
    sqlite::Database database_;
    std::string restore_;
};

std::string blob(ByteView bytes) {
    return "x'" + hex(bytes) + "'";
}
std::string quoted(const std::string &text) {
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' ? "''" : std::string(1, c);
    }
    return out + "'";
}
std::string insertion(const record::StoredEvent &event) {
    return fmt::format(
        "INSERT INTO event(seq, id, kind, body, prev, hash, signature) VALUES({}, {}, {}, {}, {}, {}, {});", event.seq,
        blob(event.id.bytes()), quoted(event.kind), quoted(event.body), blob(event.prev), blob(event.hash),
        blob(event.signature));
}
std::string deletion(record::Sequence seq) {
    return fmt::format("DELETE FROM event WHERE seq = {};", seq);
}

record::Sequence head(const History &history) {
    return static_cast<record::Sequence>(history.events().size());
}
record::Sequence any(const History &history, Random &random) {
    return pick(random, 1, head(history));
}
const record::StoredEvent &at(const History &history, record::Sequence seq) {
    return history.events()[static_cast<std::size_t>(seq) - 1];
}

/// One digit of the body's own time is another.
std::string edited(std::string body) {
    const std::size_t digit = body.find("\"wall_ms\":") + 12;
    body[digit] = body[digit] == '5' ? '6' : '5';
    return body;
}

Outcome edit_body(History &history, Random &random) {
    const auto seq = any(history, random);
    Insider(history).run(
        fmt::format("UPDATE event SET body = {} WHERE seq = {}", quoted(edited(at(history, seq).body)), seq));
    return Expectation{seq};
}

Outcome edit_body_and_hash(History &history, Random &random) {
    const auto seq = any(history, random);
    const std::string body = edited(at(history, seq).body);
    Insider(history).run(fmt::format("UPDATE event SET body = {}, hash = {} WHERE seq = {}", quoted(body),
                                     blob(identity::link_hash(at(history, seq).prev, body)), seq));
    return Expectation{seq};
}

/// Every later link is mended: only the signatures are left to show it.
Outcome edit_body_and_all_links(History &history, Random &random) {
    const auto seq = any(history, random);
    Insider insider(history);
    Sha256 prev = at(history, seq).prev;
    for (record::Sequence i = seq; i <= head(history); ++i) {
        const std::string body = i == seq ? edited(at(history, i).body) : at(history, i).body;
        const Sha256 hash = identity::link_hash(prev, body);
        insider.run(fmt::format("UPDATE event SET body = {}, prev = {}, hash = {} WHERE seq = {}", quoted(body),
                                blob(prev), blob(hash), i));
        prev = hash;
    }
    return Expectation{seq};
}

Outcome edit_column(History &history, Random &random) {
    const auto seq = any(history, random);
    const std::array<std::string, 5> edits{"kind = 'invented'", "id = randomblob(16)", "hash = zeroblob(32)",
                                           "prev = randomblob(32)", "signature = x'3006020101020101'"};
    Insider(history).run(
        fmt::format("UPDATE event SET {} WHERE seq = {}", edits.at(static_cast<std::size_t>(pick(random, 0, 4))), seq));
    return Expectation{seq};
}

Outcome signature_of_another(History &history, Random &random) {
    const auto seq = any(history, random), other = any(history, random);
    if (seq == other) {
        return std::nullopt;
    }
    Insider(history).run(
        fmt::format("UPDATE event SET signature = {} WHERE seq = {}", blob(at(history, other).signature), seq));
    return Expectation{seq};
}

/// Only signatures that were made before are at hand.
Outcome insert_at_end(History &history, Random &random) {
    record::StoredEvent event = at(history, any(history, random));
    auto body = record::read_body(event.body).value();
    body.seq = event.seq = head(history) + 1;
    body.id = event.id = Uuid::v7(body.at.wall_ms);
    event.body = record::write_body(body).value();
    event.prev = history.events().back().hash;
    event.hash = identity::link_hash(event.prev, event.body);
    Insider(history).run(insertion(event));
    return Expectation{event.seq};
}

Outcome copy_to_end(History &history, Random &random) {
    record::StoredEvent event = at(history, any(history, random));
    event.seq = head(history) + 1;
    event.id = Uuid::v7(0);
    Insider(history).run(insertion(event));
    return Expectation{event.seq};
}

Outcome insert_before_first(History &history, Random &random) {
    record::StoredEvent event = at(history, any(history, random));
    event.seq = -pick(random, 0, 9);
    event.id = Uuid::v7(0);
    Insider(history).run(insertion(event));
    return Expectation{event.seq};
}

Outcome delete_one(History &history, Random &random) {
    const auto seq = any(history, random);
    Insider(history).run(deletion(seq));
    return Expectation{seq, seq == head(history)};
}

Outcome delete_tail(History &history, Random &random) {
    const auto seq = any(history, random);
    Insider(history).run(fmt::format("DELETE FROM event WHERE seq >= {}", seq));
    return Expectation{seq, true};
}

Outcome renumber(History &history, Random &random) {
    const auto seq = any(history, random);
    if (seq == head(history)) {
        return std::nullopt;
    }
    Insider(history).run(deletion(seq) + fmt::format("UPDATE event SET seq = -seq WHERE seq > {0};"
                                                     "UPDATE event SET seq = -seq - 1 WHERE seq < 0",
                                                     seq));
    return Expectation{seq};
}

Outcome swap_two(History &history, Random &random) {
    const auto [first, second] = std::minmax({any(history, random), any(history, random)});
    if (first == second) {
        return std::nullopt;
    }
    Insider(history).run(fmt::format("UPDATE event SET seq = -1 WHERE seq = {0};"
                                     "UPDATE event SET seq = {0} WHERE seq = {1};"
                                     "UPDATE event SET seq = {1} WHERE seq = -1",
                                     first, second));
    return Expectation{first};
}

Outcome drop_triggers(History &history, Random &) {
    Insider(history).leave_triggers_out();
    return Expectation{0};
}

/// An AUTOINCREMENT table brings sqlite_sequence with it.
Outcome change_sequence(History &history, Random &) {
    Insider(history).run("CREATE TABLE extra(i INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO extra DEFAULT VALUES;"
                         "UPDATE sqlite_sequence SET seq = 1000");
    return Expectation{0};
}

Outcome replay_another_device(History &history, Random &random) {
    const test::TemporaryDirectory elsewhere;
    const auto other = identity::open_or_create_signer(elsewhere / "signing.key", history.suite()).value();
    const auto seq = any(history, random);
    const auto event = history.signed_event(*other, history.description().chain, seq, at(history, seq).prev);
    Insider(history).run(deletion(seq) + insertion(event));
    return Expectation{seq};
}

/// The device's own event, of another chain: it holds, but not here.
Outcome mix_chains(History &history, Random &random) {
    const auto seq = any(history, random);
    const auto event = history.signed_event(history.signer(), ChainId(Uuid::v4().str()), seq, at(history, seq).prev);
    Insider(history).run(deletion(seq) + insertion(event));
    return Expectation{seq};
}

/// Written anew from the start with a key of the insider's own: the device's key, known from elsewhere, shows it.
Outcome another_key(History &history, Random &) {
    const test::TemporaryDirectory elsewhere;
    const auto other = identity::open_or_create_signer(elsewhere / "signing.key", history.suite()).value();
    const auto key = identity::PublicKey::from_pem(other->public_key_pem()).value();
    Insider insider(history);
    Sha256 prev{};
    for (record::Sequence seq = 1; seq <= head(history); ++seq) {
        const auto event = history.signed_event(*other, history.description().chain, seq, prev);
        insider.run(deletion(seq) + insertion(event));
        prev = event.hash;
    }
    insider.run(fmt::format("UPDATE description SET device = {}, public_key = {}",
                            quoted(identity::device_id(key).str()), quoted(key.pem())));
    return Expectation{0};
}

Outcome change_description(History &history, Random &random) {
    const bool chain = pick(random, 0, 1) == 0;
    Insider(history).run(chain ? "UPDATE description SET chain = '00000000-0000-4000-8000-000000000000'"
                               : "UPDATE description SET device = 'd-00000000000000000000'");
    return Expectation{chain ? 1 : 0};
}

Outcome change_former(History &history, Random &random) {
    if (!history.salvaged()) {
        return std::nullopt;
    }
    auto reader = journal::JournalReader::open(history.journal()).value();
    const auto former = reader.former_chains().value().back();
    const auto events = reader.read_former(former.description.chain, 0, 10'000, 1 << 30).value();
    const auto &event = events[static_cast<std::size_t>(pick(random, 0, static_cast<std::int64_t>(events.size()) - 1))];
    Insider insider(history);
    if (pick(random, 0, 1) == 0) {
        insider.run(fmt::format("DELETE FROM former_event WHERE seq = {}", event.seq));
    } else {
        insider.run(
            fmt::format("UPDATE former_event SET body = {} WHERE seq = {}", quoted(edited(event.body)), event.seq));
    }
    return Expectation{event.seq};
}

/// An event beside all chains, which no walk along them comes to.
Outcome stray_former(History &history, Random &random) {
    const auto &event = at(history, any(history, random));
    Insider(history).run(fmt::format(
        "PRAGMA foreign_keys = OFF; INSERT INTO former_event(place, seq, id, kind, body, prev, hash, signature) "
        "VALUES(99, {}, randomblob(16), {}, {}, {}, {}, {})",
        event.seq, quoted(event.kind), quoted(event.body), blob(event.prev), blob(event.hash), blob(event.signature)));
    return Expectation{event.seq};
}

/// A former chain that brings a key along, by which anybody can sign what was lost of it.
Outcome former_key(History &history, Random &) {
    if (!history.salvaged()) {
        return std::nullopt;
    }
    const test::TemporaryDirectory elsewhere;
    const auto other = identity::open_or_create_signer(elsewhere / "signing.key", history.suite()).value();
    Insider(history).run(fmt::format("UPDATE former_chain SET public_key = {}", quoted(other->public_key_pem())));
    return Expectation{0};
}

Outcome forget_former(History &history, Random &) {
    if (!history.salvaged()) {
        return std::nullopt;
    }
    Insider(history).run("DELETE FROM former_event; DELETE FROM former_chain");
    return Expectation{1};
}

std::string content(const std::filesystem::path &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
void write(const std::filesystem::path &path, const std::string &bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// Where each event's body begins in the database file.
std::vector<std::size_t> places(const History &history, const std::string &bytes) {
    std::vector<std::size_t> found;
    for (const auto &event : history.events()) {
        found.push_back(bytes.find(event.body.substr(0, 300)));
    }
    return found;
}

Outcome flip_bit(History &history, Random &random) {
    std::string bytes = content(history.journal());
    const auto seq = any(history, random);
    const std::size_t place = places(history, bytes)[static_cast<std::size_t>(seq) - 1];
    if (place == std::string::npos) {
        return std::nullopt;
    }
    bytes[place + static_cast<std::size_t>(pick(random, 0, 250))] ^= static_cast<char>(1 << pick(random, 0, 7));
    write(history.journal(), bytes);
    return Expectation{seq};
}

Outcome zero_page(History &history, Random &random) {
    std::string bytes = content(history.journal());
    const auto all = places(history, bytes);
    const std::size_t place = all[static_cast<std::size_t>(any(history, random)) - 1];
    if (place == std::string::npos || place / kPage < 2) {
        return std::nullopt;
    }
    const std::size_t page = place / kPage;
    bytes.replace(page * kPage, kPage, kPage, '\0');
    write(history.journal(), bytes);
    const auto first = std::ranges::find_if(all, [&](std::size_t one) { return one / kPage == page; });
    return Expectation{first - all.begin() + 1};
}

Outcome older_copy(History &history, Random &random) {
    const auto seq = any(history, random);
    if (seq == head(history)) {
        return std::nullopt;
    }
    Insider(history).run(fmt::format("DELETE FROM event WHERE seq > {}; VACUUM", seq));
    return Expectation{seq + 1, true};
}

} // namespace

const std::vector<Manipulation> &manipulations() {
    static const std::vector<Manipulation> all{
        {"edit_body", edit_body},
        {"edit_body_and_hash", edit_body_and_hash},
        {"edit_body_and_all_links", edit_body_and_all_links},
        {"edit_column", edit_column},
        {"signature_of_another", signature_of_another},
        {"insert_at_end", insert_at_end},
        {"copy_to_end", copy_to_end},
        {"insert_before_first", insert_before_first},
        {"delete_one", delete_one},
        {"delete_tail", delete_tail},
        {"renumber", renumber},
        {"swap_two", swap_two},
        {"drop_triggers", drop_triggers},
        {"change_sequence", change_sequence},
        {"replay_another_device", replay_another_device},
        {"mix_chains", mix_chains},
        {"another_key", another_key},
        {"change_description", change_description},
        {"change_former", change_former},
        {"stray_former", stray_former},
        {"former_key", former_key},
        {"forget_former", forget_former},
        {"flip_bit", flip_bit},
        {"zero_page", zero_page},
        {"older_copy", older_copy},
    };
    return all;
}

} // namespace xueshi::tamper
