#include "firmware/core/journal/salvage/carve.hpp"

#include <algorithm>
#include <unordered_set>

#include "firmware/core/identity/chain.hpp"

namespace xueshi::journal {
namespace {

constexpr std::string_view kBodyBegins = R"({"boot_id":")";
constexpr std::string_view kKeyBegins = "-----BEGIN PUBLIC KEY-----", kKeyEnds = "-----END PUBLIC KEY-----\n";
constexpr std::size_t kHash = std::tuple_size_v<Sha256>;
constexpr std::size_t kMaxPem = 2 * 1024;
constexpr std::size_t kMaxPayload = record::kMaxBodyBytes + 1024; ///< of a row: the body and the other columns
constexpr std::uint8_t kLeafOfTable = 0x0D;

/// Length of the JSON object that `text` begins with; 0: it does not end here.
std::size_t object_length(std::string_view text) {
    std::size_t depth = 0;
    bool inside = false;
    for (std::size_t i = 0; i < text.size() && i <= record::kMaxBodyBytes; ++i) {
        const char c = text[i];
        if (inside) {
            i += c == '\\' ? 1 : 0;
            inside = c != '"';
        } else if (c == '"') {
            inside = true;
        } else if (c == '{') {
            ++depth;
        } else if (c == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

/// A DER SEQUENCE of less than 128 bytes, as ECDSA and SM2 signatures are.
std::size_t signature_length(ByteView bytes) {
    const bool begins = bytes.size() > 2 && bytes[0] == 0x30 && bytes[1] < 0x80;
    const std::size_t length = begins ? std::size_t{2} + bytes[1] : 0;
    return length <= bytes.size() ? length : 0;
}

Sha256 hash_at(ByteView bytes, std::size_t at) {
    Sha256 hash{};
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), kHash, hash.begin());
    return hash;
}

/// SQLite's variable-length integer; false: it does not end in `bytes`.
bool read_varint(ByteView bytes, std::size_t &at, std::uint64_t &value) {
    value = 0;
    for (int i = 0; i < 9 && at < bytes.size(); ++i) {
        const std::uint8_t byte = bytes[at++];
        value = i == 8 ? value << 8 | byte : value << 7 | (byte & 0x7FU);
        if (byte < 0x80 || i == 8) {
            return true;
        }
    }
    return false;
}

std::size_t big_endian(ByteView bytes, std::size_t at, std::size_t count) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        value = value << 8 | bytes[at + i];
    }
    return value;
}

class Carver {
public:
    explicit Carver(Pages &pages) : pages_(pages) {}

    Carving run() {
        pages_.visit([this](std::uint32_t number, ByteView image) { look_at(number, image); });
        return std::move(found_);
    }

private:
    void look_at(std::uint32_t number, ByteView image) {
        scan(image);
        const std::size_t header = number == 1 ? 100 : 0;
        if (image.size() == pages_.page_size() && image[header] == kLeafOfTable) {
            follow_long_rows(image, header);
        }
    }

    /// Whole rows, whatever the page around them looks like.
    void scan(ByteView bytes) {
        const std::string_view text = as_text(bytes);
        for (std::size_t at = text.find(kBodyBegins); at != std::string_view::npos;
             at = text.find(kBodyBegins, at + 1)) {
            try_row(bytes.subspan(at));
        }
        const std::size_t key = text.find(kKeyBegins);
        const std::size_t end = key == std::string_view::npos ? key : text.find(kKeyEnds, key);
        if (end != std::string_view::npos && end - key < kMaxPem) {
            found_.public_keys.emplace(text.substr(key, end - key + kKeyEnds.size()));
        }
    }

    /// Rows that go on in overflow pages, by the page's array of cells.
    void follow_long_rows(ByteView page, std::size_t header) {
        const std::size_t cells = big_endian(page, header + 3, 2);
        for (std::size_t i = 0; i < cells && header + 10 + 2 * i <= page.size(); ++i) {
            std::size_t at = big_endian(page, header + 8 + 2 * i, 2);
            std::uint64_t claimed = 0, rowid = 0;
            if (at >= page.size() || !read_varint(page, at, claimed) || !read_varint(page, at, rowid) ||
                claimed > kMaxPayload) {
                continue;
            }
            const auto payload = static_cast<std::size_t>(claimed);
            const std::size_t local = local_bytes(payload);
            if (local < payload && at + local + 4 <= page.size()) {
                const Bytes row = assemble(page.subspan(at, local + 4), payload);
                const std::size_t body = as_text(row).find(kBodyBegins);
                if (body != std::string_view::npos) {
                    try_row(ByteView(row).subspan(body));
                }
            }
        }
    }

    /// How much of a row lies in its leaf (fileformat2, section 1.6).
    std::size_t local_bytes(std::size_t payload) const {
        const std::size_t usable = pages_.page_size();
        const std::size_t most = usable - 35, least = (usable - 12) * 32 / 255 - 23;
        const std::size_t some = least + (payload - least) % (usable - 4);
        return payload <= most ? payload : some <= most ? some : least;
    }

    Bytes assemble(ByteView local_and_next, std::size_t payload) const {
        const std::size_t local = local_and_next.size() - 4;
        Bytes row(local_and_next.begin(), local_and_next.begin() + static_cast<std::ptrdiff_t>(local));
        auto next = static_cast<std::uint32_t>(big_endian(local_and_next, local, 4));
        while (row.size() < payload && next != 0) {
            const auto page = pages_.find(next);
            if (!page || page->size() != pages_.page_size()) {
                break;
            }
            const std::size_t count = std::min(payload - row.size(), page->size() - 4);
            row.insert(row.end(), page->begin() + 4, page->begin() + 4 + static_cast<std::ptrdiff_t>(count));
            next = static_cast<std::uint32_t>(big_endian(*page, 0, 4));
        }
        return row;
    }

    /// `bytes` begin with a body.
    void try_row(ByteView bytes) {
        const std::size_t length = object_length(as_text(bytes));
        if (length == 0 || bytes.size() < length + 2 * kHash) {
            return;
        }
        record::StoredEvent event;
        event.prev = hash_at(bytes, length);
        event.hash = hash_at(bytes, length + kHash);
        const ByteView rest = bytes.subspan(length + 2 * kHash);
        const std::size_t signature = signature_length(rest);
        const ByteView marks = bytes.subspan(length + kHash, kHash + signature); // hash and signature
        if (signature == 0 || seen_.contains(std::string(as_text(marks)))) {     // a log holds each row many times
            return;
        }
        event.body = as_text(bytes.first(length));
        if (identity::link_hash(event.prev, event.body) != event.hash) {
            return;
        }
        const auto body = record::read_body(std::string_view(event.body));
        if (!body) {
            return;
        }
        event.seq = body->seq;
        event.id = body->id;
        event.kind = body->kind;
        event.signature.assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(signature));
        found_.chains[body->chain][event.seq].push_back(Candidate{event, body->device, body->suite});
        seen_.emplace(as_text(marks));
    }

    Pages &pages_;
    Carving found_;
    std::unordered_set<std::string> seen_; ///< hash and signature: a copy may have either damaged
};

} // namespace

Carving carve(Pages &pages) {
    return Carver(pages).run();
}

} // namespace xueshi::journal
