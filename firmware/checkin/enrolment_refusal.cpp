#include "firmware/checkin/enrolment_refusal.hpp"

#include <array>

#include <fmt/format.h>

namespace xueshi::checkin {

namespace {

struct Line {
    EnrolmentRefusal refusal;
    std::string_view name;
    ErrorCode code;
    Words words;
};

constexpr std::array kLines{
    Line{EnrolmentRefusal::no_consent,
         "no_consent",
         ErrorCode::denied,
         {"尚无本人单独同意，未采集任何信息", "No consent on record: nothing was captured",
          "단독 동의가 없어 아무것도 수집하지 않았습니다"}},
    Line{EnrolmentRefusal::duplicate_face,
         "duplicate_face",
         ErrorCode::conflict,
         {"此人脸已用其他姓名录入，未保存", "This face is enrolled already under another name: nothing was kept",
          "이 얼굴은 이미 다른 이름으로 등록되어 저장하지 않았습니다"}},
    Line{EnrolmentRefusal::duplicate_finger,
         "duplicate_finger",
         ErrorCode::conflict,
         {"此指纹已用其他姓名录入，未保存", "This finger is enrolled already under another name: nothing was kept",
          "이 지문은 이미 다른 이름으로 등록되어 저장하지 않았습니다"}},
    Line{EnrolmentRefusal::finger_enrolled_already,
         "finger_enrolled_already",
         ErrorCode::already_exists,
         {"此指纹已为本人录入，未重复保存", "This finger of the person is enrolled already: nothing was kept",
          "본인의 이 지문은 이미 등록되어 저장하지 않았습니다"}},
    Line{EnrolmentRefusal::too_many_fingers,
         "too_many_fingers",
         ErrorCode::conflict,
         {"每人最多录入三枚指纹；以已录入的手指重录即替换",
          "A person has at most three fingers enrolled; enrolling one of them again replaces it",
          "한 사람은 지문을 최대 세 개까지 등록할 수 있습니다. 등록된 손가락을 다시 등록하면 교체됩니다"}},
    Line{EnrolmentRefusal::document_missing,
         "document_missing",
         ErrorCode::denied,
         {"须比对身份证件照片", "The portrait of the identity document is needed", "신분증 사진이 필요합니다"}},
    Line{EnrolmentRefusal::document_unusable,
         "document_unusable",
         ErrorCode::invalid_argument,
         {"证件照片无法使用", "The document's portrait cannot be used", "신분증 사진을 사용할 수 없습니다"}},
    Line{EnrolmentRefusal::document_mismatch,
         "document_mismatch",
         ErrorCode::denied,
         {"与证件照片不符，未保存", "Not the person of the document's portrait: nothing was kept",
          "신분증 사진과 일치하지 않아 저장하지 않았습니다"}},
    Line{EnrolmentRefusal::witnesses_missing,
         "witnesses_missing",
         ErrorCode::denied,
         {"须有两名见证人", "Two witnesses are needed", "증인 두 명이 필요합니다"}},
    Line{EnrolmentRefusal::too_few_photographs,
         "too_few_photographs",
         ErrorCode::invalid_argument,
         {"可用照片不足", "Too few usable photographs", "사용할 수 있는 사진이 부족합니다"}},
    Line{EnrolmentRefusal::no_usable_picture,
         "no_usable_picture",
         ErrorCode::timeout,
         {"未采到合格的本人照片，未保存", "Not enough good pictures of one living face: nothing was kept",
          "적합한 본인 사진을 얻지 못해 저장하지 않았습니다"}},
    Line{EnrolmentRefusal::not_live,
         "not_live",
         ErrorCode::denied,
         {"未检测到真人，未保存", "Not taken for a living face: nothing was kept",
          "실제 얼굴로 확인되지 않아 저장하지 않았습니다"}},
    Line{EnrolmentRefusal::poses_missing,
         "poses_missing",
         ErrorCode::timeout,
         {"缺少部分角度，未保存", "Some poses are missing: nothing was kept",
          "일부 각도가 부족하여 저장하지 않았습니다"}},
    Line{EnrolmentRefusal::left_the_roster,
         "left_the_roster",
         ErrorCode::conflict,
         {"录入期间名册已变更，此人不在名册上，未保存",
          "The roster changed meanwhile and the person is no longer on it: nothing was kept",
          "등록 중 명단이 변경되어 저장하지 않았습니다"}},
};

const Line &line(EnrolmentRefusal refusal) {
    for (const auto &candidate : kLines) {
        if (candidate.refusal == refusal) {
            return candidate;
        }
    }
    return kLines.front();
}

} // namespace

std::string_view to_string(EnrolmentRefusal refusal) {
    return line(refusal).name;
}

Words words(EnrolmentRefusal refusal) {
    return line(refusal).words;
}

Error error_of(EnrolmentRefusal refusal, const std::string &detail) {
    const auto &[ignored, name, code, text] = line(refusal);
    return Error{code, fmt::format("{}。{}{}{}", text.zh, text.en, detail.empty() ? "" : ": ", detail)};
}

json::Object progress_of(EnrolmentRefusal refusal) {
    const auto text = words(refusal);
    return json::Object{
        {"refusal", to_string(refusal)}, {"text_zh", text.zh}, {"text_en", text.en}, {"text_ko", text.ko}};
}

} // namespace xueshi::checkin
