"""The story of the demo: who attends which lesson, and what is filed, played and pressed for it. Pure values."""
import json
import pathlib
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "models" / "files" / "samples"
ROOM = "room-101"
INSTITUTION = "demo-school"
CLASS = "demo-class"

HOUR_S = 6  # length of a class hour
WINDOW_S = 32  # check-in before a lesson, check-out after it
LEAD_S = 60  # from the import to the first check-in window: claim, roster, enrolment
LEAD_WITH_KILLS_S = 90  # the same, where programs are killed meanwhile
LESSON_HOURS = [4, 3, 2, 1]
# number: (name, which lessons are attended, hours that must result, exam, ratio)
TRAINEES = {
    "01": ("王秀兰", {0, 1, 2, 3}, 10, "yes", "1"),
    "02": ("金明哲", {0, 1, 3}, 8, "yes", "4/5"),
    "03": ("李国强", {0, 1}, 7, "yes", "7/10"),
    "04": ("张丽华", {0, 2}, 6, "no", "0"),
}
FACES = {"01": (["obama2.jpg", "obama3.jpg"], "obama.jpg"), "02": (["biden.jpg"], "biden.jpg")}
STRANGER_FACE = "astronaut.png"
# Where the face lies in each photograph that is played (pixels: x, y, width, height), so that it is shown large enough.
FACE_BOXES = {"obama.jpg": (367, 84, 247, 362), "biden.jpg": (423, 189, 285, 376), STRANGER_FACE: (183, 64, 85, 110)}
FINGERS = {"03": 11, "04": 23}  # seed of each person's synthetic finger
STRANGER_FINGER = 57
# Invented numbers with a correct check digit (GB 11643).
ID_NUMBERS = {
    "01": "220102195803071",
    "02": "222401196511232",
    "03": "220202197902143",
    "04": "220381199106054",
}


def with_check_digit(first_seventeen):
    """GB 11643-1999: ISO 7064 MOD 11-2."""
    digits = first_seventeen.ljust(17, "0")
    weighted = sum(int(d) * (2 ** (17 - i) % 11) for i, d in enumerate(digits))
    return digits + "10X98765432"[weighted % 11]


def iso(ms):
    seconds, millis = divmod(ms, 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{millis:03d}Z"


def lessons_from(now_s, lead_s=LEAD_S):
    """(start_ms, end_ms) of each lesson; the first check-in window opens `lead_s` after now."""
    lessons, start_ms = [], (int(now_s) + lead_s + WINDOW_S) * 1000
    for hours in LESSON_HOURS:
        end_ms = start_ms + hours * HOUR_S * 1000
        lessons.append((start_ms, end_ms))
        start_ms = end_ms + (2 * WINDOW_S + 2) * 1000
    return lessons


def plan(lessons, window_s=WINDOW_S):
    """The filed plan, as `xueshi-registryctl import --plan` takes it."""
    parts = [f"""\
[institution]
id = "{INSTITUTION}"
name = "示范职业技能培训学校"
region = "220100"
[class]
id = "{CLASS}"
name = "家政服务员（示范班）"
[policy]
opens_before_ms = {window_s * 1000}
closes_after_ms = {window_s * 1000}
cooldown_ms = {window_s * 1000}
tolerance = [10, 45]
factor = "face_or_finger"
"""]
    for index, (hours, (start_ms, _)) in enumerate(zip(LESSON_HOURS, lessons)):
        parts.append(f"""\
[[lesson]]
id = "lesson-{index + 1}"
title = "第{index + 1}课"
teacher = "赵老师"
room = "{ROOM}"
start = {iso(start_ms)}
hours = {hours}
hour_seconds = {HOUR_S}
break_seconds = 0
""")
    return "".join(parts)


def roster():
    """The roster file of the class."""
    rows = [f"{number},{person[0]},{with_check_digit(ID_NUMBERS[number])}" for number, person in TRAINEES.items()]
    return "\n".join(["编号,姓名,身份证号码", *rows]) + "\n"


def playlists(lessons):
    """What the camera sees and what is pressed on the reader, as the texts of two playlists."""
    faces, fingers = [], []
    for index, (start_ms, end_ms) in enumerate(lessons):
        present = [number for number in TRAINEES if index in TRAINEES[number][1]]
        for window_ms in (start_ms - WINDOW_S * 1000, end_ms):
            for cycle in range(2):  # everybody twice, so that a restart in the middle costs nobody the hour
                at = window_ms + cycle * (WINDOW_S // 2) * 1000
                faces += faces_from(at + 1000, present)
                fingers += fingers_from(at + 2000, present)
    return tuple(json.dumps({"version": 1, "items": items}, indent=1) for items in (faces, fingers))


def faces_from(at_ms, present):
    items = []
    shown = [FACES[number][1] for number in present if number in FACES]
    for name, duration_ms in [*((name, 6000) for name in shown), (STRANGER_FACE, 3000)]:
        items.append({"file": str(SAMPLES / name), "from_ms": at_ms, "until_ms": at_ms + duration_ms,
                      "motion_seed": at_ms // 1000 % 9973,
                      "face": dict(zip(("x", "y", "width", "height"), FACE_BOXES[name]))})
        at_ms += duration_ms + 300
    return items


def fingers_from(at_ms, present):
    items = []
    for seed in [*(FINGERS[number] for number in present if number in FINGERS), STRANGER_FINGER]:
        for delay_ms, first in ((0, 20), (1600, 30)):
            items.append({"person_seed": seed, "finger": 1, "impression": first + at_ms // 1000 % 7,
                          "at_ms": at_ms + delay_ms})
        at_ms += 3400
    return items


def findings(table):
    """Where a table of attendance is not the expected one; empty when it is."""
    found = []
    by_number = {trainee["number"]: trainee for trainee in table["trainees"]}
    for number, (_, _, hours, exam, ratio) in TRAINEES.items():
        got = by_number.get(number, {})
        expected = {"proved": hours, "possible": hours, "exam": exam, "ratio": [ratio, ratio]}
        found += [f"trainee {number}: {key} is {got.get(key)}, expected {value}"
                  for key, value in expected.items() if got.get(key) != value]
    return found
