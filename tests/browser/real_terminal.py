#!/usr/bin/env python3
"""A real terminal with its registry for the browser tests: what is before its camera and reader is ordered by line.

Two lessons: the first is open a few seconds after the start, the second follows it. Trainee 01 has a face and 03 a finger
when it says {"ready": ...}, 04 too; 02 has neither. Each line on stdin is one order in JSON, each answered by one line:

  {"show": "01", "seconds": 20}    a person's photograph before the camera; "stranger"; "print": a black-and-white print
                                   of 01's; "document": an identity document of 02's; "" for nobody
  {"press": 11}                    a person's finger on the reader, a few times
  {"registry": false}              the registry away, or back
  {"hear": 5}                      what its loudspeaker plays within seconds: answered by {"loudest": ...}, of 32767
  {"approve": "K7QF2M"}            its operator approves the terminal that shows this code

With --new it is a terminal that nobody has put up yet: ready as soon as its screen can be looked at, the registry away,
without a PIN or anybody's face; a lesson is open for hours.
"""
import argparse
import array
import fcntl
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "support")]
import demo_story as story  # noqa: E402
from demo_programs import DemoError, Programs, Workspace, wait_for  # noqa: E402
from demo_registry import Registry  # noqa: E402
from demo_terminal import Terminal  # noqa: E402
from ports import free_port  # noqa: E402

PINS = {"teacher": "280041", "admin": "917352"}
PRINT = "print"  # of the photograph of 01
DOCUMENT = "document"  # of 02
PHOTOGRAPHS = {"01": "obama.jpg", PRINT: "obama.jpg", "02": "biden.jpg", DOCUMENT: "biden.jpg", "stranger": story.STRANGER_FACE}
OPEN_S = 2 * 3600  # the lesson of a terminal that is put up: nobody is hurried


def tell(value):
    print(json.dumps(value, ensure_ascii=False), flush=True)


