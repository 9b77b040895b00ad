"""The kiosk's page, recognised in a picture of the emulated board's screen."""
import collections
import re

from guest import SCREEN, GuestError, say, wait_for
from registry import ROOT

STYLES = ROOT / "firmware/kiosk/web/src/styles/base.css"
# So much of the screen has at least each of these colours of the page's own. All three are seen only on the page that has
# heard from the terminal: while it waits for that, it has letters on its ground, but neither card nor button; a console and
# a compositor without a browser are black, and the browser's own pages and one without its styles white.
LEAST_SHARES = {"ground": 0.1, "card": 0.02, "ink": 0.001}
LEAST_COLOURS = 100  # its letters have soft edges; a console's have not
PAGE_S = 3600


def page_colours():
    """{"ground": (243, 245, 241), ...}"""
    return {name: tuple(bytes.fromhex(code)) for name, code in re.findall(r"--(\w+): #([0-9a-f]{6});", STYLES.read_text())}


def count_colours(picture):
    """Of a PPM as QEMU writes it: its size, and how many pixels have which colour."""
    head = re.match(rb"P6\s(\d+)\s(\d+)\s255\s", picture)
    return (int(head[1]), int(head[2])), collections.Counter(zip(*[iter(picture[head.end():])] * 3))


def share(pixels, colour):
    """Of the colour or one that is nearly that: what draws may round."""
    like = sum(count for other, count in pixels.items() if all(abs(a - b) <= 2 for a, b in zip(other, colour)))
    return like / pixels.total()


def what_is_shown(picture):
    """(whether it is the page, in words what was found)"""
    size, pixels = count_colours(picture)
    colours = page_colours()
    shares = {name: share(pixels, colours[name]) for name in LEAST_SHARES}
    words = [f"{size[0]}x{size[1]}", f"{len(pixels)} colours", *(f"{name} {part:.1%}" for name, part in shares.items())]
    is_page = size == SCREEN and len(pixels) >= LEAST_COLOURS and all(shares[name] >= LEAST_SHARES[name] for name in shares)
    return is_page, ", ".join(words)


def await_page(guest):
    """The unit, and then its page on the screen."""
    def look():
        nonlocal words
        is_page, words = what_is_shown(guest.screendump())
        return is_page

    words = ""
    try:
        wait_for("the screen's unit", lambda: guest.try_ssh("systemctl is-active xueshi-kiosk")[0] == 0, PAGE_S)
        wait_for("the page on the screen", look, PAGE_S)
    except GuestError as error:
        log = guest.try_ssh("systemctl status --no-pager -n 40 xueshi-kiosk")[1]
        raise GuestError(f"{error}; last shown: {words}; its unit:\n{log}") from None
    say(f"  {words}")
