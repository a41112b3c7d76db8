# SPDX-License-Identifier: Apache-2.0
"""A person's own desktop: their language, a place of their own, a browser for a file.

Rules: used by a command that this person has started; the service asks for its own
language alone, which is the machine's; a
browser is only told which file to open.
Stated limit: a browser that was packed as a snap sees no such folder: write the file
elsewhere (`discreet-agent page --to FILE`).
Not here: notices that the service gives (`notify.py`).
"""

import os
import subprocess
import sys
from pathlib import Path

_FOLDER = "discreet"

if sys.platform == "win32":
    import ctypes

    _PRIMARY = 0x3FF
    _LANGUAGES = {7: "de", 9: "en"}
    """LANG_GERMAN, LANG_ENGLISH of winnt.h."""
    _INFORMATION = 0x40
    """MB_ICONINFORMATION."""

    def wanted_language() -> str:
        """Return the language of this person's Windows; empty for another one."""
        number = ctypes.windll.kernel32.GetUserDefaultUILanguage()
        return _LANGUAGES.get(number & _PRIMARY, "")

    def private_folder() -> Path:
        """Return a folder that is this person's alone.

        Raises:
            OSError: it cannot be made.
        """
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home()) / _FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def say(sentence: str) -> None:
        """Show a sentence to who has started this from a menu, until they close it."""
        ctypes.windll.user32.MessageBoxW(None, sentence, "Discreet", _INFORMATION)

    def open_file(place: Path) -> bool:
        """Open a file as this person's desktop does; tell whether that can be done."""
        try:
            os.startfile(place)  # noqa: S606 - a file that we have just written
        except OSError:
            return False
        return True

else:
    import tempfile

    _OPENER = "/usr/bin/xdg-open"
    _LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
    _OTHERS = 0o077

    def say(sentence: str) -> None:
        """Do nothing: who starts this from a menu reads its page, or the journal."""
        del sentence

    def wanted_language() -> str:
        """Return the name of this person's locale; empty for none."""
        return next(filter(None, map(os.environ.get, _LOCALES)), "")

    def private_folder() -> Path:
        """Return a folder that is this person's alone, and gone when they sign out.

        Raises:
            OSError: it cannot be made.
        """
        runtime = os.environ.get("XDG_RUNTIME_DIR")
        if runtime:
            found = Path(runtime).stat()
            if found.st_uid == os.geteuid() and not found.st_mode & _OTHERS:
                folder = Path(runtime) / _FOLDER
                folder.mkdir(mode=0o700, exist_ok=True)
                return folder
        return Path(tempfile.mkdtemp(prefix=f"{_FOLDER}-"))

    def open_file(place: Path) -> bool:
        """Open a file as this person's desktop does; tell whether that can be done."""
        screen = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
        if not screen or not os.access(_OPENER, os.X_OK):
            return False
        subprocess.Popen(  # noqa: S603 - fixed absolute path, no shell
            [_OPENER, str(place)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return True
