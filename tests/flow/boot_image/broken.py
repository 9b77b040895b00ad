"""A next version that fails in two ways. In its first start the terminal does, after it has added to the gallery what the
version before may be ignorant of (core/sqlite/sqlite.hpp). In the others the terminal comes up, but nothing delivers its
records."""
from registry import ROOT

GALLERY = "/var/lib/xueshi/terminal/gallery.db"
USER_VERSION_AT = 63  # the last of its four bytes in SQLite's file
NEXT_VERSION = len(list((ROOT / "firmware/gallery/migrations").glob("*.sql"))) + 1
FIRST_START = "/data/first_start"  # remembers which it was
PROGRAM = "usr/lib/xueshi/migrates_and_fails"
FILES = {
    PROGRAM: f"""#!/bin/sh
start=$(cat /proc/sys/kernel/random/boot_id)
[ -e {FIRST_START} ] || echo "$start" >{FIRST_START}
[ "$(cat {FIRST_START})" = "$start" ] || exit 0
printf '\\{NEXT_VERSION:03o}' | dd of={GALLERY} bs=1 seek={USER_VERSION_AT} conv=notrunc
exit 1
""",
    "etc/systemd/system/xueshi-terminald.service.d/broken.conf": f"[Service]\nExecStartPre=+/{PROGRAM}\n",
    "etc/systemd/system/xueshi-syncd.service.d/broken.conf": "[Service]\nExecStart=\nExecStart=/bin/false\n",
}
# What each of its starts says.
ENDS = ("the terminal ends again and again", "xueshi-syncd does not stay up", "xueshi-syncd does not stay up")


def break_system(overlay):
    for name, text in FILES.items():
        (overlay / name).parent.mkdir(parents=True, exist_ok=True)
        (overlay / name).write_text(text)
    (overlay / PROGRAM).chmod(0o755)
