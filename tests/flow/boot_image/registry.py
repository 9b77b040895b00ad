"""The registry on this machine that the guest's terminal belongs to, with a class whose check-in window is open now."""
import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts"))

import demo_story as story  # noqa: E402
from demo_programs import Programs, Workspace  # noqa: E402
from demo_registry import Registry  # noqa: E402
from guest import REGISTRY_ADDRESS, REGISTRY_PORT  # noqa: E402

WINDOW_S = 4 * 3600  # an emulated terminal is slow, and so are its waits
LESSON_STARTS_IN_S = 3 * 3600


class BoardRegistry(Registry):
    """As in the demo, but its certificate also names the address by which the guest reaches this machine."""

    def __init__(self, directory, preset):
        workspace = Workspace(directory, ROOT / "build" / preset / "bin")
        super().__init__(workspace, Programs(workspace), 0, 0)

    def write_config(self):
        path = super().write_config()
        names = json.dumps(["127.0.0.1", "localhost", REGISTRY_ADDRESS])
        return self.workspace.write(path.name, f"{path.read_text()}[tls]\nnames = {names}\n")

    def file_open_class(self):
        start_ms = (int(time.time()) + LESSON_STARTS_IN_S) * 1000
        self.file_class([(start_ms, start_ms + story.HOUR_S * 1000)], WINDOW_S)

    def provision_folder(self, folder, ssh_key):
        """What is put onto a new device's card."""
        folder.mkdir(parents=True)
        (folder / "terminald.toml").write_text("""\
[clock]
source = "host"
[camera]
kind = "replay"
playlist = "/var/lib/xueshi/replay/playlist.json"
width = 320
height = 192
frames_per_second = 2
[fingerprint]
driver = ""
[enrolment]
least_photographs = 1
[control]
sync_users = ["xueshi-syncd"]
[kiosk]
enabled = true
""")
        (folder / "syncd.toml").write_text(f"""\
[registry]
url = "https://{REGISTRY_ADDRESS}:{REGISTRY_PORT}"
ca_file = "/etc/xueshi/registry-ca.pem"
token_file = "/etc/xueshi/device-token"
[sync]
roster_every_s = 10
backoff_max_s = 10
[clips]
upload = "all"
[clock]
source = "host"
""")
        (folder / "registry-ca.pem").write_text((self.state / "ca.pem").read_text())
        (folder / "device-token").write_text(self.device_token + "\n")
        (folder / "authorized_keys").write_text(ssh_key)

    def stop(self):
        self.programs.stop_all()


def photographs(folder, number="01"):
    """One trainee's, as `xueshictl enrol --from` takes them, and the picture that is played."""
    samples, played = story.FACES[number]
    (folder / "enrol" / number).mkdir(parents=True)
    (folder / "enrol" / number / "document.jpg").write_bytes((story.SAMPLES / samples[0]).read_bytes())
    for name in samples:
        (folder / "enrol" / number / name).write_bytes((story.SAMPLES / name).read_bytes())
    crop_to_face(story.SAMPLES / played, story.FACE_BOXES[played], folder / played)
    return played


def crop_to_face(picture, face, into):
    """An emulated camera has few pixels: the face gets most of them, as that of somebody who stands close."""
    x, y, width, height = face
    left, top = max(0, x - width), max(0, y - height // 3)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", picture, "-vf", f"crop={3 * width}:{height * 5 // 3}:{left}:{top}",
                    "-q:v", "2", into], check=True)


def playlist(picture, from_s, until_s):
    """One person before the camera."""
    item = {"file": picture, "from_ms": int(from_s * 1000), "until_ms": int(until_s * 1000), "motion_seed": 7}
    return json.dumps({"version": 1, "items": [item]})
