#include "daemon/wire/fields.hpp"
#include "daemon/wire/messages.hpp"

namespace xueshi::wire {
namespace {

constexpr std::size_t kMaxPemBytes = 8 * 1024; // a chain of two P-256 certificates is under 2 KiB
constexpr std::size_t kMaxTokenBytes = 256;
constexpr std::size_t kMaxCodeBytes = 32;
constexpr json::Limits kClaimLimits{.bytes = 64 * 1024, .depth = 4};

} // namespace

std::string write(const ClaimRequest &request) {
    json::Object out;
    out["certificate_request_pem"] = request.certificate_request_pem;
    out["signing_key_pem"] = request.signing_key_pem;
    out["suite"] = request.suite;
    out["key_level"] = request.key_level;
    out["chain"] = request.chain.str();
    out["proof"] = base64(request.proof);
    if (!request.token.empty()) {
        out["token"] = request.token;
    }
    return json::serialize(out);
}

Expected<ClaimRequest> read_claim_request(std::string_view text) {
    const auto value = json::parse(text, kClaimLimits);
    if (!value) {
        return fail(value, "claim");
    }
    json::ObjectReader reader(*value, "claim");
    ClaimRequest request;
    request.certificate_request_pem = reader.string("certificate_request_pem", kMaxPemBytes);
    request.signing_key_pem = reader.string("signing_key_pem", kMaxPemBytes);
    request.suite = static_cast<int>(reader.integer("suite", 1, 2));
    request.key_level = reader.string("key_level", 16);
    if (request.key_level != "file" && request.key_level != "hardware") {
        reader.error("key_level", "must be file or hardware");
    }
    request.chain = ChainId(uuid_field(reader, "chain"));
    request.proof = bytes_field(reader, "proof", kMaxSignatureBytes);
    request.token = reader.optional_string("token", kMaxTokenBytes).value_or("");
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    return request;
}

std::string write(const ClaimAnswer &answer) {
    json::Object out;
    if (!answer.code.empty()) {
        out["code"] = answer.code;
        return json::serialize(out);
    }
    out["device"] = answer.device.str();
    out["certificate_pem"] = answer.certificate_pem;
    out["ca_pem"] = answer.ca_pem;
    out["registry_key_pem"] = answer.registry_key_pem;
    if (!answer.sealing_key_pem.empty()) {
        out["sealing_key_pem"] = answer.sealing_key_pem;
    }
    return json::serialize(out);
}

Expected<ClaimAnswer> read_claim_answer(std::string_view text) {
    const auto value = json::parse(text, kClaimLimits);
    if (!value) {
        return fail(value, "claim answer");
    }
    json::ObjectReader reader(*value, "claim answer");
    ClaimAnswer answer;
    const auto code = reader.optional_string("code", kMaxCodeBytes);
    if (code) {
        answer.code = *code;
        if (code->empty() || reader.optional("certificate_pem") != nullptr) {
            reader.error("code", "must not be empty, nor come with a certificate");
        }
    } else {
        answer.device = DeviceId(reader.string("device", 64));
        answer.certificate_pem = reader.string("certificate_pem", kMaxPemBytes);
        answer.ca_pem = reader.string("ca_pem", kMaxPemBytes);
        answer.registry_key_pem = reader.string("registry_key_pem", kMaxPemBytes);
        answer.sealing_key_pem = reader.optional_string("sealing_key_pem", kMaxPemBytes).value_or("");
        if (answer.device.empty()) {
            reader.error("device", "must not be empty");
        }
    }
    if (const auto done = reader.finish_open(); !done) {
        return tl::unexpected(done.error());
    }
    return answer;
}

} // namespace xueshi::wire
