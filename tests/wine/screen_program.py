# SPDX-License-Identifier: Apache-2.0
"""Somebody who looks at a Windows screen, for tests: run with `python.exe -m`.

Rules: says that it looks, waits for a window with a text in it, presses a button as
soon as that can be pressed, or types its letters then, and prints what it saw; a
process of its own, so that it sees what is really there.
Not here: any expectation.
Source: EnumWindows, EnumChildWindows, WM_GETTEXT, WM_CHAR, BM_CLICK of winuser.h.
"""

import ctypes
import json
import sys
import time
from collections.abc import Iterator

IDS = {"ok": 1, "yes": 6, "no": 7}
TYPED = {"yn": "yes"}
"""Letters, and the button that can be pressed before they are typed."""
TEXT, LENGTH, CHARACTER, CLICK = 0x000D, 0x000E, 0x0102, 0x00F5
KIND = "#32770"
LOOK_SECONDS, PATIENCE = 0.01, 150

if sys.platform == "win32":
    USER = ctypes.windll.user32
    VISIT = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)

    def _all(of: int | None) -> list[int]:
        """Return the windows of the screen, or those inside of one."""
        found: list[int] = []

        def visit(window: int, _: int) -> bool:
            found.append(window)
            return True

        if of is None:
            USER.EnumWindows(VISIT(visit), None)
        else:
            USER.EnumChildWindows(ctypes.c_void_p(of), VISIT(visit), None)
        return found

    def _kind(window: int) -> str:
        text = ctypes.create_unicode_buffer(64)
        USER.GetClassNameW(ctypes.c_void_p(window), text, 64)
        return text.value

    def _text(window: int) -> str:
        """Return what a window says, whoever's it is."""
        one = ctypes.c_void_p(window)
        size = USER.SendMessageW(one, LENGTH, None, None) + 1
        text = ctypes.create_unicode_buffer(size)
        USER.SendMessageW(one, TEXT, ctypes.c_void_p(size), text)
        return text.value

    def _dialogs() -> Iterator[int]:
        for window in _all(None):
            visible = USER.IsWindowVisible(ctypes.c_void_p(window))
            if visible and _kind(window) == KIND:
                yield window

    def main(press: str) -> None:
        """Wait for a window, press a button, and print what was there."""
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        until = time.monotonic() + PATIENCE
        while not (window := next(_dialogs(), 0)):
            if time.monotonic() > until:
                sys.exit(1)
            time.sleep(LOOK_SECONDS)
        inside = _all(window)
        found = {
            "title": _text(window),
            "texts": [_text(one) for one in inside if _kind(one) == "Static"],
            "buttons": sum(_kind(one) == "Button" for one in inside),
        }
        USER.GetDlgItem.restype = ctypes.c_void_p
        name = TYPED.get(press, press)
        button = ctypes.c_void_p(USER.GetDlgItem(ctypes.c_void_p(window), IDS[name]))
        held_back = False
        calm = time.monotonic() + 1
        while time.monotonic() < calm or not USER.IsWindowEnabled(button):
            held_back |= not USER.IsWindowEnabled(button)
            time.sleep(LOOK_SECONDS)
        if press in TYPED:
            for letter in press:
                USER.PostMessageW(ctypes.c_void_p(window), CHARACTER, ord(letter), 0)
        else:
            USER.SendMessageW(button, CLICK, None, None)
        sys.stdout.write(json.dumps({**found, "held_back": held_back}))

    if __name__ == "__main__":
        main(sys.argv[1])
