// What the stand-in answers to each order, and about whom.
import { lesson, wallMs, type StandIn } from './stand_in';

export const names = [
  '王*兰',
  '金*哲',
  '李*强',
  '张*华',
  '朴*姬',
  '赵*',
  '欧阳*明',
  '崔*玉',
  '刘*芳',
  '孙*',
  '周*伟',
  '吴*红',
  '郑*',
];
const whole = [
  '王秀兰',
  '金明哲',
  '李国强',
  '张丽华',
  '朴英姬',
  '赵云',
  '欧阳晓明',
  '崔善玉',
  '刘芳芳',
  '孙平',
  '周志伟',
  '吴小红',
  '郑和',
];
export const number = (i: number) => String(i + 1).padStart(2, '0');
export const people = whole.map((name, i) => ({
  person: `p${i}`,
  number: number(i),
  name,
  class: 'c1',
  class_name: lesson.class_name,
  face: i % 3 !== 2,
  fingers: i % 2,
  consents: i === 2 ? [] : ['face', 'finger'],
}));
const consentText =
  '本人同意本培训机构在本设备上采集并加密保存本人的人脸特征，仅用于本期培训的考勤打卡；身份证件照片仅在本设备上比对一次，' +
  '随即清除；人脸特征不离开本机构的设备，培训与补贴审核所需的最短保存期届满后删除。本人可以改用指纹或其他方式打卡，' +
  '可以随时撤回同意并要求删除，且不因此影响参训。';

/** Gives the terminal an answer to each order, but where a test has given its own. */
export function teach(terminal: StandIn): void {
  const session = (role: string) => terminal.say({ type: 'session', role, reason: 'login' });
  const lists: Record<string, object> = {
    receipt: {
      text: 'XUESHI1/4f0c2a77/9b1d03e2/123/0a1b2c3d4e5f6071/20261128T003215Z',
    },
    names: {
      people: names.map((name, i) => ({
        person: `p${i}`,
        number: number(i),
        class: 'c1',
        class_name: lesson.class_name,
        name,
      })),
    },
    claim: { seq: 130, earlier: false },
    people: { people },
    consent_texts: {
      texts: ['zh-CN', 'ko', 'en'].map((language) => ({
        purpose: 'face',
        language,
        retention: 'claims_reviewed',
        text: consentText,
        text_hash: 'ab12',
      })),
    },
    lesson: {
      lessons: [
        {
          ...lesson,
          people: whole.map((name, i) => ({
            person: `p${i}`,
            number: number(i),
            name,
            state: i % 4 === 1 ? 'missing' : i === 6 ? 'left' : 'present',
            accommodation: i === 3 ? 'finger' : i === 5 ? 'third_factor' : '',
          })),
        },
      ],
    },
    claims: {
      claims: [0, 1, 2].map((i) => ({
        seq: 90 - i,
        wall_ms: i === 2 ? 3_600_000 : wallMs - i * 3_600_000,
        clock: i === 2 ? 'unset' : 'synchronised',
        person: `p${i}`,
        number: number(i),
        name: whole[i],
        reason: 'not_recognised',
        class: 'c1',
        lesson: 'l7',
      })),
    },
    plan: {
      lessons: [0, 1, 2, 3].map((i) => ({
        class: 'c1',
        class_name: lesson.class_name,
        lesson: `l${i}`,
        title: lesson.title,
        begin_ms: wallMs + i * 86_400_000,
        end_ms: wallMs + i * 86_400_000 + 5_400_000,
      })),
    },
    changes: {
      changes: ['time', 'teacher', 'not_held'].map((change, i) => ({
        seq: 80 - i,
        wall_ms: wallMs - i * 86_400_000,
        class: 'c1',
        class_name: lesson.class_name,
        lesson: `l${i}`,
        title: lesson.title,
        lesson_begin_ms: wallMs + i * 86_400_000,
        change,
        begin_ms: change === 'time' ? wallMs + 3 * 86_400_000 : 0,
      })),
    },
    request_change: { seq: 140, earlier: false },
    accommodate: { person: 'p1' },
    status: {
      device: '4f0c2a77',
      version: '0.1.0',
      video: { free_bytes: 12_345_678_900, films: 12 },
    },
    diagnostics: {
      report: {
        version: '0.1.0',
        face_model: 'dlib-resnet-v1',
        finger_matcher: 'mcc',
        storage: { capacity_bytes: 31_900_000_000, free_bytes: 12_345_678_900 },
        network: [
          { name: 'eth0', up: true, addresses: ['192.168.1.20', 'fe80::9a3b:14ff:fe20:8c11'] },
          { name: 'wlan0', up: false, addresses: [] },
        ],
      },
    },
    consent: { person: 'p2' },
    pick_lesson: { picked: true },
  };
  for (const [verb, result] of Object.entries(lists)) {
    terminal.answers[verb] ??= () => ({
      result: result as Record<string, unknown>,
    });
  }
  terminal.answers['login'] ??= ({ role, pin }) => {
    if (pin !== '280041') {
      return { error: { code: 'denied', message: 'wrong PIN' } };
    }
    session(String(role));
    return { result: { role } };
  };
}
