#include "firmware/checkin/status.hpp"

#include <array>

namespace xueshi::checkin {

namespace {

struct Line {
    Guidance guidance;
    std::string_view name;
    GuidanceText text;
};

constexpr std::array kLines{
    Line{Guidance::no_roster, "no_roster", {"名册尚未下发", "No roster yet"}},
    Line{Guidance::ready, "ready", {"请正对摄像头或按指纹", "Look at the camera or press a finger"}},
    Line{Guidance::one_at_a_time, "one_at_a_time", {"请一次只站一人", "One person at a time, please"}},
    Line{Guidance::look_here, "look_here", {"正在识别，请看摄像头", "Recognising: look at the camera"}},
    Line{Guidance::come_closer, "come_closer", {"请靠近一些", "Come closer"}},
    Line{Guidance::hold_still, "hold_still", {"请保持不动", "Hold still"}},
    Line{Guidance::more_light, "more_light", {"光线太暗", "Too dark"}},
    Line{Guidance::less_light, "less_light", {"光线太亮", "Too bright"}},
    Line{Guidance::face_the_camera, "face_the_camera", {"请正对摄像头", "Face the camera"}},
    Line{Guidance::move_to_the_middle, "move_to_the_middle", {"请站到画面中间", "Move to the middle"}},
    Line{Guidance::uncover_face, "uncover_face", {"请摘下墨镜、口罩或帽子", "Take off sunglasses, mask or hat"}},
    Line{Guidance::finger_please, "finger_please", {"请按指纹", "Press your finger, please"}},
    Line{Guidance::face_please, "face_please", {"请再看摄像头", "Look at the camera too, please"}},
    Line{Guidance::press_longer, "press_longer", {"请按久一点", "Press a little longer"}},
    Line{Guidance::press_harder,
         "press_harder",
         {"请用整个指腹稍用力按", "Press a little harder, with the whole fingertip"}},
    Line{Guidance::centre_the_finger, "centre_the_finger", {"请把手指放正", "Centre the finger"}},
    Line{Guidance::wipe_the_finger,
         "wipe_the_finger",
         {"请擦净手指和指纹仪后重按", "Wipe finger and reader, then press again"}},
    Line{Guidance::lift_and_retry, "lift_and_retry", {"请抬起手指重按", "Lift the finger and press again"}},
    Line{Guidance::same_finger_again,
         "same_finger",
         {"与前几次不符，请用同一手指重按", "Unlike the impressions before: the same finger again, please"}},
    Line{Guidance::finger_taken, "finger_taken", {"采集完成", "The finger is taken"}},
    Line{Guidance::reader_absent,
         "reader_absent",
         {"指纹仪未连接，请找老师", "The fingerprint reader is not connected: ask the teacher"}},
    Line{Guidance::recorded, "recorded", {"打卡成功", "Recorded"}},
    Line{Guidance::recorded_before, "recorded_before", {"已打过卡", "Already recorded a moment ago"}},
    Line{Guidance::unknown_person,
         "unknown_person",
         {"未识别，请按指纹或找老师", "Not recognised: use a finger or ask the teacher"}},
    Line{Guidance::unknown_finger, "unknown_finger", {"指纹未识别", "Finger not recognised"}},
    Line{Guidance::not_live, "not_live", {"请本人到场，或按指纹", "A living face is needed, or a finger"}},
    Line{Guidance::not_saved, "not_saved", {"未能保存，请稍候", "Not saved yet: please wait"}},
    Line{Guidance::look_left, "look_left", {"请向左转头", "Turn your head to your left"}},
    Line{Guidance::look_right, "look_right", {"请向右转头", "Turn your head to your right"}},
    Line{Guidance::look_up, "look_up", {"请抬头", "Look up a little"}},
    Line{Guidance::look_down, "look_down", {"请低头", "Look down a little"}},
    Line{Guidance::next_sample, "next_sample", {"很好，请继续", "Good: go on"}},
    Line{Guidance::not_turned,
         "not_turned",
         {"未按提示转头，请按指纹或找老师", "The head was not turned: use a finger or ask the teacher"}},
    Line{Guidance::second_factor_missing,
         "second_factor_missing",
         {"还需人脸和指纹都通过，请重试", "Face and finger are both needed: try again"}},
    Line{Guidance::unreadable_finger,
         "unreadable_finger",
         {"指纹无法辨认，请擦净后重按，或看摄像头",
          "The finger cannot be read: wipe it and press again, or look at the camera"}},
    Line{Guidance::face_without_reader,
         "face_without_reader",
         {"指纹仪未连接，请正对摄像头", "The fingerprint reader is not connected: look at the camera"}},
    Line{Guidance::uncertain_picture,
         "uncertain_picture",
         {"看不清面部，请按指纹或找老师", "The face cannot be seen well: use a finger or ask the teacher"}},
};

const Line &line(Guidance guidance) {
    for (const auto &candidate : kLines) {
        if (candidate.guidance == guidance) {
            return candidate;
        }
    }
    return kLines.front();
}

json::Object to_json(const LastPunch &punch) {
    return json::Object{{"person", punch.person.str()},
                        {"class", punch.training_class.str()},
                        {"lesson", punch.lesson.str()},
                        {"direction", record::to_string(punch.direction)},
                        {"evidence", record::to_string(punch.evidence)},
                        {"wall_ms", punch.wall_ms},
                        {"seq", punch.seq}};
}

} // namespace

std::string_view to_string(Guidance guidance) {
    return line(guidance).name;
}

std::string_view to_string(FingerOutcome outcome) {
    switch (outcome) {
    case FingerOutcome::none:
        return "none";
    case FingerOutcome::matched:
        return "matched";
    case FingerOutcome::not_matched:
        return "not_matched";
    case FingerOutcome::too_poor:
        return "too_poor";
    case FingerOutcome::reader_absent:
        return "reader_absent";
    }
    return "none";
}

GuidanceText text(Guidance guidance) {
    return line(guidance).text;
}

json::Object to_json(const Status &status) {
    const auto words = text(status.guidance);
    json::Object object{{"guidance", to_string(status.guidance)},
                        {"text_zh", words.zh},
                        {"text_en", words.en},
                        {"punches", status.punches},
                        {"refusals", status.refusals},
                        {"finger", to_string(status.finger)},
                        {"saved", status.saved}};
    if (!status.asked.empty()) {
        json::Array asked;
        for (const PersonId &person : status.asked) {
            asked.emplace_back(person.str());
        }
        object["asked"] = std::move(asked);
    }
    if (status.last_punch) {
        object["last_punch"] = to_json(*status.last_punch);
    }
    return object;
}

} // namespace xueshi::checkin
