#include "firmware/checkin/consent_texts.hpp"

#include <algorithm>

#include "firmware/core/base/bytes.hpp"

namespace xueshi::checkin {

namespace {

// A text that was shown once is never edited: a new wording is a new text with a hash of its own.
constexpr std::array kTexts{
    ConsentText{"face", "zh-CN", "claims_reviewed",
                "本人同意本培训机构在本设备上采集并加密保存本人的人脸特征，仅用于本期培训的考勤打卡；身份证件照片仅在本"
                "设备上比对一"
                "次，随即清除；人脸特征不离开本机构的设备，培训与补贴审核所需的最短保存期届满后删除。本人可以改用指纹或"
                "其他方式打"
                "卡，可以随时撤回同意并要求删除，且不因此影响参训。"},
    ConsentText{
        "face", "en", "claims_reviewed",
        "I agree that this institution takes features of my face on this device and keeps them encrypted, only for the "
        "attendance of this class. The portrait of my identity document is compared once on this device and erased at "
        "once. The features do not leave the institution's devices and are deleted when the training and the subsidy "
        "have been reviewed. I may use a finger or another way instead, and may withdraw and have them deleted at any "
        "time, without harm to my training."},
    ConsentText{"face", "ko", "claims_reviewed",
                "본인은 본 훈련기관이 이 기기에서 본인의 얼굴 특징을 수집하여 암호화 저장하고, 본 기수 훈련의 출석 "
                "확인에만 사용하는 데 동의합니다. 신분증 사진은 이 기기에서 한 번 비교한 뒤 즉시 삭제합니다. 얼굴 "
                "특징은 본 기관의 기기를 벗어나지 않으며, 훈련과 보조금 심사에 필요한 최단 보존 기간이 지나면 "
                "삭제합니다. 본인은 지문이나 다른 방법을 쓸 수 있고, 언제든지 동의를 철회하고 삭제를 요구할 수 "
                "있으며, 이로 인해 훈련에 불이익을 받지 않습니다."},
    ConsentText{
        "finger", "zh-CN", "claims_reviewed",
        "本人同意本培训机构在本设备上采集并加密保存本人的指纹特征，仅用于本期培训的考勤打卡；指纹特征不离开本机构的"
        "设备，培训与补贴审核所需的最短保存期届满后删除。本人可以改用人脸或其他方式打卡，可以随时撤回同意并要求删"
        "除，且不因此影响参训。"},
    ConsentText{
        "finger", "en", "claims_reviewed",
        "I agree that this institution takes features of my finger on this device and keeps them encrypted, only for "
        "the attendance of this class. The features do not leave the institution's devices and are deleted when the "
        "training and the subsidy have been reviewed. I may use my face or another way instead, and may withdraw and "
        "have them deleted at any time, without harm to my training."},
    ConsentText{"finger", "ko", "claims_reviewed",
                "본인은 본 훈련기관이 이 기기에서 본인의 지문 특징을 수집하여 암호화 저장하고, 본 기수 훈련의 출석 "
                "확인에만 사용하는 데 동의합니다. 지문 특징은 본 기관의 기기를 벗어나지 않으며, 훈련과 보조금 심사에 "
                "필요한 최단 보존 기간이 지나면 삭제합니다. 본인은 얼굴이나 다른 방법을 쓸 수 있고, 언제든지 동의를 "
                "철회하고 삭제를 요구할 수 있으며, 이로 인해 훈련에 불이익을 받지 않습니다."},
    ConsentText{
        "clips_leave_device", "zh-CN", "claims_reviewed",
        "本人同意打卡前后数秒的视频片段离开本设备，上传至实名制管理系统，供人力资源和社会保障部门核查考勤；审核所需"
        "的最短保存期届满后删除。本人可以不同意，可以随时撤回。"},
    ConsentText{"clips_leave_device", "en", "claims_reviewed",
                "I agree that the seconds of video around my punches leave this device and go to the real-name system, "
                "where the bureau can check the attendance; they are deleted when the review is over. I may refuse, "
                "and may withdraw at any time."},
    ConsentText{"clips_leave_device", "ko", "claims_reviewed",
                "본인은 출석 전후 몇 초의 영상이 이 기기를 떠나 실명제 관리 시스템에 전송되어 인력자원사회보장 부서의 "
                "출석 확인에 쓰이는 데 동의합니다. 심사가 끝나면 삭제합니다. 본인은 거부할 수 있고 언제든지 철회할 수 "
                "있습니다."},
    ConsentText{"passed_to_bureau", "zh-CN", "statutory",
                "本人同意本培训机构将本人的考勤记录提供给人力资源和社会保障部门，用于政府补贴培训的过程监管和补贴审核，"
                "按规定期限"
                "保存；人脸、指纹特征不在提供之列。"},
    ConsentText{"passed_to_bureau", "en", "statutory",
                "I agree that this institution passes my attendance records to the bureau of human resources and "
                "social security, for the supervision of the subsidised training and the review of the subsidy, kept "
                "as long as the rules say. Features of face and finger are not passed on."},
    ConsentText{"passed_to_bureau", "ko", "statutory",
                "본인은 본 훈련기관이 본인의 출석 기록을 인력자원사회보장 부서에 제공하여 정부 보조 훈련의 과정 감독과 "
                "보조금 심사에 쓰고 규정 기간 동안 보존하는 데 동의합니다. 얼굴·지문 특징은 제공하지 않습니다."},
};

template <typename Wanted>
const ConsentText *find_text(const Wanted &wanted) {
    const auto *found = std::ranges::find_if(kTexts, wanted);
    return found == kTexts.end() ? nullptr : found;
}

} // namespace

bool is_purpose(std::string_view purpose) {
    return std::ranges::find(kPurposes, purpose) != kPurposes.end();
}

std::span<const ConsentText> consent_texts() {
    return kTexts;
}

const ConsentText *consent_text(std::string_view purpose, std::string_view language) {
    return find_text([&](const auto &text) { return text.purpose == purpose && text.language == language; });
}

const ConsentText *consent_text_of_hash(std::string_view purpose, std::string_view text_hash) {
    return find_text([&](const auto &text) { return text.purpose == purpose && hash_of(text) == text_hash; });
}

std::string hash_of(const ConsentText &text) {
    return hex(sha256(as_bytes(text.text)));
}

} // namespace xueshi::checkin
