#include "daemon/registry/devices/claims.hpp"

#include <string_view>

#include <fmt/format.h>

#include "daemon/registry/store/chains.hpp"
#include "daemon/registry/store/classes.hpp"
#include "daemon/registry/store/tokens.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::registry::devices {

namespace {

constexpr std::int64_t kPendingMs = 86'400'000; // an operator has a day to approve
constexpr std::int64_t kMaxPending = 200;       // anybody may ask: the table must not grow without end
constexpr std::int64_t kMaxPendingOfPeer = 50;  // a large site behind one address
constexpr std::string_view kCodeLetters = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"; // no 0 O 1 I L: it is read from a screen
constexpr std::size_t kCodeLength = 6;

std::string short_code() {
    std::string code;
    while (code.size() < kCodeLength) {
        const std::uint8_t byte = random_bytes(1).front();
        if (byte < kCodeLetters.size() * (256 / kCodeLetters.size())) { // no letter more likely than another
            code += kCodeLetters[byte % kCodeLetters.size()];
        }
    }
    return code;
}

/// The device's id, once both its keys have proved themselves.
Expected<DeviceId> verify(const wire::ClaimRequest &request) {
    const auto key = identity::PublicKey::from_pem(request.signing_key_pem);
    if (!key) {
        return fail(ErrorCode::invalid_argument, "claim.signing_key_pem: " + key.error().message);
    }
    if (key->suite() != request.suite) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("claim.suite: {}, but the signing key is of suite {}", request.suite, key->suite()));
    }
    const auto message = fmt::format("{}\n{}", wire::kProofPurpose, request.certificate_request_pem);
    if (const auto proof = key->verify(as_bytes(message), request.proof); !proof) {
        return fail(ErrorCode::denied, "claim.proof: not the signing key's signature over this request");
    }
    return identity::device_id(*key);
}

Sha256 digest_of(const std::string &certificate_request_pem) {
    return sha256(as_bytes(certificate_request_pem));
}

/// Of "address:port".
std::string address_of(const std::string &peer) {
    return peer.substr(0, peer.rfind(':'));
}

/// The token's place, or why it does not help this device.
Expected<store::DeviceToken> redeem(store::Session &session, const std::string &token, const DeviceId &by,
                                    std::int64_t now_ms) {
    auto found = store::find_device_token(session, hex(sha256(as_bytes(token))));
    if (!found) {
        return fail(ErrorCode::denied, "claim.token: unknown");
    }
    if (found->used_by == by) {
        return std::move(*found); // the answer was lost: the same again
    }
    if (!found->used_by.empty() || found->expires_ms <= now_ms) {
        return fail(ErrorCode::denied, "claim.token: used or expired");
    }
    store::use_device_token(session, *found, by, now_ms);
    return std::move(*found);
}

} // namespace

Claims::Claims(store::Store &store, const Authority &authority, Directory &directory, RegistryKeys keys,
               const Clock &clock)
    : store_(store), authority_(authority), directory_(directory), keys_(std::move(keys)), clock_(clock) {}

boost::asio::awaitable<http::Response> Claims::claim(http::Request request) {
    const auto asked = wire::read_claim_request(request.body);
    if (!asked) {
        co_return http::problem(asked.error());
    }
    const auto id = verify(*asked);
    if (!id) {
        co_return http::problem(id.error());
    }
    std::function<Expected<Outcome>(store::Session &)> work = [&](store::Session &session) {
        return decide(session, *asked, *id, address_of(request.peer));
    };
    const auto outcome = co_await store_.run<Outcome>(std::move(work));
    if (!outcome) {
        log::warning("claim_refused", {{"device", *id}, log::Field(outcome.error())});
        co_return http::problem(outcome.error());
    }
    wire::ClaimAnswer answer;
    http::Response response;
    if (!outcome->code.empty()) {
        answer.code = outcome->code;
        response.status = 202;
    } else {
        directory_.put(outcome->device);
        log::info("device_claimed",
                  {{"device", *id}, {"institution", outcome->device.institution}, {"room", outcome->device.room}});
        answer.device = *id;
        answer.certificate_pem = outcome->device.certificate_pem;
        answer.ca_pem = authority_.ca_pem();
        answer.registry_key_pem = keys_.signing_pem;
        answer.sealing_key_pem = keys_.sealing_pem;
    }
    response.body = wire::write(answer);
    co_return response;
}

