#include "firmware/xueshictl/consent.hpp"

#include "firmware/core/base/bytes.hpp"

namespace xueshi::xueshictl {

namespace {

constexpr std::string_view kFace =
    "本人同意本培训机构在本设备上采集并加密保存本人的人脸特征，仅用于本期培训的考勤打卡；人脸特征不离开本机构的设备，"
    "培训与补贴审核所需的最短保存期届满后删除。本人可以改用指纹或其他方式打卡，可以随时撤回同意并要求删除，且不因此影响"
    "参训。";
constexpr std::string_view kFinger =
    "本人同意本培训机构在本设备上采集并加密保存本人的指纹特征，仅用于本期培训的考勤打卡；指纹特征不离开本机构的设备，"
    "培训与补贴审核所需的最短保存期届满后删除。本人可以改用人脸或其他方式打卡，可以随时撤回同意并要求删除，且不因此影响"
    "参训。";

} // namespace

std::string_view consent_text(bool face) {
    return face ? kFace : kFinger;
}

json::Object consent_argument(bool face) {
    return json::Object{{"text_hash", hex(sha256(as_bytes(consent_text(face))))}, {"language", "zh-CN"}};
}

} // namespace xueshi::xueshictl
