#include "daemon/sync/failure.hpp"

#include <array>

#include <fmt/format.h>

namespace xueshi::sync {
namespace {

struct ByStatus {
    unsigned status;
    std::string_view zh, en, ko;
};
constexpr std::array kByStatus{
    ByStatus{401, "登记平台要求本机证书，请联系管理员重新认领设备",
             "the registry asks for the device's certificate; have the device claimed again",
             "등록 시스템이 이 단말기의 인증서를 요구합니다. 관리자에게 다시 등록을 부탁하십시오"},
    ByStatus{
        403, "登记平台拒绝了本机（证书被吊销、令牌无效或已使用），请联系管理员",
        "the registry refuses this device (certificate revoked, token wrong or used); ask the operator",
        "등록 시스템이 이 단말기를 거부했습니다(인증서 폐기, 토큰이 틀렸거나 이미 사용됨). 관리자에게 연락하십시오"},
    ByStatus{404, "登记平台找不到所请求的内容，请联系管理员核对平台地址",
             "the registry does not know what it was asked for; have its address checked",
             "등록 시스템이 요청한 것을 찾지 못합니다. 관리자에게 주소 확인을 부탁하십시오"},
    ByStatus{409, "登记平台已有与此不同的内容", "the registry holds something else than what was sent",
             "등록 시스템에 보낸 것과 다른 내용이 있습니다"},
    ByStatus{413, "上传的数据超过登记平台的限制", "the registry finds the upload too large",
             "보낸 데이터가 등록 시스템의 한도를 넘습니다"},
    ByStatus{429, "登记平台繁忙，稍后自动重试", "the registry is busy; trying again later",
             "등록 시스템이 바쁩니다. 잠시 후 자동으로 다시 시도합니다"},
    ByStatus{507, "登记平台存储空间不足", "the registry has no space left", "등록 시스템의 저장 공간이 부족합니다"},
};

Words no_answer(ErrorCode code) {
    switch (code) {
    case ErrorCode::denied:
        return {"登记平台的证书不可信，未发送任何数据，请联系管理员",
                "the registry's certificate cannot be trusted; nothing was sent; ask the operator",
                "등록 시스템의 인증서를 믿을 수 없어 아무것도 보내지 않았습니다. 관리자에게 연락하십시오"};
    case ErrorCode::unsupported:
        return {
            "登记平台不接受本机证书（已过期、被吊销或不是该平台签发），记录保存在本机；请核对双方时间，并联系管理员重新"
            "认领设备",
            "the registry does not accept this device's certificate (ended, revoked or another registry's); records "
            "are kept here; compare the clocks and have the device claimed again",
            "등록 시스템이 이 단말기의 인증서를 받아들이지 않습니다(만료, 폐기 또는 다른 시스템에서 발급). 기록은 이 "
            "단말기에 보관됩니다. 양쪽 시각을 확인하고 관리자에게 다시 등록을 부탁하십시오"};
    case ErrorCode::timeout:
        return {"登记平台没有及时应答，记录保存在本机，稍后自动重试",
                "the registry did not answer in time; records are kept here; trying again",
                "등록 시스템이 제때 응답하지 않았습니다. 기록은 이 단말기에 보관되며 자동으로 다시 시도합니다"};
    default:
        return {"无法连接登记平台，记录保存在本机，稍后自动重试",
                "the registry cannot be reached; records are kept here; trying again",
                "등록 시스템에 연결할 수 없습니다. 기록은 이 단말기에 보관되며 자동으로 다시 시도합니다"};
    }
}

Words by_status(const upstream::Refusal &refusal) {
    for (const auto &entry : kByStatus) {
        if (entry.status == refusal.status) {
            return {std::string(entry.zh), std::string(entry.en), std::string(entry.ko)};
        }
    }
    if (refusal.error.code == ErrorCode::corrupt) {
        return {"登记平台的应答无法识别", "the registry's answer cannot be read",
                "등록 시스템의 응답을 알 수 없습니다"};
    }
    if (refusal.status >= 500) {
        return {"登记平台暂时不可用，稍后自动重试", "the registry is out of order for now; trying again",
                "등록 시스템을 잠시 사용할 수 없습니다. 자동으로 다시 시도합니다"};
    }
    return {"登记平台拒绝了请求", "the registry refused the request", "등록 시스템이 요청을 거부했습니다"};
}

Failure failure(const Error &error, const Words &words) {
    Failure out;
    out.words.zh = fmt::format("{}（{}）", words.zh, error.message);
    out.words.en = fmt::format("{} ({})", words.en, error.message);
    out.words.ko = fmt::format("{} ({})", words.ko, error.message);
    out.error = error;
    return out;
}

} // namespace

tl::unexpected<Failure> refused(const upstream::Refusal &refusal) {
    return refused(refusal, refusal.status == 0 ? no_answer(refusal.error.code) : by_status(refusal));
}

tl::unexpected<Failure> refused(const upstream::Refusal &refusal, const Words &what) {
    Failure out = failure(refusal.error, what);
    out.status = refusal.status;
    out.retry_after_s = refusal.retry_after_s;
    return tl::unexpected<Failure>(std::move(out));
}

tl::unexpected<Failure> hindered(const Error &error, const Words &what) {
    Failure out = failure(error, what);
    out.local = true;
    return tl::unexpected<Failure>(std::move(out));
}

tl::unexpected<Failure> mistrusted(const Error &error, const Words &what) {
    return tl::unexpected<Failure>(failure(error, what));
}

} // namespace xueshi::sync
