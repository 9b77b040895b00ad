#!/usr/bin/env python3
"""A training class of four trainees and ten class hours, from filing to subsidy ratio, on the true clock.

Runs the real programs: xueshi-registryd, xueshi-syncd and xueshi-terminald, each its own process. The camera is the
replay camera, the fingerprint reader is libfprint's virtual_image driver fed with synthetic prints; everything behind
them is what runs in a classroom. The class hours are short, which only a registry whose policy allows it counts.

Examples:
  scripts/demo --once                 run, print the result, end
  scripts/demo --once --kills 8       SIGKILL programs at random moments; the result must be the same
"""
import argparse
import json
import pathlib
import random
import signal
import sys
import threading
import time

import demo_story as story
from demo_programs import DemoError, Programs, Workspace, say, wait_for
from demo_registry import Registry
from demo_terminal import Terminal

ROOT = pathlib.Path(__file__).resolve().parent.parent
WINDOW_MS = story.WINDOW_S * 1000
CLAIM_MS, ENROLMENT_MS = 1500, 12_000  # about what each takes; kills are spread over them


class Demo:
    def __init__(self, options):
        self.options = options
        self.workspace = Workspace(options.directory, ROOT / "build" / options.preset / "bin")
        self.programs = Programs(self.workspace)
        self.registry = Registry(self.workspace, self.programs, options.device_port, options.bureau_port)
        self.terminal = Terminal(self.workspace, self.programs, self.registry)
        self.lessons = []  # (start_ms, end_ms)

    def main(self):
        started = time.monotonic()
        for name in {*(name for played, one in story.FACES.values() for name in [*played, one]), story.STRANGER_FACE}:
            if not (story.SAMPLES / name).exists():
                raise DemoError(f"sample photograph {name} is missing: run scripts/fetch_models")
        self.registry.start()
        lead_s = story.LEAD_WITH_KILLS_S if self.options.kills else story.LEAD_S
        self.lessons = story.lessons_from(time.time(), lead_s)
        self.registry.file_class(self.lessons)
        say(f"class filed: {sum(story.LESSON_HOURS)} class hours in {len(story.LESSON_HOURS)} lessons, "
            f"{len(story.TRAINEES)} trainees")
        if self.options.kills:
            threading.Thread(target=self.kill_at_random, daemon=True).start()
        self.set_up_terminal()
        self.sleep_until(self.lessons[0][0] - WINDOW_MS, "waiting for the first check-in window")
        self.outage()
        table, events = self.finish()
        findings = story.findings(table)
        for finding in findings:
            say(finding)
        return findings, events, time.monotonic() - started

    def set_up_terminal(self):
        self.terminal.start()
        say("device claimed, roster fetched")
        self.terminal.write_playlists(self.lessons)
        self.terminal.enrol()
        say("enrolled: two faces from photographs, two fingers from the reader")
        late_ms = time.time() * 1000 - (self.lessons[0][0] - WINDOW_MS)
        if late_ms > 0:
            raise DemoError(f"set-up took {late_ms / 1000:.0f} s longer than there was before the first "
                            "window; is the machine busy?")
        self.terminal.press_fingers()

    def sleep_until(self, wall_ms, what):
        remaining = wall_ms / 1000 - time.time()
        if remaining > 0:
            say(f"{what} ({remaining:.0f} s)")
            time.sleep(remaining)

    def outage(self):
        """Stops the registry after lesson 2 has begun, starts it again, and shows hours that are only possible."""
        start_ms, end_ms = self.lessons[1]
        self.sleep_until(start_ms + 2000, "lesson 1, then lesson 2 begins")
        say("the registry is stopped in the middle of lesson 2, and syncd held back")
        self.programs.send("xueshi-syncd", signal.SIGSTOP)
        self.programs.stop("xueshi-registryd")
        self.sleep_until(end_ms + WINDOW_MS + 3000, "the class goes on offline")
        self.programs.start("xueshi-registryd", self.registry.config)
        table = wait_for("the registry again", self.registry.try_attendance, 30)
        undelivered = [t for t in table["trainees"] if t["possible"] > t["proved"]]
        if not undelivered:
            raise DemoError("nothing is open although the terminal has not delivered lesson 2")
        say("registry is back; while the terminal has not delivered, hours stay possible:")
        print(self.registry.attendance_table(), flush=True)
        self.programs.send("xueshi-syncd", signal.SIGCONT)

    def compare(self):
        """Journal and registry, row by row."""
        def delivered():
            held = self.registry.rows()
            journal = self.terminal.rows()
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
        end_ms = self.lessons[-1][1] + WINDOW_MS
        self.sleep_until(end_ms + 2500, "lessons 3 and 4")

        def closed():
            table = self.registry.try_attendance()
            return table if table and all(t["possible"] == t["proved"] for t in table["trainees"]) else None

        try:
            table = wait_for("all lessons to be closed and delivered", closed, 45)
        except DemoError:
            table = self.registry.attendance()
        events = self.compare()
        self.terminal.verify()
        print(self.registry.attendance_table(), flush=True)
        self.show_pull()
        return table, events

    def show_pull(self):
        path = f"/v1/classes/{story.CLASS}/attendance"
        say(f"the bureau pulls the same by: {self.registry.pull_command(path)}")
        pulled = self.registry.pull(path)
        for trainee in pulled["trainees"]:
            print("  " + json.dumps(trainee, ensure_ascii=False)[:160])
        clips, directory = self.terminal.clips(), self.workspace.directory
        say(f"files: journal {directory}/terminal/journal.db, {len(clips)} clips in {directory}/terminal/media, "
            f"registry {directory}/registry, logs {directory}/logs")
        if not clips:
            raise DemoError("no clip was saved")

    def kill_at_random(self):
        """SIGKILL of random programs at random moments: in the claim, in the enrolment, in class and between lessons."""
        source = random.Random(self.options.seed)
        now = time.time() * 1000
        claim, enrolment = (now, now + CLAIM_MS), (now + CLAIM_MS, now + CLAIM_MS + ENROLMENT_MS)
        lessons = (self.lessons[0][0] - WINDOW_MS, self.lessons[-1][1] + WINDOW_MS / 2)
        parts = [claim, enrolment, lessons, lessons]
        names, terminal_killed = ["xueshi-syncd", "xueshi-registryd", "xueshi-terminald"], 0.0
        for moment in sorted(source.uniform(*parts[i % len(parts)]) for i in range(self.options.kills)):
            time.sleep(max(0.0, moment / 1000 - time.time()))
            # Twice in one window, and somebody who stands there for half of it never meets a terminal that runs.
            name = source.choice(names if moment - terminal_killed > WINDOW_MS else names[:2])
            terminal_killed = moment if name == "xueshi-terminald" else terminal_killed
            say(f"SIGKILL {name}")
            self.programs.send(name, signal.SIGKILL)

    def shut_down(self):
        if self.terminal.feeder is not None:
            self.terminal.feeder.terminate()
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
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager or CI ends it as Ctrl-C does
    demo = None
    try:
        demo = Demo(options)
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
        if demo is not None:
            demo.shut_down()
    print(summary, flush=True)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
