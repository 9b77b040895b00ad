"""What the demo needs of a shell and of a service manager: call programs, start daemons again that die, stop them."""
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time


def say(text):
    print(f"demo: {text}", flush=True)


class DemoError(Exception):
    """Ends the demo with one clear line."""


def wait_for(what, test, timeout_s):
    """Polls `test` until it gives something true."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        result = test()
        if result:
            return result
        time.sleep(0.2)
    raise DemoError(f"waited {timeout_s} s in vain for {what}")


class Workspace:
    """The demo's folder and the programs that were built, and how to call one of them once."""

    def __init__(self, directory, binaries):
        self.directory = pathlib.Path(directory).resolve()
        self.binaries = binaries
        if not (binaries / "xueshi-terminald").exists():
            raise DemoError(f"no programs in {binaries}: run scripts/demo without --no-setup")
        shutil.rmtree(self.directory, ignore_errors=True)
        for name in ("registry", "terminal", "sync", "logs", "photographs"):
            (self.directory / name).mkdir(parents=True, mode=0o750)

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
        """Like `run`, but a daemon that was just killed and starts again is waited for, also on a busy machine."""
        until = time.monotonic() + 40
        while True:
            try:
                return self.run(*command, timeout=timeout)
            except DemoError:
                if time.monotonic() > until:
                    raise
                time.sleep(2)


class Programs:
    """Starts the programs and, as systemd would, starts again whichever dies."""

    def __init__(self, workspace):
        self.directory = workspace.directory
        self.binaries = workspace.binaries
        self.lock = threading.Lock()
        self.running = {}
        self.wanted = {}
        self.stopping = False
        threading.Thread(target=self._watch, daemon=True).start()

    def start(self, name, config, environment=None):
        with self.lock:
            self.wanted[name] = (config, environment or {})
            self._launch(name)

    def _launch(self, name):
        config, environment = self.wanted[name]
        with open(self.directory / "logs" / f"{name}.log", "ab") as log:
            self.running[name] = subprocess.Popen(
                [self.binaries / name, "--config", config],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, **environment})

    def _watch(self):
        while not self.stopping:
            with self.lock:
                for name in list(self.wanted):
                    if self.running[name].poll() is not None:
                        self._launch(name)
            time.sleep(1)

    def send(self, name, number):
        with self.lock:
            if name in self.wanted:
                self.running[name].send_signal(number)

    def stop(self, name):
        with self.lock:
            self.wanted.pop(name, None)
            process = self.running.pop(name, None)
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                raise DemoError(f"{name} did not stop within 15 s; see {self.directory}/logs/{name}.log") from None

    def stop_all(self):
        """Also those after one that does not stop: left over, they would go on in the next run's folder."""
        self.stopping = True
        failures = []
        for name in list(self.wanted):
            try:
                self.stop(name)
            except DemoError as error:
                failures.append(str(error))
        if failures:
            raise DemoError("; ".join(failures))
