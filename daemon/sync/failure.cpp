#include "daemon/sync/failure.hpp"

#include <array>

#include <fmt/format.h>

namespace xueshi::sync {
namespace {

struct ByStatus {
    unsigned status;
    std::string_view zh, en;
};
constexpr std::array kByStatus{
    ByStatus{401, "登记平台要求本机证书，请联系管理员重新认领设备",
             "the registry asks for the device's certificate; have the device claimed again"},
    ByStatus{403, "登记平台拒绝了本机（证书被吊销、令牌无效或已使用），请联系管理员",
             "the registry refuses this device (certificate revoked, token wrong or used); ask the operator"},
    ByStatus{404, "登记平台尚未给本机安排教室", "the registry has not placed this device in a room yet"},
    ByStatus{409, "登记平台已将本机登记在其他机构", "the registry knows this device with another institution"},
    ByStatus{413, "上传的数据超过登记平台的限制", "the registry finds the upload too large"},
    ByStatus{429, "登记平台繁忙，稍后自动重试", "the registry is busy; trying again later"},
    ByStatus{507, "登记平台存储空间不足", "the registry has no space left"},
};

Words no_answer(ErrorCode code) {
    switch (code) {
    case ErrorCode::denied:
        return {"登记平台的证书不可信，未发送任何数据，请联系管理员",
                "the registry's certificate cannot be trusted; nothing was sent; ask the operator"};
    case ErrorCode::timeout:
        return {"登记平台没有及时应答，记录保存在本机，稍后自动重试",
                "the registry did not answer in time; records are kept here; trying again"};
    default:
        return {"无法连接登记平台，记录保存在本机，稍后自动重试",
                "the registry cannot be reached; records are kept here; trying again"};
    }
}

Words by_status(const upstream::Refusal &refusal) {
    for (const auto &entry : kByStatus) {
        if (entry.status == refusal.status) {
            return {std::string(entry.zh), std::string(entry.en)};
        }
    }
    if (refusal.error.code == ErrorCode::corrupt) {
        return {"登记平台的应答无法识别", "the registry's answer cannot be read"};
    }
    if (refusal.status >= 500) {
        return {"登记平台暂时不可用，稍后自动重试", "the registry is out of order for now; trying again"};
    }
    return {"登记平台拒绝了请求", "the registry refused the request"};
}

Failure failure(const Error &error, const Words &words) {
    Failure out;
    out.words.zh = fmt::format("{}（{}）", words.zh, error.message);
    out.words.en = fmt::format("{} ({})", words.en, error.message);
    out.error = error;
    return out;
}

} // namespace

tl::unexpected<Failure> refused(const upstream::Refusal &refusal) {
    Failure out = failure(refusal.error, refusal.status == 0 ? no_answer(refusal.error.code) : by_status(refusal));
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
