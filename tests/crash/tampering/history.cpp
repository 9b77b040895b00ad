#include "tests/crash/tampering/history.hpp"

#include <fstream>

#include "firmware/core/identity/chain.hpp"
#include "firmware/core/journal/salvage/adopt.hpp"
#include "firmware/core/journal/salvage/beginning.hpp"
#include "firmware/core/journal/verify.hpp"

namespace xueshi::tamper {

namespace {

constexpr std::array kKinds{record::EventKind::punch, record::EventKind::heartbeat, record::EventKind::clip_saved,
                            record::EventKind::nonce, record::EventKind::refused_attempt};
constexpr std::size_t kPage = 4096;

std::string content(const std::filesystem::path &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

std::int64_t pick(Random &random, std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
}

History::History(Random &random) {
    const auto suite = pick(random, 0, 3) == 0 ? identity::Suite::sm2_sm3 : identity::Suite::p256_sha256;
    signer_ = identity::open_or_create_signer(directory_ / "signing.key", suite).value();
    open();
    live(random, pick(random, 4, 24));
    if (pick(random, 0, 4) == 0) {
        salvage(random);
        live(random, pick(random, 2, 8));
    }
    die(random);
    auto reader = journal::JournalReader::open(journal()).value();
    events_ = reader.read(0, 10'000, 1 << 30).value();
    description_ = reader.description();
}

void History::open() {
    writer_.reset();
    writer_ = journal::JournalWriter::open(journal(), *signer_).value();
}

void History::append(Random &random) {
    record::EventDraft draft;
    draft.at = clock_.now();
    draft.id = Uuid::v7(draft.at.wall_ms);
    draft.kind = kKinds.at(static_cast<std::size_t>(pick(random, 0, kKinds.size() - 1)));
    draft.data["number"] = pick(random, 1'000'000, 9'999'999);
    if (pick(random, 0, 19) == 0) {
        draft.data["text"] = std::string(static_cast<std::size_t>(pick(random, 3'000, 9'000)), 'x'); // over a page
    }
    writer_->append(draft).value();
    last_ = draft;
    clock_.advance(pick(random, 0, 100'000));
}

void History::live(Random &random, std::int64_t steps) {
    append(random);
    for (std::int64_t i = 0; i < steps; ++i) {
        switch (pick(random, 0, 9)) {
        case 0:
            open(); // a restart
            break;
        case 1:
            (void)writer_->checkpoint();
            break;
        case 2:
            writer_->append(*last_).value(); // a retry keeps its id, and is no second event
            break;
        default:
            append(random);
        }
    }
}

/// The program dies: what lies on the disk is a copy of the files at that moment.
void History::die(Random &random) {
    if (pick(random, 0, 1) == 0) {
        (void)writer_->checkpoint();
    }
    const std::string database = content(journal()), log = content(journal().string() + "-wal");
    writer_.reset();
    std::filesystem::remove(journal().string() + "-shm");
    std::ofstream(journal(), std::ios::binary | std::ios::trunc) << database;
    std::ofstream(journal().string() + "-wal", std::ios::binary | std::ios::trunc) << log;
    open();
    in_log_ = std::filesystem::file_size(journal()) < kPage * 2;
    writer_.reset();
}

/// A page is destroyed; what can be saved is, and the terminal goes on.
void History::salvage(Random &random) {
    const auto at = writer_->checkpoint();
    writer_.reset();
    std::filesystem::remove(journal().string() + "-wal");
    std::filesystem::remove(journal().string() + "-shm");
    std::string bytes = content(journal());
    const auto pages = static_cast<std::int64_t>(bytes.size() / kPage);
    if (at && pages > 3) {
        bytes.replace(static_cast<std::size_t>(pick(random, 1, pages - 1)) * kPage, kPage, kPage, '\0');
    }
    std::ofstream(journal(), std::ios::binary | std::ios::trunc) << bytes;
    const auto waiting = directory_ / journal::kSalvagedName;
    const auto saved = journal::salvage({journal(), waiting, signer_->public_key_pem(), "salvaged"});
    if (!saved && saved.error().code == ErrorCode::not_found) { // the only page with events was hit
        std::filesystem::remove(journal());
        open();
        return;
    }
    if (!saved || !journal::adopt_salvage(directory_.path(), key()).value()) {
        throw std::runtime_error("salvage: " + (saved ? "not adopted" : saved.error().message));
    }
    open();
    record::EventDraft boot;
    boot.at = clock_.now();
    boot.id = Uuid::v7(boot.at.wall_ms);
    boot.kind = record::EventKind::boot;
    auto beginning = journal::beginning_of_chain(journal()).value().value();
    boot.data = record::to_json(beginning);
    writer_->append(boot).value();
    salvaged_ = true;
}

identity::Receipt History::receipt(record::Sequence seq) const {
    identity::Receipt receipt;
    receipt.device = description_.device;
    receipt.chain = description_.chain;
    receipt.through_seq = receipt.count = seq;
    receipt.head_hash = events_[static_cast<std::size_t>(seq) - 1].hash;
    return receipt;
}

record::StoredEvent History::signed_event(const identity::Signer &signer, const ChainId &chain, record::Sequence seq,
                                          const Sha256 &prev) const {
    record::EventBody body = record::read_body(events_.back().body).value();
    body.seq = seq;
    body.id = Uuid::v7(body.at.wall_ms);
    body.chain = chain;
    body.device = identity::device_id(identity::PublicKey::from_pem(signer.public_key_pem()).value());
    record::StoredEvent event;
    event.seq = seq;
    event.id = body.id;
    event.kind = body.kind;
    event.body = record::write_body(body).value();
    event.prev = prev;
    event.hash = identity::link_hash(prev, event.body);
    event.signature = signer.sign(identity::signed_message(prev, event.body)).value();
    return event;
}

void History::settle() {
    auto database = sqlite::Database::open(journal(), sqlite::Mode::read_write_create).value();
    auto checkpoint = sqlite::Statement::prepare(database, "PRAGMA wal_checkpoint(TRUNCATE)").value();
    (void)checkpoint.step().value();
}

} // namespace xueshi::tamper
