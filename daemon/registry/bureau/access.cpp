#include "daemon/registry/bureau/access.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "firmware/core/base/bytes.hpp"

namespace xueshi::registry::bureau {

namespace {

constexpr std::array kScopes{
    std::pair{Scope::read, std::string_view("read")}, std::pair{Scope::filing, std::string_view("filing")},
    std::pair{Scope::inspect, std::string_view("inspect")}, std::pair{Scope::admin, std::string_view("admin")}};
constexpr std::string_view kBearer = "bearer ";

std::vector<Scope> parse_scopes(std::string_view text) {
    std::vector<Scope> scopes;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (const auto scope = parse_scope(text.substr(0, end))) {
            scopes.push_back(*scope);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return scopes;
}

/// "220000" covers "220100": trailing pairs of zeros stand for everything below.
bool region_covers(std::string_view region, std::string_view inner) {
    while (region.ends_with("00")) {
        region.remove_suffix(2);
    }
    return inner.starts_with(region);
}

http::Response unauthorized() {
    auto response = http::problem(401, "Unauthorized", "a valid bearer token is needed");
    response.headers["WWW-Authenticate"] = "Bearer";
    return response;
}

std::string bearer_of(const http::Request &request) {
    const std::string header = request.header("authorization");
    std::string scheme = header.substr(0, kBearer.size());
    std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return scheme == kBearer ? header.substr(kBearer.size()) : std::string{};
}

} // namespace

std::string_view to_string(Scope scope) {
    return kScopes.at(static_cast<std::size_t>(scope)).second;
}

Expected<Scope> parse_scope(std::string_view text) {
    for (const auto &[scope, name] : kScopes) {
        if (name == text) {
            return scope;
        }
    }
    return fail(ErrorCode::invalid_argument, "a scope is read, filing or admin");
}

bool Access::may(Scope scope) const {
    return std::any_of(scopes.begin(), scopes.end(),
                       [scope](Scope held) { return held == scope || held == Scope::admin; });
}

bool Access::covers(const store::Institution &asked) const {
    if (!institution.empty()) {
        return asked.id == institution;
    }
    return region.empty() || region_covers(region, asked.region);
}

void Tokens::load(std::vector<store::BureauToken> tokens) {
    const std::lock_guard lock(mutex_);
    tokens_ = std::move(tokens);
}

void Tokens::put(const store::BureauToken &token) {
    const std::lock_guard lock(mutex_);
    tokens_.push_back(token);
}

tl::expected<Access, http::Response> Tokens::authenticate(const http::Request &request, std::int64_t now_ms) const {
    const std::string hash = hex(sha256(as_bytes(bearer_of(request))));
    const std::lock_guard lock(mutex_);
    const store::BureauToken *found = nullptr;
    for (const store::BureauToken &token : tokens_) { // all of them: the time says nothing about which one is near
        if (equal_secret(token.hash, hash)) {
            found = &token;
        }
    }
    if (found == nullptr || found->expires_ms <= now_ms) {
        return tl::unexpected(unauthorized());
    }
    Access access;
    access.name = found->name;
    access.scopes = parse_scopes(found->scopes);
    access.institution = found->institution;
    access.region = found->region;
    return access;
}

} // namespace xueshi::registry::bureau
