"""The terminal's side of the demo: the two daemons, enrolment, the journal."""
import json
import os
import shutil
import sqlite3
import subprocess

import demo_story as story
from demo_programs import DemoError, say, wait_for


class Terminal:
    def __init__(self, workspace, programs, registry):
        self.workspace = workspace
        self.directory = workspace.directory
        self.programs = programs
        self.registry = registry
        self.feeder = None

    def ctl(self, *arguments, timeout=60):
        return self.workspace.persist("xueshictl", "--socket", str(self.directory / "control.sock"),
                                      "--state", str(self.directory / "terminal"), *arguments, timeout=timeout)

    def start(self):
        self.launch()
        wait_for("claim and roster", (self.directory / "sync" / "roster.json").exists, 40)

    def launch(self):
        terminal, sync = self.write_terminald(), self.write_syncd()
        self.programs.start("xueshi-terminald", terminal,
                            {"FP_VIRTUAL_IMAGE": str(self.directory / "finger.sock")})
        self.programs.start("xueshi-syncd", sync)

    def write_syncd(self):
        config = self.workspace.write("syncd.toml", f"""\
[sync]
directory = "{self.directory}/sync"
poll_ms = 500
roster_every_s = 5
backoff_max_s = 5
[clips]
upload = "all"
[terminal]
directory = "{self.directory}/terminal"
[control]
socket = "{self.directory}/control.sock"
[registry]
url = "https://127.0.0.1:{self.registry.ports['device_port']}"
ca_file = "{self.directory}/registry/ca.pem"
token = "{self.registry.device_token}"
[clock]
source = "host"
""")
        os.chmod(config, 0o600)
        return config

    def write_terminald(self):
        return self.workspace.write("terminald.toml", f"""\
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
manifest = "{story.ROOT}/models/manifest.json"
files = "{story.ROOT}/models/files"
[enrolment]
least_photographs = 1
[fingerprint]
driver = "virtual_image"
[clip]
before_ms = 3000
after_ms = 2000
""")

    def status(self):
        try:
            return json.loads(self.ctl("status", "--json"))
        except (DemoError, json.JSONDecodeError):
            return None

    def enrol(self):
        for number, (photographs, _) in story.FACES.items():
            folder = self.directory / "photographs" / number
            folder.mkdir()
            shutil.copy(story.SAMPLES / photographs[0], folder / "document.jpg")
            for name in photographs:
                shutil.copy(story.SAMPLES / name, folder)
        wait_for("the terminal's roster", lambda: (self.status() or {}).get("roster_classes"), 30)
        self.ctl("enrol", "face", "--from", str(self.directory / "photographs"), "--consent",
                 *(word for number in story.FINGERS for word in ("--witness", number)))
        for number, seed in story.FINGERS.items():
            feeder = self.feed("--seed", str(seed), "--impressions", "40", "--pause-ms", "900")
            try:
                self.ctl("enrol", "finger", "--trainee", number, "--finger", "right_index", "--consent")
            finally:
                feeder.kill()
                feeder.wait()

    def feed(self, *arguments):
        """Presses fingers on the virtual reader."""
        log = open(self.directory / "logs" / "fingerfeed.log", "ab")
        return subprocess.Popen([self.workspace.binaries / "xueshi-fingerfeed",
                                 "--socket", str(self.directory / "finger.sock"), *arguments], stdout=log, stderr=log)

    def write_playlists(self, lessons):
        faces, fingers = story.playlists(lessons)
        self.workspace.write("playlist.json", faces)
        self.workspace.write("fingers.json", fingers)

    def press_fingers(self):
        self.feeder = self.feed("--playlist", str(self.directory / "fingers.json"))

    def rows(self):
        """(seq, id, prev, hash, signature) of every event in the journal."""
        with sqlite3.connect(f"file:{self.directory}/terminal/journal.db?mode=ro", uri=True) as journal:
            rows = journal.execute("SELECT seq, id, prev, hash, signature FROM event ORDER BY seq").fetchall()
        return [(seq, *(value.hex() for value in rest)) for seq, *rest in rows]

    def verify(self):
        self.workspace.run("xueshictl", "--state", str(self.directory / "terminal"), "verify")

    def clips(self):
        return sorted((self.directory / "terminal" / "media").glob("*.mp4"))
