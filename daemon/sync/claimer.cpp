#include "daemon/sync/claimer.hpp"

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/identity/keys.hpp"
#include "firmware/core/identity/tls_identity.hpp"

namespace xueshi::sync {

namespace asio = boost::asio;

namespace {

constexpr std::uint64_t kMaxCaFile = 64 * 1024; // and a certificate request
constexpr std::uint64_t kMaxTokenFile = 1024;
constexpr std::string_view kCommonName = "xueshi-terminal"; // the registry puts the device's id in its place

const Words kNoKey{"无法生成本机的通信密钥", "the device's TLS key cannot be made",
                   "이 단말기의 통신 키를 만들 수 없습니다"};
const Words kNoProof{"终端程序没有给出签名，等待其启动", "waiting for the terminal program's proof of its key",
                     "단말기 프로그램의 서명을 기다립니다"};
const Words kNoToken{"无法读取一次性令牌", "the one-time token cannot be read", "일회용 토큰을 읽을 수 없습니다"};
const Words kNoCa{"无法读取登记平台的根证书", "the registry's CA cannot be read",
                  "등록 시스템의 루트 인증서를 읽을 수 없습니다"};
const Words kKnownOtherwise{"登记平台上本机的登记与此不同（属于其他机构，或证书已更换）",
                            "the registry knows this device otherwise: with another institution or a newer certificate",
                            "이 단말기는 등록 시스템에 다르게 등록되어 있습니다(다른 기관 또는 더 새로운 인증서)"};
const Words kBadAnswer{"认领结果未通过核对或无法保存", "the claim's answer did not pass the check or cannot be saved",
                       "등록 결과가 확인을 통과하지 못했거나 저장할 수 없습니다"};

Expected<wire::ClaimRequest> read_proof(const json::Object &result) {
    const json::Value value(result);
    json::ObjectReader reader(value, "prove_possession");
    wire::ClaimRequest request;
    request.signing_key_pem = reader.string("signing_key_pem", 8 * 1024);
    request.suite = static_cast<int>(reader.integer("suite", 1, 2));
    request.key_level = reader.string("key_level", 16);
    request.chain = ChainId(reader.string("chain", 36));
    const auto proof = parse_base64(reader.string("proof", 1024));
    if (!proof) {
        reader.error("proof", "must be base64");
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected(done.error());
    }
    request.proof = *proof;
    return request;
}

} // namespace

Expected<std::string> Claimer::token() const {
    if (!options_.token.empty() || options_.token_file.empty()) {
        return options_.token;
    }
    auto text = read_file(options_.token_file, kMaxTokenFile);
    if (!text && text.error().code == ErrorCode::not_found) {
        return std::string();
    }
    if (!text) {
        return fail(text, "read the token");
    }
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r' || text->back() == ' ')) {
        text->pop_back();
    }
    return text;
}

/// The same text in every try of one key: the registry then answers with the same certificate, and a try that was held
/// up on the way and comes in after a later one replaces none that is in use.
Expected<std::string> Claimer::certificate_request() const {
    const auto key = state_.claim() ? state_.next_client_key() : state_.client_key();
    const auto file = state_.certificate_request();
    std::error_code error; // of files' times nothing is concluded: the clock may have been set back (F09)
    if (std::filesystem::exists(key, error) && std::filesystem::exists(file, error)) {
        return read_file(file, kMaxCaFile);
    }
    auto csr = identity::make_certificate_request(key, kCommonName);
    if (csr) {
        if (const auto written = write_file_durably(file, *csr); !written) {
            return fail(written, file.string());
        }
    }
    return csr;
}

asio::awaitable<Outcome<wire::ClaimRequest>> Claimer::make_request() {
    const auto csr = certificate_request();
    if (!csr) {
        co_return hindered(csr.error(), kNoKey);
    }
    json::Object arguments;
    arguments["certificate_request_pem"] = *csr;
    const auto result = co_await terminal_.call("prove_possession", std::move(arguments));
    if (!result) {
        co_return hindered(result.error(), kNoProof);
    }
    auto request = read_proof(*result);
    if (!request) {
        co_return hindered(request.error(), kNoProof);
    }
    const auto one_time = token();
    if (!one_time) {
        co_return hindered(one_time.error(), kNoToken);
    }
    request->certificate_request_pem = *csr;
    request->token = state_.claim() ? std::string() : *one_time; // a renewal is of a device that is known
    co_return std::move(*request);
}

asio::awaitable<Outcome<std::string>> Claimer::step(std::int64_t wall_ms) {
    const auto request = co_await make_request();
    if (!request) {
        co_return tl::unexpected<Failure>(request.error());
    }
    Trust trust;
    auto ca = state_.claim() ? state_.claim()->ca_pem : read_file(options_.ca_file, kMaxCaFile);
    if (!ca) {
        co_return hindered(ca.error(), kNoCa);
    }
    trust.ca_pem = std::move(*ca);
    const auto upstream = connect_(trust);
    if (!upstream) {
        co_return hindered(upstream.error(), kNoCa);
    }
    const auto answer = co_await (*upstream)->claim(*request);
    constexpr unsigned kConflict = 409;
    if (!answer && answer.error().status == kConflict) { // perhaps an old request, of a directory that was put back
        std::error_code ignored;
        std::filesystem::remove(state_.certificate_request(), ignored);
        co_return refused(answer.error(), kKnownOtherwise);
    }
    if (!answer) {
        co_return refused(answer.error());
    }
    if (!answer->code.empty()) {
        co_return answer->code;
    }
    if (const auto saved = save(*request, *answer, wall_ms); !saved) {
        co_return mistrusted(saved.error(), kBadAnswer);
    }
    co_return std::string();
}

Expected<void> Claimer::save(const wire::ClaimRequest &request, const wire::ClaimAnswer &answer, std::int64_t wall_ms) {
    const auto signing_key = identity::PublicKey::from_pem(request.signing_key_pem);
    if (!signing_key) {
        return fail(signing_key, "the terminal's signing key");
    }
    if (answer.device != identity::device_id(*signing_key)) {
        return fail(ErrorCode::denied, "the registry answered for another device");
    }
    if (const auto key = identity::PublicKey::from_pem(answer.registry_key_pem); !key) {
        return fail(key, "the registry's key");
    }
    const Claim claim{answer.device, answer.certificate_pem, answer.ca_pem, answer.registry_key_pem,
                      answer.sealing_key_pem};
    if (const auto saved = state_.save_claim(claim, wall_ms); !saved) {
        return fail(saved, "save the claim");
    }
    log::info("claimed", {{"device", answer.device}});
    return {};
}

} // namespace xueshi::sync
