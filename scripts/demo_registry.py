"""The registry's side of the demo: the daemon, the filing, and what a bureau sees."""
import base64
import json
import os
import subprocess

import demo_story as story
from demo_programs import DemoError, wait_for


class Registry:
    def __init__(self, workspace, programs, device_port, bureau_port):
        self.workspace = workspace
        self.programs = programs
        self.state = workspace.directory / "registry"
        self.ports = {"device_port": device_port, "bureau_port": bureau_port}  # 0: any; then those it found
        self.config = None
        self.device_token = self.bureau_token = ""

    def ctl(self, *arguments):
        return self.workspace.persist(*self.command(*arguments))

    def command(self, *arguments):
        return ["xueshi-registryctl", "--state", str(self.state), *arguments]

    def start(self):
        self.config = self.write_config()
        endpoints = self.state / "endpoints.json"
        self.programs.start("xueshi-registryd", self.config)
        self.ports = wait_for("the registry", lambda: endpoints.exists() and json.loads(endpoints.read_text()), 30)
        self.write_config()  # another start must find the same addresses

    def write_config(self):
        return self.workspace.write("registryd.toml", f"""\
# A registry for demonstrations: only such a policy counts replay cameras, virtual readers and short class hours.
[state]
directory = "{self.state}"
[policy]
minimum_hour_ms = 1000
allow_replay = true
allow_virtual = true
allow_photograph_enrolment = true
[clock]
source = "host"
[device]
port = {self.ports["device_port"]}
[bureau]
port = {self.ports["bureau_port"]}
""")

    def file_class(self, lessons, window_s=story.WINDOW_S):
        plan = self.workspace.write("plan.toml", story.plan(lessons, window_s))
        roster = self.workspace.write("roster.csv", story.roster())
        try:
            self.ctl("import", "--plan", str(plan), "--roster", str(roster))
        except DemoError as error:
            if "filed already" not in str(error):  # a registry killed between its commit and its answer
                raise
        self.device_token = self.ctl("token", "--institution", story.INSTITUTION, "--room", story.ROOM).split()[-1]
        self.bureau_token = self.ctl("bureau-token", "--name", "demo-bureau", "--institution", story.INSTITUTION,
                                     "--scope", "read").split()[-1]
        os.chmod(self.workspace.write("bureau.token", self.bureau_token), 0o600)

    def attendance(self):
        return json.loads(self.ctl("attendance", story.CLASS, "--json"))

    def try_attendance(self):
        """None while the registry does not answer; asks once."""
        try:
            return json.loads(self.workspace.run(*self.command("attendance", story.CLASS, "--json")))
        except DemoError:
            return None

    def attendance_table(self):
        return self.ctl("attendance", story.CLASS)

    def url(self, path):
        return f"https://127.0.0.1:{self.ports['bureau_port']}{path}"

    def pull(self, path):
        """What a bureau does: curl with its token."""
        command = ["curl", "--silent", "--show-error", "--fail", "--cacert", f"{self.state}/ca.pem",
                   "--header", f"Authorization: Bearer {self.bureau_token}", self.url(path)]
        result = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        return json.loads(result.stdout) if result.returncode == 0 else None

    def pull_command(self, path):
        return (f"curl --cacert {self.state}/ca.pem --header \"Authorization: Bearer "
                f"$(cat {self.workspace.directory}/bureau.token)\" {self.url(path)}")

    def rows(self):
        """(seq, id, prev, hash, signature) of every event of the device; empty while they cannot be had."""
        devices = self.pull("/v1/devices")
        if not devices or not devices["devices"]:
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
