#include "daemon/registryd/admin_token.hpp"

#include <algorithm>
#include <limits>

#include "daemon/registry/store/tokens.hpp"
#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::registryd {

namespace store = registry::store;

namespace {

constexpr std::uint64_t kMaxTokenBytes = 256;
constexpr std::int64_t kNever = 1LL << 53;

Expected<std::string> read_or_make(const std::filesystem::path &file) {
    auto there = read_file(file, kMaxTokenBytes);
    if (there) {
        there->erase(std::find(there->begin(), there->end(), '\n'), there->end());
        return there->empty() ? fail(ErrorCode::corrupt, file.string() + " is empty: remove it") : there;
    }
    if (there.error().code != ErrorCode::not_found) {
        return there;
    }
    const std::string token = random_token(32);
    if (auto written = write_file_durably(file, token + "\n", 0600); !written) {
        return tl::unexpected(written.error());
    }
    return token;
}

} // namespace

Expected<void> open_or_create_admin_token(store::Store &store, const std::filesystem::path &file, std::int64_t now_ms) {
    const auto text = read_or_make(file);
    if (!text) {
        return fail(text, "admin token");
    }
    store::BureauToken token;
    token.hash = hex(sha256(as_bytes(*text)));
    token.name = "operator";
    token.scopes = "admin";
    token.made_ms = now_ms;
    token.expires_ms = kNever;
    const std::function<Expected<bool>(store::Session &)> work = [&](store::Session &session) -> Expected<bool> {
        bool there = false;
        for (const auto &each : store::bureau_tokens(session)) {
            there = there || each.hash == token.hash;
            // Of a file that was removed, since somebody may have read it: nothing else ends that token.
            if (each.hash != token.hash && each.name == token.name && each.expires_ms == kNever) {
                store::end_bureau_token(session, each, now_ms);
            }
        }
        if (!there) {
            store::add_bureau_token(session, token);
        }
        return true;
    };
    const auto done = store.transact<bool>(work);
    return done ? Expected<void>{} : Expected<void>(tl::unexpected(done.error()));
}

} // namespace xueshi::registryd