Expected<Claims::Outcome> Claims::decide(store::Session &session, const wire::ClaimRequest &request, const DeviceId &id,
                                         const std::string &peer) const {
    const std::int64_t now_ms = clock_.now().wall_ms;
    auto device = store::find_device(session, id);
    if (device && device->state == store::DeviceState::revoked) {
        return fail(ErrorCode::denied, "this device was revoked");
    }
    if (!request.token.empty()) {
        const auto token = redeem(session, request.token, id, now_ms);
        if (!token) {
            return tl::unexpected(token.error());
        }
        if (device && device->institution != token->institution) {
            return fail(ErrorCode::conflict, "this device belongs to another institution");
        }
        if (!device) {
            device.emplace();
            device->id = id;
            device->institution = token->institution;
        }
        device->room = token->room;
    }
    if (!device) {
        return wait_for_operator(session, id, peer, now_ms);
    }
    auto admitted = admit(session, request, std::move(*device), now_ms);
    if (!admitted) {
        return tl::unexpected(admitted.error());
    }
    return Outcome{std::move(*admitted), {}};
}

Expected<store::Device> Claims::admit(store::Session &session, const wire::ClaimRequest &request, store::Device device,
                                      std::int64_t now_ms) const {
    if (device.certificate_pem.empty() || device.certificate_request_pem != request.certificate_request_pem) {
        // A proof names no time: who kept an old claim could lock the device out with it (F25).
        if (store::is_retired(session, device, digest_of(request.certificate_request_pem))) {
            return fail(ErrorCode::conflict,
                        "claim.certificate_request_pem: a newer one took its place; claim with a new key");
        }
        const auto issued = authority_.issue(request.certificate_request_pem, device.id, now_ms);
        if (!issued) {
            return tl::unexpected(issued.error());
        }
        if (!device.certificate_request_pem.empty()) {
            store::retire_request(session, device, digest_of(device.certificate_request_pem), now_ms);
        }
        device.certificate_pem = issued->pem;
        device.certificate_serial = issued->serial;
        device.certificate_request_pem = request.certificate_request_pem;
        device.claimed_ms = device.claimed_ms == 0 ? now_ms : device.claimed_ms;
    }
    device.signing_key_pem = request.signing_key_pem;
    device.suite = request.suite;
    device.key_level = request.key_level;
    if (device.state == store::DeviceState::approved) {
        device.state = store::DeviceState::claimed;
    }
    store::save_device(session, device);
    store::remove_pending_claim(session, device.id);
    if (store::chains_of(session, device.institution, device.id).empty()) {
        store::Chain chain; // known from now on, though nothing of it has come: what it holds is outstanding
        chain.institution = device.institution;
        chain.device = device.id;
        chain.id = request.chain;
        chain.first_received_ms = chain.last_received_ms = now_ms;
        store::save_chain(session, chain);
    }
    return device;
}

Expected<Claims::Outcome> Claims::wait_for_operator(store::Session &session, const DeviceId &id,
                                                    const std::string &peer, std::int64_t now_ms) const {
    store::remove_pending_claims_before(session, now_ms - kPendingMs);
    Outcome outcome;
    if (const auto waiting = store::pending_claim_of(session, id)) {
        outcome.code = waiting->code;
        return outcome;
    }
    // Claims that nobody approves must not stop a real device for a day.
    if (store::pending_claims_from(session, peer) >= kMaxPendingOfPeer) {
        store::remove_oldest_pending_claim_from(session, peer);
    } else if (store::pending_claims(session) >= kMaxPending) {
        store::remove_oldest_pending_claim(session);
    }
    store::PendingClaim claim;
    claim.device = id;
    claim.asked_ms = now_ms;
    claim.peer = peer;
    do {
        claim.code = short_code();
    } while (store::pending_claim_with(session, claim.code));
    store::save_pending_claim(session, claim);
    outcome.code = claim.code;
    return outcome;
}

Expected<DeviceId> Claims::approve(store::Session &session, const std::string &code, const InstitutionId &institution,
                                   const RoomId &room) const {
    store::remove_pending_claims_before(session, clock_.now().wall_ms - kPendingMs);
    const auto waiting = store::pending_claim_with(session, code);
    if (!waiting) {
        return fail(ErrorCode::not_found, "no claim waits with this code");
    }
    store::Device device;
    device.id = waiting->device;
    device.institution = institution;
    device.room = room;
    store::save_device(session, device);
    store::remove_pending_claim(session, device.id);
    return device.id;
}

} // namespace xueshi::registry::devices
