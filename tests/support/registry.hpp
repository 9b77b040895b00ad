#pragma once

#include <memory>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "daemon/registry/devices/authority.hpp"
#include "daemon/registry/devices/claims.hpp"
#include "daemon/registry/store/classes.hpp"
#include "daemon/registry/store/devices.hpp"
#include "daemon/wire/messages.hpp"
#include "firmware/core/identity/envelope.hpp"
#include "firmware/core/identity/tls_identity.hpp"
#include "tests/support/classroom.hpp"
#include "tests/support/event_chain.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::test {

/// Runs a coroutine to its end on an io_context of its own.
template <typename T>
T run(boost::asio::awaitable<T> work) {
    boost::asio::io_context io;
    std::unique_ptr<T> result;
    std::exception_ptr thrown;
    boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr exception, T value) {
        thrown = exception;
        result = std::make_unique<T>(std::move(value));
    });
    io.run();
    if (thrown) {
        std::rethrow_exception(thrown);
    }
    return std::move(*result);
}

/// A registry's database and authority in a folder of its own, with institution i-1 and make_classroom's class.
class RegistryFixture {
public:
    RegistryFixture() { add_class(make_classroom()->classes.front(), "培训学校"); }

    void add_class(const training::TrainingClass &training_class, const std::string &institution_name) {
        in_transaction([&](registry::store::Session &session) {
            registry::store::save_institution(session, {training_class.institution, institution_name, "220100"});
            registry::store::add_class(session, training_class, {}, clock.now().wall_ms);
        });
    }

    /// Runs `work`, whose failures throw.
    template <typename Work>
    void in_transaction(const Work &work) {
        const std::function<Expected<int>(registry::store::Session &)> wrapped =
            [&](registry::store::Session &session) -> Expected<int> {
            work(session);
            return 0;
        };
        store->transact<int>(wrapped).value();
    }

    /// A device of i-1 in r-1 whose events `chain` signs, as if it had claimed.
    registry::store::Device admit(const EventChain &chain, const std::string &institution = "i-1") {
        return admit(chain.signer(), institution);
    }
    registry::store::Device admit(const identity::Signer &key, const std::string &institution = "i-1") {
        registry::store::Device device;
        device.institution = InstitutionId(institution);
        device.id = identity::device_id(identity::PublicKey::from_pem(key.public_key_pem()).value());
        device.room = RoomId("r-1");
        device.state = registry::store::DeviceState::claimed;
        device.signing_key_pem = key.public_key_pem();
        device.suite = key.suite();
        device.key_level = "file";
        device.certificate_serial = "01";
        device.claimed_ms = clock.now().wall_ms;
        in_transaction([&](registry::store::Session &session) { registry::store::save_device(session, device); });
        return device;
    }

    /// What a device's sync daemon sends to claim it.
    wire::ClaimRequest claim_request(const EventChain &chain, const std::string &token = {}) {
        wire::ClaimRequest request;
        request.certificate_request_pem =
            identity::make_certificate_request(directory / (chain.device().str() + ".tls.key"), "device").value();
        request.signing_key_pem = chain.signer().public_key_pem();
        request.suite = chain.signer().suite();
        request.key_level = "file";
        request.chain = chain.chain();
        const std::string message = std::string(wire::kProofPurpose) + "\n" + request.certificate_request_pem;
        request.proof = chain.signer().sign(as_bytes(message)).value();
        request.token = token;
        return request;
    }

    TemporaryDirectory directory;
    FakeClock clock;
    std::unique_ptr<registry::store::Store> store =
        registry::store::Store::open("sqlite3://" + (directory / "registry.db").string()).value();
    std::unique_ptr<registry::devices::Authority> authority =
        registry::devices::Authority::open(directory / "tls", {"127.0.0.1", "localhost"}, clock.now().wall_ms).value();
    std::unique_ptr<identity::Signer> signer = identity::open_or_create_signer(directory / "registry.key").value();
    identity::EnvelopeKey envelope = identity::EnvelopeKey::open_or_create(directory / "sealing.key").value();
};

} // namespace xueshi::test
