#include "tests/flow/sync_faults/judge.hpp"

#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/identity/chain.hpp"
#include "firmware/core/journal/reader.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::test::sync_faults {

namespace {

constexpr std::size_t kAll = 1'000'000;
constexpr std::uint64_t kMaxFile = 256 << 20;

Sha256 hash_of(const std::string &text) {
    Sha256 hash{};
    const auto bytes = parse_hex(text).value_or(Bytes());
    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
    return hash;
}

bool same(const record::StoredEvent &a, const record::StoredEvent &b) {
    return a.seq == b.seq && a.id == b.id && a.kind == b.kind && a.body == b.body && a.prev == b.prev &&
           a.hash == b.hash && a.signature == b.signature;
}

class Judge {
public:
    explicit Judge(const std::filesystem::path &directory)
        : directory_(directory), reader_(journal::JournalReader::open(directory / "terminal/journal.db").value()),
          journal_(reader_.read(0, kAll, kMaxFile).value()),
          database_(sqlite::Database::open(directory / "registry/registry.db", sqlite::Mode::read_only).value()) {}

    Verdict judge() {
        verdict_.events = static_cast<std::int64_t>(journal_.size());
        compare_events();
        compare_punches();
        verdict_.refused = count("SELECT count(*) FROM quarantine", "set aside");
        verdict_.refused += count("SELECT count(*) FROM device WHERE state = 'quarantined'", "quarantined");
        compare_receipt();
        compare_clips();
        return verdict_;
    }

private:
    void find(std::int64_t &tally, const std::string &words) {
        if (++tally == 1) {
            verdict_.findings.push_back(words);
        }
    }
    std::int64_t count(std::string_view select, std::string_view what) {
        auto row = sqlite::Statement::prepare(database_, select).value();
        const auto number = row.step().value() ? row.integer(0) : 0;
        if (number > 0) {
            verdict_.findings.push_back(fmt::format("{} {}", number, what));
        }
        return number;
    }

    void compare_events() {
        const auto key = identity::PublicKey::from_pem(reader_.description().public_key_pem).value();
        identity::ChainVerifier chain(key, reader_.description().device, reader_.description().chain);
        auto rows = sqlite::Statement::prepare(database_, "SELECT seq, id, kind, body, prev, hash, signature, position "
                                                          "FROM event ORDER BY chain_id, seq")
                        .value();
        std::int64_t position = 0;
        std::set<record::Sequence> held;
        while (rows.step().value()) {
            record::StoredEvent event;
            event.seq = rows.integer(0);
            event.id = Uuid::parse(rows.text(1)).value_or(Uuid());
            event.kind = rows.text(2);
            event.body = rows.text(3);
            event.prev = hash_of(rows.text(4));
            event.hash = hash_of(rows.text(5));
            event.signature = parse_base64(rows.text(6)).value_or(Bytes());
            take(event, key);
            if (!chain.feed(event) || rows.integer(7) <= position) {
                find(verdict_.disordered, fmt::format("the registry's event {} does not follow", event.seq));
            }
            position = rows.integer(7);
            held.insert(event.seq);
        }
        for (const auto &event : journal_) {
            if (!held.contains(event.seq)) {
                find(verdict_.lost, fmt::format("the registry does not hold event {}", event.seq));
            }
        }
    }

    void take(const record::StoredEvent &event, const identity::PublicKey &key) {
        const auto in_journal = static_cast<std::size_t>(event.seq - 1) < journal_.size() &&
                                same(journal_[static_cast<std::size_t>(event.seq - 1)], event);
        const auto body = identity::check_event(key, reader_.description().device, reader_.description().chain, event);
        if (!in_journal || !body) {
            find(verdict_.foreign, fmt::format("the registry's event {} is not the journal's", event.seq));
        }
        if (body && body->kind == to_string(record::EventKind::punch)) {
            ++punches_[record::punch_from_json(body->data).value().frames];
        }
    }

    void compare_punches() {
        std::ifstream in(directory_ / "terminal/acknowledged");
        for (std::int64_t number = 0; in >> number;) {
            ++verdict_.punches;
            if (!punches_.contains(number)) {
                find(verdict_.lost, fmt::format("punch {} was acknowledged and is not at the registry", number));
            }
        }
        for (const auto &[number, times] : punches_) {
            if (times > 1) {
                find(verdict_.doubled, fmt::format("punch {} is at the registry {} times", number, times));
            }
        }
    }

    void compare_receipt() {
        const auto receipt = acked::read_receipt(directory_ / "sync");
        const bool holds = receipt && !journal_.empty() && receipt->through_seq == journal_.back().seq &&
                           receipt->head_hash == journal_.back().hash && receipt->count == verdict_.events;
        if (!holds) {
            find(verdict_.receipts_wrong, "acked.json is not the receipt of the whole journal");
        }
    }

    void compare_clips() {
        for (const auto &event : journal_) {
            if (event.kind != to_string(record::EventKind::clip_saved)) {
                continue;
            }
            ++verdict_.clips;
            const auto data = record::read_body(event).value().data;
            const auto digest = std::string(data.at("sha256").as_string());
            auto row =
                sqlite::Statement::prepare(database_, "SELECT object, standing FROM media WHERE media_id = ?").value();
            row.bind(1, std::string(data.at("clip").as_string()));
            if (!row.step().value()) {
                find(verdict_.clips_wrong, fmt::format("the clip of event {} is not at the registry", event.seq));
                continue;
            }
            const auto name = row.text(0);
            const auto object = read_file(directory_ / "registry/media/objects" / name.substr(0, 2) / name, kMaxFile);
            if (!object || hex(sha256(as_bytes(*object))) != digest || row.text(1) != "signed") {
                find(verdict_.clips_wrong, fmt::format("the clip of event {} is not what was signed", event.seq));
            }
        }
    }

    std::filesystem::path directory_;
    journal::JournalReader reader_;
    std::vector<record::StoredEvent> journal_;
    sqlite::Database database_;
    std::map<std::int64_t, int> punches_; ///< at the registry, by number
    Verdict verdict_;
};

} // namespace

Verdict judge(const std::filesystem::path &directory) {
    return Judge(directory).judge();
}

} // namespace xueshi::test::sync_faults
