#pragma once

#include <algorithm>
#include <optional>

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "daemon/sync/source.hpp"
#include "daemon/sync/state.hpp"
#include "daemon/sync/terminal.hpp"
#include "firmware/core/identity/chain.hpp"
#include "tests/support/fake_upstream.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::test {

/// A journal in memory. The bodies are not real ones: sync never looks into them.
class ListSource final : public sync::EventSource {
public:
    journal::Description about;
    std::vector<record::StoredEvent> events;
    std::optional<Error> failure, read_failure;

    void append(std::size_t count, const std::string &kind = "heartbeat") {
        for (; count > 0; --count) {
            record::StoredEvent event;
            event.seq = static_cast<record::Sequence>(events.size() + 1);
            event.id = Uuid::v7(1'700'000'000'000 + event.seq);
            event.kind = kind;
            event.body = "{\"seq\":" + std::to_string(event.seq) + "}";
            event.prev = events.empty() ? Sha256{} : events.back().hash;
            event.hash = identity::link_hash(event.prev, event.body);
            event.signature = Bytes{1};
            events.push_back(event);
        }
    }

    /// The present chain becomes a former one and another begins.
    void begin_chain() {
        former.push_back({about, events});
        about.chain = ChainId(Uuid::v4().str());
        events.clear();
    }

    Expected<std::vector<sync::JournalChain>> chains() override {
        if (failure) {
            return tl::unexpected<Error>(*failure);
        }
        std::vector<sync::JournalChain> all;
        for (const Former &chain : former) {
            all.push_back({chain.about, head_of(chain.events), true});
        }
        all.push_back({about, head_of(events), false});
        return all;
    }
    Expected<std::vector<record::StoredEvent>> read(const ChainId &chain, record::Sequence after, std::size_t count,
                                                    std::size_t) override {
        if (read_failure) {
            return tl::unexpected<Error>(*read_failure);
        }
        const auto found = std::ranges::find(former, chain, [](const Former &one) { return one.about.chain; });
        if (found != former.end() && damaged == chain) {
            return fail(ErrorCode::corrupt, "told to be damaged");
        }
        std::vector<record::StoredEvent> out;
        for (const auto &event : found != former.end() ? found->events : events) {
            if (event.seq > after && out.size() < count) {
                out.push_back(event);
            }
        }
        return out;
    }

    struct Former {
        journal::Description about;
        std::vector<record::StoredEvent> events;
    };
    std::vector<Former> former;
    ChainId damaged; ///< this former chain cannot be read

private:
    static journal::Head head_of(const std::vector<record::StoredEvent> &events) {
        return events.empty() ? journal::Head{} : journal::Head{events.back().seq, events.back().hash};
    }
};

/// terminald, as sync sees it.
class FakeTerminal final : public sync::Terminal {
public:
    std::vector<std::pair<std::string, json::Object>> calls;
    std::function<Expected<json::Object>(const std::string &verb, const json::Object &arguments)> answer =
        [](const std::string &, const json::Object &) { return json::Object(); };

    boost::asio::awaitable<Expected<json::Object>> call(std::string verb, json::Object arguments) override {
        calls.emplace_back(verb, arguments);
        co_return answer(verb, arguments);
    }
};

/// Runs one coroutine to its end.
template <typename T>
T run(boost::asio::awaitable<T> work) {
    boost::asio::io_context io;
    std::optional<T> out;
    boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr failed, T result) {
        if (failed) {
            std::rethrow_exception(failed);
        }
        out = std::move(result);
    });
    io.run();
    return std::move(*out);
}
inline void run(boost::asio::awaitable<void> work) {
    boost::asio::io_context io;
    boost::asio::co_spawn(io, std::move(work), [](std::exception_ptr failed) {
        if (failed) {
            std::rethrow_exception(failed);
        }
    });
    io.run();
}

/// A sync directory, the keys of both ends, and a claimed device.
struct SyncBench {
    TemporaryDirectory directory;
    std::unique_ptr<identity::Signer> device_signer = identity::open_or_create_signer(directory / "device.key").value();
    std::unique_ptr<identity::Signer> registry_signer =
        identity::open_or_create_signer(directory / "registry.key").value();
    identity::PublicKey registry_key = identity::PublicKey::from_pem(registry_signer->public_key_pem()).value();
    DeviceId device = identity::device_id(identity::PublicKey::from_pem(device_signer->public_key_pem()).value());
    ChainId chain{Uuid::v4().str()};
    FakeUpstream upstream{*registry_signer, device};
    ListSource source;
    FakeTerminal terminal;

    SyncBench() {
        source.about.device = device;
        source.about.chain = chain;
        source.about.public_key_pem = device_signer->public_key_pem();
    }
    sync::Claim claim() const { return {device, "certificate", "ca", registry_signer->public_key_pem(), ""}; }
    sync::State open_state() const { return sync::State::open(directory / "sync").value(); }
    sync::State claimed_state() const {
        auto state = open_state();
        REQUIRE(write_file_durably(state.client_key(), "key", 0600));
        if (!state.claim()) {
            REQUIRE(state.save_claim(claim(), 1));
        }
        return state;
    }
    json::Object file(const std::string &name) const {
        return json::parse(read_file(directory / ("sync/" + name), 1 << 20).value()).value().as_object();
    }
};

} // namespace xueshi::test
