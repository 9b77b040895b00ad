#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "daemon/registry/store/classes.hpp"
#include "daemon/registry/store/tokens.hpp"
#include "firmware/core/http/server.hpp"

namespace xueshi::registry::bureau {

/// What a token may do.
enum class Scope {
    read,
    filing,
    inspect, ///< orders a terminal to show something: a clip, a picture, a trainee again
    admin,   ///< everything
};
std::string_view to_string(Scope scope);
Expected<Scope> parse_scope(std::string_view text);

/// Who asks: a token's name, scopes and relation.
struct Access {
    std::string name;
    std::vector<Scope> scopes;
    InstitutionId institution; ///< only this one; empty: by region
    std::string region;        ///< institutions of this region; empty: every region

    bool may(Scope scope) const;
    bool covers(const store::Institution &institution) const;
};

/// The bureau tokens in memory: answers the gate without SQL. Thread-safe.
class Tokens {
public:
    void load(std::vector<store::BureauToken> tokens);
    /// After the transaction that made it.
    void put(const store::BureauToken &token);

    /// `Authorization: Bearer ...` of a known token that has not expired; else 401.
    tl::expected<Access, http::Response> authenticate(const http::Request &request, std::int64_t now_ms) const;

private:
    mutable std::mutex mutex_;
    std::vector<store::BureauToken> tokens_;
};

} // namespace xueshi::registry::bureau
