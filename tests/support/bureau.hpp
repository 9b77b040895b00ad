#pragma once

#include "daemon/registry/bureau/bureau.hpp"
#include "daemon/registry/ingest/batch.hpp"
#include "firmware/core/record/bodies.hpp"
#include "tests/support/registry.hpp"

namespace xueshi::test {

/// A registry's bureau side without sockets.
class BureauFixture : public RegistryFixture {
public:
    /// A token of these scopes, for one institution, or (empty) a region, or (both empty) everything.
    std::string add_token(const std::string &scopes, const std::string &institution, const std::string &region = {},
                          std::int64_t valid_ms = 3'600'000) {
        const std::string text = random_token();
        registry::store::BureauToken token;
        token.institution = InstitutionId(institution);
        token.region = region;
        token.hash = hex(sha256(as_bytes(text)));
        token.name = "test";
        token.scopes = scopes;
        token.expires_ms = clock.now().wall_ms + valid_ms;
        tokens.put(token);
        return text;
    }

    http::Response ask(const std::string &method, const std::string &path, const std::string &token,
                       const std::string &body = {}, std::map<std::string, std::string> query = {}) {
        return ask_with(method, path, token, {}, body, std::move(query));
    }
    http::Response ask_with(const std::string &method, const std::string &path, const std::string &token,
                            std::map<std::string, std::string> headers, const std::string &body = {},
                            std::map<std::string, std::string> query = {}) {
        registry::bureau::Bureau bureau(*store, tokens, claims, devices, commands, sticks, clock, policy, clips);
        http::Request request;
        request.method = method;
        request.path = path;
        request.query = std::move(query);
        request.headers = std::move(headers);
        if (!token.empty()) {
            request.headers["authorization"] = "Bearer " + token;
        }
        if (auto refusal = bureau.gate(request)) {
            return *refusal;
        }
        request.body = body;
        return run(bureau.handle(std::move(request)));
    }
    json::Value get(const std::string &path, const std::string &token, std::map<std::string, std::string> query = {}) {
        return json::parse(ask("GET", path, token, {}, std::move(query)).body).value();
    }

    /// Takes in what `chain` holds beyond what was taken before.
    void deliver(const EventChain &chain, const registry::store::Device &device) {
        wire::EventBatch batch;
        batch.chain = chain.chain();
        batch.events = chain.events();
        in_transaction([&](registry::store::Session &session) {
            registry::ingest::take_batch(session, device, batch, policy, clock.now().wall_ms).value();
        });
    }

    rules::CountingPolicy policy;
    registry::media::Objects clips{directory / "objects"};
    registry::bureau::Tokens tokens;
    registry::devices::Directory devices;
    registry::devices::Commands commands{*store, *signer, clock};
    registry::devices::Claims claims{
        *store, *authority, devices,
        registry::devices::RegistryKeys{signer->public_key_pem(), envelope.public_key_pem()}, clock};
    registry::ingest::Ingest ingest{*store, *signer, clock, policy};
    registry::devices::Rosters rosters{*store, *signer, clock, policy};
    registry::sticks::Sticks sticks{ingest, rosters, envelope, *signer, clock, clips};
};

/// A punch of `person` in r-1 at a moment, as a physical terminal would write it.
inline void punch_at(EventChain &chain, const std::string &person, std::int64_t wall_ms,
                     record::SourceKind source = record::SourceKind::physical) {
    record::Punch punch;
    punch.person = PersonId(person);
    punch.room = RoomId("r-1");
    punch.training_class = ClassId("c-1");
    punch.lesson = LessonId("l-1");
    auto body = chain.next_body(record::EventKind::punch, record::to_json(punch));
    body.at.wall_ms = wall_ms;
    body.source.kind = source;
    chain.append(body);
}

/// The terminal has seen the end of a lesson's window.
inline void close_lesson(EventChain &chain, const std::string &lesson, std::int64_t window_end_ms) {
    record::LessonClosed closed;
    closed.training_class = ClassId("c-1");
    closed.lesson = LessonId(lesson);
    closed.room = RoomId("r-1");
    closed.window_end_ms = window_end_ms;
    auto body = chain.next_body(record::EventKind::lesson_closed, record::to_json(closed));
    body.at.wall_ms = window_end_ms + 1;
    chain.append(body);
}

} // namespace xueshi::test
