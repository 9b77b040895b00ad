#include "firmware/control/arguments.hpp"
#include "firmware/control/verbs.hpp"

namespace xueshi::control {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxRequestPem = 8'192;
using Answer = asio::awaitable<Expected<json::Object>>;

Answer status(Terminal &terminal, Call call) {
    if (auto nothing = expect_nothing(call.arguments); !nothing) {
        co_return tl::unexpected(nothing.error());
    }
    co_return terminal.status();
}

Answer diagnostics(Terminal &terminal, Call call) {
    if (auto nothing = expect_nothing(call.arguments); !nothing) {
        co_return tl::unexpected(nothing.error());
    }
    co_return json::Object{{"report", terminal.diagnostics()}};
}

Answer prove_possession(Terminal &terminal, Call call) {
    const json::Value value(call.arguments);
    json::ObjectReader reader(value, "arguments");
    const auto pem = reader.string("certificate_request_pem", kMaxRequestPem);
    if (auto finished = reader.finish(); !finished) {
        co_return tl::unexpected(finished.error());
    }
    // The signing key signs certificate requests here and nothing else that a peer may choose.
    if (!pem.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n")) {
        co_return fail(ErrorCode::invalid_argument, "certificate_request_pem is no certificate request");
    }
    co_return terminal.prove_possession(pem);
}

Answer reload_roster(Terminal &terminal, Call call) {
    if (auto nothing = expect_nothing(call.arguments); !nothing) {
        co_return tl::unexpected(nothing.error());
    }
    co_return terminal.reload_roster();
}

Answer sync_rejection(Terminal &terminal, Call call) {
    const json::Value value(call.arguments);
    json::ObjectReader reader(value, "arguments");
    json::Object data;
    data["rejected_chain"] = reader.string("chain", 36); // the present one, or a former one's rest
    data["rejected_seq"] = reader.integer("seq", 1, (std::int64_t{1} << 53) - 1);
    data["outcome"] = reader.string("outcome", 32);
    data["reason"] = reader.string("reason", 1'000);
    if (auto finished = reader.finish(); !finished) {
        co_return tl::unexpected(finished.error());
    }
    const auto seq = terminal.note_sync_rejection(std::move(data));
    if (!seq) {
        co_return tl::unexpected(seq.error());
    }
    co_return json::Object{{"seq", *seq}};
}

Answer nonce(Terminal &terminal, Call call) {
    const auto seq = terminal.note_nonce(call.arguments); // which reads it strictly
    if (!seq) {
        co_return tl::unexpected(seq.error());
    }
    co_return json::Object{{"seq", *seq}};
}

Answer command(Terminal &terminal, Call call) {
    co_return terminal.take_command(call.arguments); // which reads it strictly
}

Answer command_result(Terminal &terminal, Call call) {
    const auto seq = terminal.conclude_command(call.arguments);
    if (!seq) {
        co_return tl::unexpected(seq.error());
    }
    co_return json::Object{{"seq", *seq}};
}

} // namespace

void add_device_verbs(Server &server, Terminal &terminal) {
    const auto add = [&](const char *verb, Access access, Answer (*answer)(Terminal &, Call)) {
        server.add(verb, access, [&terminal, answer](Call call) { return answer(terminal, std::move(call)); });
    };
    add("status", Access::everyone, status);
    add("diagnostics", Access::operators, diagnostics);
    add("prove_possession", Access::sync, prove_possession);
    add("reload_roster", Access::sync, reload_roster);
    add("sync_rejection", Access::sync, sync_rejection);
    add("nonce", Access::sync, nonce);
    add("command", Access::sync, command);
    add("command_result", Access::sync, command_result);
}

} // namespace xueshi::control
