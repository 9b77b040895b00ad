"""A board that is a QEMU: started from a disk, watched on its serial console, spoken to by SSH on the loopback interface."""
import json
import pathlib
import re
import shlex
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))

from ports import free_port  # noqa: E402

UBOOT = pathlib.Path("/usr/lib/u-boot/qemu_arm64/u-boot.bin")
FORWARD = pathlib.Path(__file__).resolve().parent / "forward"
REGISTRY_ADDRESS = "10.0.2.100"  # where the guest finds this machine's registry
REGISTRY_PORT = 8443
SCREEN = (1280, 800)


class GuestError(Exception):
    """Ends the test with one clear line."""


def say(text):
    print(f"{time.strftime('%H:%M:%S')} boot_image: {text}", flush=True)


def wait_for(what, test, deadline_s):
    """Polls `test` until it gives something true, and says what it waits for."""
    say(f"waiting for {what} (at most {deadline_s // 60} min)")
    started = time.monotonic()
    while True:
        result = test()
        passed_s = time.monotonic() - started
        if result:
            say(f"  after {passed_s:.0f} s")
            return result
        if passed_s > deadline_s:
            raise GuestError(f"waited {deadline_s} s in vain for {what}")
        time.sleep(2)


class Guest:
    """`disk` and the USB stick are written to. Nothing of the guest's network leaves this machine: SSH comes in and the
    registry's port goes out by the loopback interface, and nothing else (restrict=on)."""

    def __init__(self, directory, disk, stick, registry_port, memory_mib=1024):
        self.directory, self.disk, self.stick = directory, disk, stick
        self.registry_port, self.memory_mib = registry_port, memory_mib
        self.key = directory / "ssh.key"
        self.console = directory / "console.log"
        self.ssh_port = free_port()
        self.card_in = "virtio-blk-pci"  # what the card is plugged into, from the next start on
        self.reader = None  # another card, in a USB reader, from the next start on
        self.screen = False  # has one, from the next start on
        self.process = None
        self.seen = 0  # of the console, by `await_line`
        self.started = 0.0
        if not self.key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)

    def power_on(self):
        self.console.touch()
        self.seen = self.console.stat().st_size
        network = (f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{self.ssh_port}-:22,"
                   f"guestfwd=tcp:{REGISTRY_ADDRESS}:{REGISTRY_PORT}-cmd:{shlex.quote(str(FORWARD))} {self.registry_port}")
        reader = ["-drive", f"if=none,id=reader,format=raw,file={self.reader}", "-device", "usb-storage,drive=reader"]
        screen = ["-device", f"virtio-gpu-pci,xres={SCREEN[0]},yres={SCREEN[1]}"]
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-smp", "2", "-m", str(self.memory_mib),
             "-accel", "tcg,tb-size=256", "-nodefaults", "-display", "none", "-qmp", "stdio", "-bios", UBOOT,
             "-chardev", f"file,id=console,path={self.console},append=on", "-serial", "chardev:console",
             "-drive", f"if=none,id=disk,format=raw,file={self.disk}", "-device", f"{self.card_in},drive=disk",
             "-drive", f"if=none,id=stick,format=raw,file={self.stick}", "-device", "qemu-xhci",
             "-device", "usb-storage,drive=stick", "-netdev", network, "-device", "virtio-net-pci,netdev=net,romfile=", "-device", "virtio-rng-pci",
             *(reader if self.reader else []), *(screen if self.screen else [])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(self.directory / "qemu.log", "ab"))

        self.ask_qemu("qmp_capabilities")

    def ask_qemu(self, command, **arguments):
        """What QEMU tells unasked is passed over."""
        self.process.stdin.write(json.dumps({"execute": command, "arguments": arguments}).encode())
        self.process.stdin.flush()
        for line in self.process.stdout:
            answer = json.loads(line)
            if "error" in answer:
                raise GuestError(f"QEMU: {command}: {answer['error']['desc']}")
            if "return" in answer:
                return
        raise GuestError(f"QEMU ended: see {self.directory}/qemu.log")

    def screendump(self):
        """What the screen shows now: a PPM, which stays in the folder."""
        file = self.directory / "screen.ppm"
        self.ask_qemu("screendump", filename=str(file))
        return file.read_bytes()

    def cut_power(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def await_line(self, pattern, deadline_s):
        """The first match on the console after what was awaited before."""
        def look():
            if self.process.poll() is not None:
                raise GuestError(f"QEMU ended: see {self.directory}/qemu.log")
            text = self.console.read_bytes()
            match = re.search(pattern.encode(), text[self.seen:])
            if match:
                self.seen += match.end()
            return match

        try:
            return wait_for(f"'{pattern}' on the console", look, deadline_s)
        except GuestError as error:
            tail = self.console.read_bytes()[-1500:].decode(errors="replace")
            raise GuestError(f"{error}; the console's end:\n{tail}") from None

    def ssh_command(self, command):
        return ["ssh", "-q", "-p", str(self.ssh_port), "-i", str(self.key), "-o", "StrictHostKeyChecking=no",
                "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "ConnectTimeout=60",
                "root@127.0.0.1", command]

    def try_ssh(self, command, deadline_s=300):
        """(status, output)"""
        try:
            done = subprocess.run(self.ssh_command(command), text=True, capture_output=True, timeout=deadline_s, check=False)
        except subprocess.TimeoutExpired:
            return 255, f"no answer within {deadline_s} s"
        return done.returncode, done.stdout + done.stderr

    def ssh(self, command, deadline_s=300):
        status, output = self.try_ssh(command, deadline_s)
        if status != 0:
            raise GuestError(f"'{command}' in the guest: {output.strip() or f'status {status}'}")
        return output.strip()

    def await_ssh(self, deadline_s=900):
        wait_for("SSH", lambda: self.try_ssh("true", 90)[0] == 0, deadline_s)

    def send(self, local, remote):
        """Copies a file or a folder's content into the guest."""
        local = pathlib.Path(local)
        packed = subprocess.Popen(["tar", "-c", "-C", local.parent, local.name], stdout=subprocess.PIPE)
        done = subprocess.run(self.ssh_command(f"mkdir -p {remote} && tar -x --no-same-owner -C {remote}"), stdin=packed.stdout,
                              capture_output=True, text=True, timeout=1800, check=False)
        packed.wait()
        if done.returncode != 0:
            raise GuestError(f"copying {local} into the guest: {done.stderr.strip()}")


def new_disk(image, disk, size_mib):
    """A card of that size with the image on it."""
    subprocess.run(["cp", "--sparse=always", image, disk], check=True)
    with open(disk, "r+b") as file:
        file.truncate(size_mib << 20)


def provision(disk, folder):
    """Puts the folder `provision` onto the card's FAT partition, as anybody would on another computer."""
    subprocess.run(["mcopy", "-s", "-i", f"{disk}@@16M", folder, "::"], check=True)


class Card:
    """What a computer that the card is put into may find and do; only while the board has no power."""

    def __init__(self, disk):
        table = json.loads(subprocess.run(["/usr/sbin/sfdisk", "--json", disk], capture_output=True, check=True).stdout)
        self.disk = disk
        self.at = {part["name"]: part["start"] * 512 for part in table["partitiontable"]["partitions"]}

    def tear_environment(self):
        """As a power cut leaves it in the middle of a write: half new, so that its CRC does not hold."""
        with open(self.disk, "r+b") as card:
            card.seek(self.at["environment"] + 8)
            card.write(bytes(504))

    def claim_blocks_twice(self, first, second):
        """Files of more than one block, by ext4's extents. Nobody finds it until the kernel does."""
        data = f"{self.disk}?offset={self.at['data']}"
        subprocess.run(["/usr/sbin/e2fsck", "-p", data], capture_output=True, check=False)  # what the cut left in its journal

        def debugfs(*requests):
            return [subprocess.run(["/usr/sbin/debugfs", "-w", "-R", request, data], text=True, capture_output=True,
                                   check=True).stdout for request in requests]

        block = debugfs(f"blocks {first}")[0].split()[0]
        debugfs(f"sif {second} block[5] {block}")


class Stick:
    """A USB stick as one buys it: one partition, FAT. To be used here only while the guest has not mounted it."""

    def __init__(self, path, size_mib=64):
        self.path = path
        self.content = f"{path}@@1M"  # in mtools' words
        if path.exists():
            return
        with open(path, "wb") as file:
            file.truncate(size_mib << 20)
        subprocess.run(["/usr/sbin/sfdisk", "-q", path], input="label: dos\nstart=1MiB, type=c\n", text=True, check=True)
        subprocess.run(["/usr/sbin/mkfs.vfat", "--offset", "2048", path], stdout=subprocess.DEVNULL, check=True)

    def put(self, *files):
        subprocess.run(["mcopy", "-s", "-i", self.content, *files, "::"], check=True)

    def take_all(self, folder):
        folder.mkdir()
        subprocess.run(["mcopy", "-s", "-i", self.content, "::*", folder], check=True)