class Loudspeaker:
    """ALSA's own plugin writes what is played into a pipe, from which it is taken about as fast as it is heard."""

    def __init__(self, directory):
        pipe = directory / "played"
        (directory / "asound.conf").write_text(
            f'pcm.loudspeaker {{ type file slave.pcm {{ type null }} file "{pipe}" format "raw" }}\n')
        os.environ["ALSA_CONFIG_PATH"] = str(directory / "asound.conf")
        os.mkfifo(pipe)
        self.pipe = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self.pipe, fcntl.F_SETPIPE_SZ, 4096)
        self.loudest = 0
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        """Takes ten milliseconds of sound as they go by; late on a busy machine, it catches up."""
        due = time.monotonic()
        while True:
            due = max(due + 0.01, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                samples = array.array("h", os.read(self.pipe, 960))
            except BlockingIOError:
                continue
            self.loudest = max(self.loudest, *map(abs, samples))

    def hear(self, seconds):
        until = time.monotonic() + seconds
        while self.loudest == 0 and time.monotonic() < until:
            time.sleep(0.1)
        heard, self.loudest = self.loudest, 0
        return {"loudest": heard}


class KioskTerminal(Terminal):
    """The demo's terminal with a screen."""

    def __init__(self, *parts, page, frames_per_second):
        super().__init__(*parts)
        self.page, self.frames_per_second = page, frames_per_second
        self.port = free_port()
        self.lan_port = free_port(self.port)

    def write_terminald(self):
        config = super().write_terminald()
        text = config.read_text().replace("frames_per_second = 8", f"frames_per_second = {self.frames_per_second}")
        return self.workspace.write("terminald.toml", text + f"""\
[kiosk]
enabled = true
port = {self.port}
web_directory = "{self.page}"
lan_address = "127.0.0.1"
lan_port = {self.lan_port}
speaker = "loudspeaker"
""")

    def has_screen(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def set_pins(self):
        for role, pin in PINS.items():
            command = [self.workspace.binaries / "xueshictl", "--socket", self.directory / "control.sock",
                       "kiosk-pin", role]
            done = subprocess.run(command, input=f"{pin}\n{pin}\n", text=True, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE)
            if done.returncode != 0:
                raise DemoError(f"kiosk-pin failed: {done.stderr}")

    def show(self, who, seconds):
        items = []
        if who:
            name = PHOTOGRAPHS[who]
            now_ms = int(time.time() * 1000)
            made = {PRINT: self.print_of, DOCUMENT: self.document_of}.get(who)
            items = [{"file": str(made(name) if made else story.SAMPLES / name), "from_ms": now_ms,
                      "until_ms": now_ms + seconds * 1000, "motion_seed": now_ms // 1000 % 9973}]
            if who != DOCUMENT:  # the whole picture
                items[0]["face"] = dict(zip(("x", "y", "width", "height"), story.FACE_BOXES[name]))
        self.workspace.write("playlist.json", json.dumps({"version": 1, "items": items}))

    def print_of(self, name):
        """As a black-and-white laser printer makes it: grey, and less of the light."""
        file = self.directory / "print.jpg"
        if not file.exists():
            subprocess.run(["ffmpeg", "-v", "error", "-i", story.SAMPLES / name, "-vf", "format=gray,eq=contrast=0.8",
                            "-q:v", "3", file], check=True)
        return file

    def document_of(self, name):
        """A card of ISO/IEC 7810's shape before a wall: lines of writing, and the portrait as passport offices print it."""
        file = self.directory / "document.png"
        x, y, width, height = story.FACE_BOXES[name]
        portrait = f"crop={width * 8 // 5}:{height * 8 // 5}:{x - width * 3 // 10}:{y - height * 3 // 10},scale=-2:230,eq=contrast=0.85"
        lines = "".join(f",drawbox=x=370:y={210 + 45 * line}:w={300 - 40 * (line % 3)}:h=14:color=0x39434a:t=fill" for line in range(7))
        card = f"[0]drawbox=x=333:y=166:w=614:h=387:color=0xd8e4ea:t=fill{lines}[card]"
        if not file.exists():
            subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=c=0x6b6f72:s=1280x720", "-i", story.SAMPLES / name,
                            "-filter_complex", f"{card};[1]{portrait}[portrait];[card][portrait]overlay=720:225",
                            "-frames:v", "1", file], check=True)
        return file

    def press(self, seed):
        if self.feeder is not None:
            self.feeder.kill()
            self.feeder.wait()
        self.feeder = self.feed("--seed", str(seed), "--first", "50", "--impressions", "4", "--pause-ms", "900")


class World:
    FRAMES_PER_SECOND = 15

    def __init__(self, build, directory, hour_s):
        # The demo's class in two lessons; trainee 02 is enrolled at the screen.
        story.WINDOW_S, story.HOUR_S, story.LESSON_HOURS = 30, hour_s, [1, 5]
        story.FACES = {"01": story.FACES["01"]}
        self.workspace = Workspace(directory, build / "bin")
        self.loudspeaker = Loudspeaker(self.workspace.directory)
        self.programs = Programs(self.workspace)
        self.registry = Registry(self.workspace, self.programs, 0, 0)
        self.terminal = KioskTerminal(self.workspace, self.programs, self.registry, page=build / "share" / "kiosk",
                                      frames_per_second=self.FRAMES_PER_SECOND)
        first_ms = (int(time.time()) + 60) * 1000
        second_ms = first_ms + story.HOUR_S * 1000 + (2 * story.WINDOW_S + 10) * 1000
        self.lessons = [(first_ms, first_ms + story.HOUR_S * 1000), (second_ms, second_ms + 5 * story.HOUR_S * 1000)]

    def start(self):
        self.registry.start()
        self.registry.file_class(self.lessons)
        self.terminal.show("", 0)
        self.terminal.start()
        self.terminal.set_pins()
        self.terminal.enrol()

    def tell_ready(self):
        tell({"ready": {"url": f"http://127.0.0.1:{self.terminal.port}", "pins": PINS, "lessons": self.lessons,
                        "lan": f"https://127.0.0.1:{self.terminal.lan_port}",
                        "pid": self.programs.running["xueshi-terminald"].pid}})

    def obey(self, order):
        if "show" in order:
            self.terminal.show(order["show"], order.get("seconds", 20))
        elif "press" in order:
            self.terminal.press(order["press"])
        elif "approve" in order:
            self.registry.ctl("approve", order["approve"], "--institution", story.INSTITUTION, "--room", story.ROOM)
        elif "hear" in order:
            return self.loudspeaker.hear(order["hear"])
        elif order.get("registry") is False:
            self.programs.stop("xueshi-registryd")
        elif order.get("registry") is True:
            self.programs.start("xueshi-registryd", self.registry.config)
        else:
            raise DemoError(f"unknown order {order}")
        return {}

    def stop(self):
        if self.terminal.feeder is not None:
            self.terminal.feeder.terminate()
        self.programs.stop_all()


class NewWorld(World):
    """A token in the terminal's settings lets it in, or the operator's approval of its code does."""
    FRAMES_PER_SECOND = 2  # nobody comes

    def __init__(self, *parts, by):
        super().__init__(*parts)
        self.by = by
        start_ms = (int(time.time()) + OPEN_S // 2) * 1000
        self.lessons = [(start_ms, start_ms + story.HOUR_S * 1000)]

    def start(self):
        self.registry.start()
        self.registry.file_class(self.lessons, OPEN_S)
        if self.by == "code":
            self.registry.device_token = ""
        self.programs.stop("xueshi-registryd")
        self.terminal.show("", 0)
        self.terminal.launch()
        wait_for("the screen", self.terminal.has_screen, 60)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=pathlib.Path, help="binary directory of the preset")
    parser.add_argument("--directory", required=True, help="where everything is kept; emptied at start")
    parser.add_argument("--hour-s", type=int, default=120, help="seconds of a class hour")
    parser.add_argument("--new", choices=["token", "code"], help="a terminal to be put up, and what lets it in")
    options = parser.parse_args()
    parts = (options.build.resolve(), options.directory, options.hour_s)
    world = NewWorld(*parts, by=options.new) if options.new else World(*parts)
    try:
        world.start()
        world.tell_ready()
        for line in sys.stdin:
            tell({"done": True, **world.obey(json.loads(line))})
    except (DemoError, OSError) as error:
        tell({"error": str(error)})
        return 1
    finally:
        world.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
