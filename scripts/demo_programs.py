"""What the demo needs of a service manager: start programs, start again whichever dies, stop them."""
import os
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


class Programs:
    """Starts the programs and, as systemd would, starts again whichever dies."""

    def __init__(self, directory, binaries):
        self.directory = directory
        self.binaries = binaries
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
        self.stopping = True
        for name in list(self.wanted):
            self.stop(name)
