#include "daemon/sync/failure.hpp"

#include <doctest/doctest.h>

using namespace xueshi;

namespace {
upstream::Refusal refusal(unsigned status, ErrorCode code) {
    upstream::Refusal out;
    out.status = status;
    out.error = Error{code, "technical"};
    return out;
}
} // namespace

TEST_CASE("F19: an untrusted server is told apart from an absent one, in each language") {
    const auto untrusted = sync::refused(refusal(0, ErrorCode::denied)).value();
    const auto absent = sync::refused(refusal(0, ErrorCode::unavailable)).value();
    CHECK(untrusted.words.en.find("cannot be trusted") != std::string::npos);
    CHECK(untrusted.words.zh.find("未发送任何数据") != std::string::npos);
    CHECK(absent.words.en.find("cannot be reached") != std::string::npos);
    CHECK(absent.words.en.ends_with("(technical)"));
    CHECK(absent.words.zh.ends_with("（technical）"));
    CHECK(untrusted.words.ko.find("믿을 수 없어") != std::string::npos);
    CHECK(absent.words.ko.ends_with("(technical)"));
}

TEST_CASE("F20: a refused certificate is said in words") {
    const auto ours = sync::refused(refusal(0, ErrorCode::unsupported)).value();
    CHECK(ours.words.en.find("does not accept this device's certificate") != std::string::npos);
    CHECK(ours.words.zh.find("不接受本机证书") != std::string::npos);
    CHECK(ours.words.ko.find("받아들이지 않습니다") != std::string::npos);
    CHECK(ours.words.en.find("nothing was sent") == std::string::npos); // TLS 1.3 refuses it late
    CHECK(sync::refused(refusal(401, ErrorCode::denied)).value().words.en.find("certificate") != std::string::npos);
    CHECK(sync::refused(refusal(403, ErrorCode::denied)).value().words.en.find("refuses") != std::string::npos);
}

TEST_CASE("failure: what a status means to one request only is not said of others") {
    for (const unsigned status : {404U, 409U}) {
        const auto of_any = sync::refused(refusal(status, ErrorCode::not_found)).value();
        CHECK(of_any.words.en.find("room") == std::string::npos);
        CHECK(of_any.words.en.find("institution") == std::string::npos);
        const auto own = sync::refused(refusal(status, ErrorCode::not_found), {"甲", "own", "갑"}).value();
        CHECK(own.words == sync::Words{"甲（technical）", "own (technical)", "갑 (technical)"});
        CHECK(own.status == status);
    }
}

TEST_CASE("failure: every status has words, and only the device's own trouble is local") {
    for (unsigned status = 0; status < 600; ++status) {
        const auto failure = sync::refused(refusal(status, ErrorCode::unavailable)).value();
        for (const auto &words : {failure.words.zh, failure.words.en, failure.words.ko}) {
            CHECK(words.find("technical") > 10); // a sentence stands before it
        }
        CHECK_FALSE(failure.local);
        CHECK(failure.status == status);
    }
    const Error error{ErrorCode::io, "disk"};
    const sync::Words words{"磁盘", "disk", "디스크"};
    CHECK(sync::hindered(error, words).value().local);
    CHECK_FALSE(sync::mistrusted(error, words).value().local);
}
