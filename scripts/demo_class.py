#!/usr/bin/env python3
"""A training class of four trainees and ten class hours, from filing to subsidy ratio, on the true clock.

Runs the real programs: xueshi-registryd, xueshi-syncd and xueshi-terminald, each its own process. The camera is the
replay camera, the fingerprint reader is libfprint's virtual_image driver fed with synthetic prints; everything behind
them is what runs in a classroom. The class hours are short, which only a registry whose policy allows it counts.

Examples:
  scripts/demo --once                 run, print the result, end
  scripts/demo --once --kills 6       SIGKILL programs at random moments; the result must be the same
"""
import argparse
import base64
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

from demo_programs import DemoError, Programs, say, wait_for

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "models" / "files" / "samples"
ROOM = "room-101"
INSTITUTION = "demo-school"
CLASS = "demo-class"

HOUR_S = 6  # length of a class hour
WINDOW_S = 26  # check-in before a lesson, check-out after it
LEAD_S = 60  # from the import to the first check-in window: claim, roster, enrolment
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


class Demo:
    def __init__(self, options):
        self.options = options
        self.binaries = ROOT / "build" / options.preset / "bin"
        self.directory = pathlib.Path(options.directory).resolve()
        self.lessons = []  # (start_ms, end_ms)
        self.programs = None
        self.feeder = None

    # -- preparation --------------------------------------------------------------------------------------------

    def prepare(self):
        if not (self.binaries / "xueshi-terminald").exists():
            raise DemoError(f"no programs in {self.binaries}: run scripts/demo without --no-setup")
        for name in ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", STRANGER_FACE):
            if not (SAMPLES / name).exists():
                raise DemoError(f"sample photograph {name} is missing: run scripts/fetch_models")
        shutil.rmtree(self.directory, ignore_errors=True)
        for name in ("registry", "terminal", "sync", "logs", "photographs"):
            (self.directory / name).mkdir(parents=True, mode=0o750)
        self.programs = Programs(self.directory, self.binaries)

    def write(self, name, text):
        path = self.directory / name
        temporary = path.with_name("." + path.name)
        temporary.write_text(text, encoding="utf-8")
        temporary.rename(path)
        return path

    def run(self, *command, timeout=60):
        """Runs a program of the product and gives what it printed."""
        try:
            result = subprocess.run([self.binaries / command[0], *command[1:]], text=True, timeout=timeout,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        except subprocess.TimeoutExpired:
            raise DemoError(f"{command[0]} did not end within {timeout} s") from None
        if result.returncode != 0:
            raise DemoError(f"{' '.join(map(str, command))}: {(result.stderr or result.stdout).strip()}")
        return result.stdout

    def persist(self, *command, timeout=60):
        """Like `run`, but a daemon that was just killed and starts again is waited for."""
        for _ in range(4):
            try:
                return self.run(*command, timeout=timeout)
            except DemoError:
                time.sleep(2)
        return self.run(*command, timeout=timeout)

    def registryctl(self, *arguments):
        return self.persist("xueshi-registryctl", "--state", str(self.directory / "registry"), *arguments)

    def terminalctl(self, *arguments, timeout=60):
        return self.persist("xueshictl", "--socket", str(self.directory / "control.sock"),
                        "--state", str(self.directory / "terminal"), *arguments, timeout=timeout)

    # -- 1: the registry ----------------------------------------------------------------------------------------

    def start_registry(self):
        config = self.write("registryd.toml", f"""\
# A registry for demonstrations: only such a policy counts replay cameras, virtual readers and short class hours.
[state]
directory = "{self.directory}/registry"
[policy]
minimum_hour_ms = 1000
allow_replay = true
allow_virtual = true
allow_photograph_enrolment = true
[clock]
source = "host"
[device]
port = {self.options.device_port}
[bureau]
port = {self.options.bureau_port}
""")
        self.programs.start("xueshi-registryd", config)
        endpoints = self.directory / "registry" / "endpoints.json"
        self.endpoints = wait_for("the registry", lambda: endpoints.exists() and json.loads(endpoints.read_text()), 30)
        # Another start must find the same addresses.
        fixed = config.read_text().replace(f"[device]\nport = {self.options.device_port}",
                                           f"[device]\nport = {self.endpoints['device_port']}")
        fixed = fixed.replace(f"[bureau]\nport = {self.options.bureau_port}",
                              f"[bureau]\nport = {self.endpoints['bureau_port']}")
        self.write("registryd.toml", fixed)

    def file_class(self):
        start_ms = (int(time.time()) + LEAD_S + WINDOW_S) * 1000
        plan = [f"""\
[institution]
id = "{INSTITUTION}"
name = "示范职业技能培训学校"
region = "220100"
[class]
id = "{CLASS}"
name = "家政服务员（示范班）"
[policy]
opens_before_ms = {WINDOW_S * 1000}
closes_after_ms = {WINDOW_S * 1000}
cooldown_ms = {WINDOW_S * 1000}
tolerance = [10, 45]
factor = "face_or_finger"
"""]
        for index, hours in enumerate(LESSON_HOURS):
            end_ms = start_ms + hours * HOUR_S * 1000
            self.lessons.append((start_ms, end_ms))
            plan.append(f"""\
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
            start_ms = end_ms + (2 * WINDOW_S + 2) * 1000
        rows = ["编号,姓名,身份证号码"]
        rows += [f"{number},{TRAINEES[number][0]},{with_check_digit(ID_NUMBERS[number])}" for number in TRAINEES]
        try:
            self.registryctl("import", "--plan", str(self.write("plan.toml", "".join(plan))),
                             "--roster", str(self.write("roster.csv", "\n".join(rows) + "\n")))
        except DemoError as error:
            if "filed already" not in str(error):  # a registry killed between its commit and its answer
                raise
        self.device_token = self.registryctl("token", "--institution", INSTITUTION, "--room", ROOM).split()[-1]
        self.bureau_token = self.registryctl("bureau-token", "--name", "demo-bureau", "--institution", INSTITUTION,
                                             "--scope", "read").split()[-1]
        self.write("bureau.token", self.bureau_token)
        os.chmod(self.directory / "bureau.token", 0o600)
        say(f"class filed: {sum(LESSON_HOURS)} class hours in {len(LESSON_HOURS)} lessons, {len(TRAINEES)} trainees")

    # -- 2: the terminal ----------------------------------------------------------------------------------------

    def start_terminal(self):
        sync = self.write("syncd.toml", f"""\
[sync]
directory = "{self.directory}/sync"
poll_ms = 500
roster_every_s = 5
backoff_max_s = 5
[terminal]
directory = "{self.directory}/terminal"
[control]
socket = "{self.directory}/control.sock"
[registry]
url = "https://127.0.0.1:{self.endpoints['device_port']}"
ca_file = "{self.directory}/registry/ca.pem"
token = "{self.device_token}"
[clock]
source = "host"
""")
        os.chmod(sync, 0o600)
        terminal = self.write("terminald.toml", f"""\
[state]
directory = "{self.directory}/terminal"
[sync]
directory = "{self.directory}/sync"
[control]
socket = "{self.directory}/control.sock"
[clock]
source = "host"
[camera]
kind = "replay"
playlist = "{self.directory}/playlist.json"
width = 1280
height = 720
frames_per_second = 8
[models]
manifest = "{ROOT}/models/manifest.json"
files = "{ROOT}/models/files"
[fingerprint]
driver = "virtual_image"
[clip]
before_ms = 3000
after_ms = 2000
""")
        self.programs.start("xueshi-terminald", terminal,
                            {"FP_VIRTUAL_IMAGE": str(self.directory / "finger.sock")})
        self.programs.start("xueshi-syncd", sync)
        roster = self.directory / "sync" / "roster.json"
        wait_for("claim and roster", roster.exists, 40)
        say("device claimed, roster fetched")

    def status(self):
        try:
            return json.loads(self.terminalctl("status", "--json"))
        except (DemoError, json.JSONDecodeError):
            return None

    def enrol(self):
        for number, (photographs, _) in FACES.items():
            folder = self.directory / "photographs" / number
            folder.mkdir()
            for name in photographs:
                shutil.copy(SAMPLES / name, folder)
        wait_for("the terminal's roster", lambda: (self.status() or {}).get("roster_classes"), 30)
        self.terminalctl("enrol", "face", "--from", str(self.directory / "photographs"), "--consent")
        for number, seed in FINGERS.items():
            feeder = subprocess.Popen([self.binaries / "xueshi-fingerfeed", "--socket",
                                       str(self.directory / "finger.sock"), "--seed", str(seed),
                                       "--impressions", "40", "--pause-ms", "900"],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                self.terminalctl("enrol", "finger", "--trainee", number, "--finger", "right_index", "--consent")
            finally:
                feeder.kill()
                feeder.wait()
        say("enrolled: two faces from photographs, two fingers from the reader")
        late = time.time() * 1000 - (self.lessons[0][0] - WINDOW_S * 1000)
        if late > 0:
            raise DemoError(f"set-up took {late / 1000:.0f} s longer than the lead of {LEAD_S} s; is the machine busy?")

    # -- 3: the day ---------------------------------------------------------------------------------------------

    def write_playlists(self):
        faces, fingers = [], []
        for index, (start_ms, end_ms) in enumerate(self.lessons):
            present = [number for number in TRAINEES if index in TRAINEES[number][1]]
            for window_ms in (start_ms - WINDOW_S * 1000, end_ms):
                self._fill_window(faces, fingers, present, window_ms)
        self.write("playlist.json", json.dumps({"version": 1, "items": faces}, indent=1))
        self.write("fingers.json", json.dumps({"version": 1, "items": fingers}, indent=1))

    @staticmethod
    def _fill_window(faces, fingers, present, window_ms):
        """Everybody present comes twice in a window, so that a restart in the middle costs nobody the hour."""
        for cycle in range(2):
            at = window_ms + 1000 + cycle * (WINDOW_S // 2) * 1000
            shown = [FACES[n][1] for n in present if n in FACES]
            for name, duration_ms in [*((name, 4000) for name in shown), (STRANGER_FACE, 3000)]:
                faces.append({"file": str(SAMPLES / name), "from_ms": at, "until_ms": at + duration_ms,
                              "motion_seed": at // 1000 % 9973,
                              "face": dict(zip(("x", "y", "width", "height"), FACE_BOXES[name]))})
                at += duration_ms + 300
            at = window_ms + 2000 + cycle * (WINDOW_S // 2) * 1000
            for seed in [*(FINGERS[n] for n in present if n in FINGERS), STRANGER_FINGER]:
                fingers.append({"person_seed": seed, "finger": 1, "impression": 20 + at // 1000 % 7, "at_ms": at})
                fingers.append({"person_seed": seed, "finger": 1, "impression": 30 + at // 1000 % 7,
                                "at_ms": at + 1600})
                at += 3400

    def start_feeder(self):
        log = open(self.directory / "logs" / "fingerfeed.log", "ab")
        self.feeder = subprocess.Popen([self.binaries / "xueshi-fingerfeed", "--socket",
                                        str(self.directory / "finger.sock"),
                                        "--playlist", str(self.directory / "fingers.json")], stdout=log, stderr=log)

    def sleep_until(self, wall_ms, what):
        remaining = wall_ms / 1000 - time.time()
        if remaining > 0:
            say(f"{what} ({remaining:.0f} s)")
            time.sleep(remaining)

    def attendance(self):
        return json.loads(self.registryctl("attendance", CLASS, "--json"))

    def outage(self):
        """Stops the registry after lesson 2 has begun, starts it again, and shows hours that are only possible."""
        start_ms, end_ms = self.lessons[1]
        self.sleep_until(start_ms + 2000, "lesson 1, then lesson 2 begins")
        say("the registry is stopped in the middle of lesson 2, and syncd held back")
        self.programs.send("xueshi-syncd", signal.SIGSTOP)
        self.programs.stop("xueshi-registryd")
        self.sleep_until(end_ms + WINDOW_S * 1000 + 3000, "the class goes on offline")
        self.programs.start("xueshi-registryd", self.directory / "registryd.toml")
        table = wait_for("the registry again", self._try_attendance, 30)
        undelivered = [t for t in table["trainees"] if t["possible"] > t["proved"]]
        if not undelivered:
            raise DemoError("nothing is open although the terminal has not delivered lesson 2")
        say("registry is back; while the terminal has not delivered, hours stay possible:")
        print(self.registryctl("attendance", CLASS), flush=True)
        self.programs.send("xueshi-syncd", signal.SIGCONT)

    def _try_attendance(self):
        try:
            return self.attendance()
        except DemoError:
            return None

    # -- 4 and 5: the result ------------------------------------------------------------------------------------

    def journal_rows(self):
        with sqlite3.connect(f"file:{self.directory}/terminal/journal.db?mode=ro", uri=True) as journal:
            rows = journal.execute("SELECT seq, id, prev, hash, signature FROM event ORDER BY seq").fetchall()
        return [(seq, ident.hex(), prev.hex(), digest.hex(), signature.hex())
                for seq, ident, prev, digest, signature in rows]

    def pull(self, path):
        """What a bureau does: curl with its token."""
        command = ["curl", "--silent", "--show-error", "--fail", "--cacert", f"{self.directory}/registry/ca.pem",
                   "--header", f"Authorization: Bearer {self.bureau_token}",
                   f"https://127.0.0.1:{self.endpoints['bureau_port']}{path}"]
        result = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        return json.loads(result.stdout) if result.returncode == 0 else None

    def registry_rows(self):
        devices = self.pull("/v1/devices")
        if not devices:
            return []
        rows, after = [], 0
        while True:
            page = self.pull(f"/v1/devices/{devices['devices'][0]['device']}/chain?after={after}")
            if page is None:
                return []
            rows += [(e["seq"], e["id"].replace("-", ""), e["prev"], e["hash"],
                      base64.b64decode(e["signature"]).hex()) for e in page["events"]]
            if not page["events"]:
                return rows
            after = rows[-1][0]

    def compare(self):
        """Journal and registry, row by row."""
        def delivered():
            held = self.registry_rows()
            journal = self.journal_rows()
            return (journal, held) if len(held) >= len(journal) > 0 else None

        journal, held = wait_for("everything to be delivered", delivered, 60)
        for ours, theirs in zip(journal, held):
            if ours != theirs:
                raise DemoError(f"journal and registry differ at seq {ours[0]}")
        if len({row[1] for row in held}) != len(held):
            raise DemoError("an event is doubled at the registry")
        say(f"journal and registry agree row by row: {len(journal)} events, none lost, none doubled")
        return len(journal)

    def finish(self):
        end_ms = self.lessons[-1][1] + WINDOW_S * 1000
        self.sleep_until(end_ms + 2500, "lessons 3 and 4")

        def closed():
            table = self._try_attendance()
            return table if table and all(t["possible"] == t["proved"] for t in table["trainees"]) else None

        try:
            table = wait_for("all lessons to be closed and delivered", closed, 45)
        except DemoError:
            table = self.attendance()
        events = self.compare()
        self.run("xueshictl", "--state", str(self.directory / "terminal"), "verify")
        print(self.registryctl("attendance", CLASS), flush=True)
        self.show_pull()
        return table, events

    def show_pull(self):
        say(f"the bureau pulls the same by: curl --cacert {self.directory}/registry/ca.pem "
            f"--header \"Authorization: Bearer $(cat {self.directory}/bureau.token)\" "
            f"https://127.0.0.1:{self.endpoints['bureau_port']}/v1/classes/{CLASS}/attendance")
        pulled = self.pull(f"/v1/classes/{CLASS}/attendance")
        for trainee in pulled["trainees"]:
            print("  " + json.dumps(trainee, ensure_ascii=False)[:160])
        clips = sorted((self.directory / "terminal" / "media").glob("*.mp4"))
        say(f"files: journal {self.directory}/terminal/journal.db, {len(clips)} clips in "
            f"{self.directory}/terminal/media, registry {self.directory}/registry, logs {self.directory}/logs")
        if not clips:
            raise DemoError("no clip was saved")

    def judge(self, table):
        """The findings: empty when the result is the expected one."""
        findings = []
        by_number = {t["number"]: t for t in table["trainees"]}
        for number, (_, _, hours, exam, ratio) in TRAINEES.items():
            got = by_number.get(number, {})
            expected = {"proved": hours, "possible": hours, "exam": exam, "ratio": [ratio, ratio]}
            for key, value in expected.items():
                if got.get(key) != value:
                    findings.append(f"trainee {number}: {key} is {got.get(key)}, expected {value}")
        return findings

    # -- all ----------------------------------------------------------------------------------------------------

    def kill_at_random(self):
        """SIGKILL of random programs at random moments, never two at once."""
        source = random.Random(self.options.seed)
        begin, end = self.lessons[0][0] - WINDOW_S * 1000, self.lessons[-1][1] + WINDOW_S * 500
        moments = sorted(source.uniform(begin, end) for _ in range(self.options.kills))
        for moment in moments:
            time.sleep(max(0.0, moment / 1000 - time.time()))
            name = source.choice(["xueshi-terminald", "xueshi-syncd", "xueshi-registryd"])
            say(f"SIGKILL {name}")
            self.programs.send(name, signal.SIGKILL)

    def main(self):
        started = time.monotonic()
        self.prepare()
        self.start_registry()
        self.file_class()
        self.start_terminal()
        self.write_playlists()
        self.enrol()
        self.start_feeder()
        if self.options.kills:
            threading.Thread(target=self.kill_at_random, daemon=True).start()
        self.sleep_until(self.lessons[0][0] - WINDOW_S * 1000, "waiting for the first check-in window")
        self.outage()
        table, events = self.finish()
        findings = self.judge(table)
        for finding in findings:
            say(finding)
        return findings, events, time.monotonic() - started

    def shut_down(self):
        if self.feeder is not None:
            self.feeder.terminate()
        if self.programs is not None:
            self.programs.stop_all()


def parse_options():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--once", action="store_true", help="end after the result")
    parser.add_argument("--preset", default="dev", help="which build's programs (default: dev)")
    parser.add_argument("--directory", default=str(ROOT / ".demo"), help="where everything is kept; emptied at start")
    parser.add_argument("--device-port", type=int, default=0, help="registry's device listener (0: any)")
    parser.add_argument("--bureau-port", type=int, default=0, help="registry's bureau listener (0: any)")
    parser.add_argument("--kills", type=int, default=0, help="SIGKILL this many programs at random moments")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000),
                        help="of the random moments")
    return parser.parse_args()


def main():
    options = parse_options()
    demo = Demo(options)
    try:
        findings, events, seconds = demo.main()
        summary = (f"demo: {'FAILED' if findings else 'ok'}: 10, 8, 7 and 6 hours expected, "
                   f"{len(findings)} findings, {events} events, {seconds:.0f} s"
                   + (f", {options.kills} kills with seed {options.seed}" if options.kills else ""))
        if not options.once:
            print(summary, flush=True)
            say("the programs stay up; Ctrl-C ends them")
            signal.pause()
    except KeyboardInterrupt:
        return 130
    except DemoError as error:
        findings, summary = [str(error)], f"demo: FAILED: {error}"
    finally:
        demo.shut_down()
    print(summary, flush=True)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
