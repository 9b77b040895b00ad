#include <algorithm>

#include "daemon/registry/bureau/selection.hpp"
#include "daemon/registry/store/alarms.hpp"
#include "daemon/registry/store/chains.hpp"
#include "daemon/registry/store/events.hpp"

namespace xueshi::registry::bureau {

namespace {

constexpr std::int64_t kMaxPage = 1'000, kMaxSeq = 1LL << 53;

json::Object device_json(store::Session &session, const store::Device &device) {
    json::Object one;
    one["device"] = device.id.str();
    one["institution"] = device.institution.str();
    one["room"] = device.room.str();
    one["state"] = to_string(device.state);
    one["suite"] = device.suite;
    one["key_level"] = device.key_level;
    one["claimed_ms"] = device.claimed_ms;
    json::Array chains;
    for (const store::Chain &chain : store::chains_of(session, device.institution, device.id)) {
        json::Object entry;
        entry["chain"] = chain.id.str();
        entry["head_seq"] = chain.head_seq;
        entry["head_hash"] = hex(chain.head_hash);
        entry["count"] = chain.count;
        entry["flags"] = chain.flags;
        entry["last_received_ms"] = chain.last_received_ms;
        chains.push_back(std::move(entry));
    }
    one["chains"] = std::move(chains);
    json::Array decisions;
    for (const store::Decision &decision : store::decisions_of(session, device.institution, device.id)) {
        json::Object entry;
        entry["decided_ms"] = decision.decided_ms;
        entry["decision"] = decision.decision;
        entry["reason"] = decision.reason;
        entry["by"] = decision.by;
        decisions.push_back(std::move(entry));
    }
    one["decisions"] = std::move(decisions);
    return one;
}

json::Object link_json(const record::StoredEvent &event, std::string_view outcome) {
    json::Object link;
    link["seq"] = event.seq;
    link["id"] = event.id.str();
    link["kind"] = event.kind;
    link["prev"] = hex(event.prev);
    link["hash"] = hex(event.hash);
    link["signature"] = base64(event.signature);
    link["outcome"] = outcome;
    return link;
}

/// Stored events and, in the places that they took, quarantined ones: one of a seq, at most `limit`.
std::vector<std::pair<record::Sequence, json::Object>> links_after(store::Session &session, const store::Device &device,
                                                                   const ChainId &chain, record::Sequence after,
                                                                   std::int64_t limit) {
    std::vector<std::pair<record::Sequence, json::Object>> links;
    for (const store::Event &event : store::chain_after(session, device.institution, device.id, chain, after, limit)) {
        links.emplace_back(event.event.seq, link_json(event.event, "stored"));
    }
    for (const store::Quarantined &row :
         store::quarantined_links(session, device.institution, device.id, chain, after, limit)) {
        links.emplace_back(row.event.seq, link_json(row.event, row.outcome));
    }
    std::sort(links.begin(), links.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    links.resize(std::min(links.size(), static_cast<std::size_t>(limit)));
    return links;
}

} // namespace

Expected<store::Device> covered_device(store::Session &session, const Call &call) {
    auto device = store::find_device(session, DeviceId(call.captured.front()));
    const auto institution = device ? store::find_institution(session, device->institution) : std::nullopt;
    if (!institution || !call.access.covers(*institution)) {
        return fail(ErrorCode::not_found, "no such device");
    }
    return std::move(*device);
}

Expected<http::Response> get_devices(const Context &context, store::Session &session, Call &call) {
    const auto institutions = institutions_of(session, call);
    if (!institutions) {
        return tl::unexpected(institutions.error());
    }
    json::Array devices, alarms;
    for (const store::Institution &institution : *institutions) {
        for (const store::Device &device : store::devices_of(session, institution.id)) {
            devices.push_back(device_json(session, device));
        }
        for (const store::Alarm &alarm : store::alarms_of(session, institution.id)) {
            json::Object one;
            one["kind"] = alarm.kind;
            one["device"] = alarm.device.str();
            one["detail"] = alarm.detail;
            one["raised_ms"] = alarm.raised_ms;
            alarms.push_back(std::move(one));
        }
    }
    json::Object body;
    body["devices"] = std::move(devices);
    body["alarms"] = std::move(alarms);
    return json_response(context, std::move(body));
}

Expected<http::Response> get_chain(const Context &context, store::Session &session, Call &call) {
    const auto device = covered_device(session, call);
    const auto after = number_of(call.request, "after", 0, 0, kMaxSeq);
    const auto limit = number_of(call.request, "limit", kMaxPage, 1, kMaxPage);
    if (!device || !after || !limit) {
        return tl::unexpected(!device ? device.error() : !after ? after.error() : limit.error());
    }
    const auto chains = store::chains_of(session, device->institution, device->id);
    ChainId chain(query_of(call.request, "chain"));
    if (chain.empty() && !chains.empty()) {
        chain = chains.front().id; // the newest
    }
    json::Array events;
    std::int64_t next = *after;
    for (auto &[seq, link] : links_after(session, *device, chain, *after, *limit)) {
        events.push_back(std::move(link));
        next = seq;
    }
    json::Object body;
    body["device"] = device->id.str();
    body["chain"] = chain.str();
    body["signing_key_pem"] = device->signing_key_pem;
    body["events"] = std::move(events);
    body["next"] = next;
    return json_response(context, std::move(body));
}

Expected<http::Response> revoke_device(const Context &context, store::Session &session, Call &call) {
    auto device = covered_device(session, call);
    if (!device) {
        return tl::unexpected(device.error());
    }
    device->state = store::DeviceState::revoked;
    store::save_device(session, *device);
    call.after_commit = [&directory = context.directory, revoked = *device] { directory.put(revoked); };
    json::Object body;
    body["device"] = device->id.str();
    body["state"] = to_string(device->state);
    return json_response(context, std::move(body));
}

Expected<http::Response> release_device(const Context &context, store::Session &session, Call &call) {
    const auto value = json::parse(call.request.body, json::Limits{.bytes = 4'096, .depth = 2});
    if (!value) {
        return tl::unexpected(value.error());
    }
    json::ObjectReader reader(*value, "release");
    const std::string reason = reader.string("reason", 512);
    if (reader.ok() && reason.empty()) {
        reader.error("reason", "must not be empty");
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    auto device = covered_device(session, call);
    if (!device) {
        return tl::unexpected(device.error());
    }
    if (store::release_device(session, *device, reason, call.access.name, context.clock.now().wall_ms)) {
        device->state = store::DeviceState::claimed;
        call.after_commit = [&directory = context.directory, released = *device] { directory.put(released); };
    }
    json::Object body;
    body["device"] = device->id.str();
    body["state"] = to_string(device->state);
    return json_response(context, std::move(body));
}

} // namespace xueshi::registry::bureau
